//! How Ingresses are read, where ingress-nginx has a switch for it or is not followed in everything, and Services of type `ExternalName`.

use clap::Args;
use weir_routing::Options;
use weir_routing::policy::ByteSize;

/// How Ingresses are read.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "How Ingresses are read")]
pub struct IngressArgs {
    /// Canary Ingresses (nginx.ingress.kubernetes.io/canary) as ingress-nginx has them in everything: a main Service without endpoints answers 503
    /// although the canary has some, and a canary-weight-total below 100 is 100.
    #[arg(long, env = "WEIR_STRICT_NGINX_CANARY")]
    pub strict_nginx_canary: bool,
    /// Let Prefix and Exact paths have characters that ingress-nginx lets stand in none but implementation-specific ones (strict-validate-path-type:
    /// "false").
    #[arg(long, env = "WEIR_LOOSE_PATH_TYPES")]
    pub loose_path_types: bool,
    /// Send clear text requests of hosts with TLS to https only where an Ingress asks for it (the global ssl-redirect: "false" of ingress-nginx).
    #[arg(long, env = "WEIR_NO_SSL_REDIRECT")]
    pub no_ssl_redirect: bool,
    /// Bytes that a request's body may have where no Ingress says so; more are answered 413. ingress-nginx has 1m. Default: any number.
    #[arg(long, value_name = "SIZE", env = "WEIR_DEFAULT_BODY_SIZE")]
    pub default_body_size: Option<ByteSize>,
}

impl IngressArgs {
    /// The same for the compiler.
    #[must_use]
    pub fn options(&self) -> Options {
        let Self { strict_nginx_canary, loose_path_types, no_ssl_redirect, default_body_size } = *self;
        Options {
            strict_nginx_canary,
            loose_path_types,
            no_ssl_redirect,
            default_body_size,
            ..Options::default()
        }
    }
}

/// What is done with Services of type `ExternalName`.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Services of type ExternalName")]
pub struct ExternalArgs {
    /// Do not look up the names of Services of type `ExternalName`: requests to them are answered 503. As in ingress-nginx.
    #[arg(long, env = "WEIR_DISABLE_SVC_EXTERNAL_NAME")]
    pub disable_svc_external_name: bool,
    /// Let names of Services of type `ExternalName` lead to this machine and its link (`127.0.0.0/8`, `::1`, `169.254.0.0/16`, `fe80::/10`): to the admin port, and
    /// to the metadata of the cloud. Only where everybody who may write Services may reach those.
    #[arg(long, env = "WEIR_ALLOW_LOCAL_EXTERNAL_NAMES")]
    pub allow_local_external_names: bool,
}
