//! What the proxy is told: command line and environment, read once and checked as a whole.
//!
//! [`Args`] is what was typed; [`Config`] is what the rest of the crate sees. Every fault is reported, not only the first.
//!
//! # Defaults
//!
//! Listen on 127.0.0.1:8080 and, for operators, 127.0.0.1:9901; one worker a core; time limits as nginx has them.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use weir_process::LogArgs;
use weir_routing::network::Network;

pub use crate::tls::Files;

pub use self::ingresses::{ExternalArgs, IngressArgs};
pub use self::kubernetes::KubernetesArgs;
pub use self::limits::Limits;
pub use self::listen::{Codec, InvalidListen, Listen};
pub use self::retry::{Rescue, RetryArgs};
pub use self::timeouts::Timeouts;

mod ingresses;
mod kubernetes;
mod limits;
mod listen;
mod retry;
mod timeouts;

/// The L7 proxy of Weir: routes, splits and measures HTTP requests.
#[derive(Clone, Debug, Parser)]
#[command(name = "weir-proxy", version, max_term_width = 110, after_help = EXAMPLES)]
pub struct Args {
    /// Directory with Kubernetes objects in YAML or JSON; watched. May be given more than once; all but the first may appear later.
    #[arg(
        long,
        value_name = "DIR",
        env = "WEIR_OBJECTS",
        value_delimiter = ',',
        required_unless_present = "kubernetes"
    )]
    pub objects: Vec<PathBuf>,
    /// Address for clear text HTTP/1.1 and HTTP/2 (prior knowledge). May be given more than once. Port 0: any free one. With /hyper after it, such
    /// as 0.0.0.0:8081/hyper, HTTP/1.1 is read by hyper there and not by Weir's own codec. With /proxy, each connection must begin with a header of the PROXY
    /// protocol, version 1 or 2, which says who the client is; both go together.
    #[arg(
        long,
        value_name = "ADDR",
        env = "WEIR_LISTEN",
        value_delimiter = ',',
        default_value = "127.0.0.1:8080"
    )]
    pub listen: Vec<Listen>,
    /// Address for TLS, as --listen has it. Hosts get the certificates of the Secrets that their Ingresses name, all others that of --tls-cert or, without
    /// one, a certificate that nobody trusts.
    #[arg(long, value_name = "ADDR", env = "WEIR_LISTEN_TLS", value_delimiter = ',')]
    pub listen_tls: Vec<Listen>,
    /// PEM file with the chain of the default certificate; read again when it changes.
    #[arg(long, value_name = "FILE", env = "WEIR_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the private key of the default certificate; read again when it changes.
    #[arg(long, value_name = "FILE", env = "WEIR_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// Address for /livez, /readyz, /metrics, /report/v1 and /debug.
    #[arg(long, value_name = "ADDR", env = "WEIR_ADMIN", default_value = "127.0.0.1:9901")]
    pub admin: SocketAddr,
    /// Threads that serve requests. Default: one a core.
    #[arg(long, value_name = "N", env = "WEIR_WORKERS")]
    pub workers: Option<NonZeroUsize>,
    /// File that gets the bound addresses as JSON once the proxy listens.
    #[arg(long, value_name = "FILE", env = "WEIR_ANNOUNCE")]
    pub announce: Option<PathBuf>,
    /// End when the parent process ends.
    #[arg(long, env = "WEIR_EXIT_WITH_PARENT")]
    pub exit_with_parent: bool,
    /// Networks whose X-Forwarded-* headers are believed and appended to, such as 10.0.0.0/8. Others are overwritten.
    #[arg(long, value_name = "CIDR", env = "WEIR_TRUST_FORWARDED", value_delimiter = ',')]
    pub trust_forwarded: Vec<Network>,
    /// Networks of load balancers whose headers of the PROXY protocol are believed, on listeners with /proxy; connections of others are closed. None:
    /// whoever can connect is believed.
    #[arg(long, value_name = "CIDR", env = "WEIR_PROXY_PROTOCOL_FROM", value_delimiter = ',')]
    pub proxy_protocol_from: Vec<Network>,
    /// Requests that a worker sends to a new endpoint before they count as steady.
    #[arg(long, value_name = "N", env = "WEIR_WARMUP_REQUESTS", default_value_t = 10)]
    pub warmup_requests: u32,
    /// What is read from the API server.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
    /// How Ingresses are read.
    #[command(flatten)]
    pub ingresses: IngressArgs,
    /// What is done with Services of type `ExternalName`.
    #[command(flatten)]
    pub external: ExternalArgs,
    /// How failed requests are tried again.
    #[command(flatten)]
    pub retry: RetryArgs,
    /// Time limits.
    #[command(flatten)]
    pub timeouts: Timeouts,
    /// Size and number limits.
    #[command(flatten)]
    pub limits: Limits,
    /// What is told of it.
    #[command(flatten)]
    pub log: LogArgs,
}

const EXAMPLES: &str = "Examples:
  weir-proxy --objects manifests/ --listen 0.0.0.0:8080
  weir-proxy --objects manifests/ --listen-tls 0.0.0.0:8443 --tls-cert tls.crt --tls-key tls.key
  weir-proxy --kubernetes --listen 0.0.0.0:8080 --publish-service weir-system/weir-proxy";

/// A checked configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Directories of objects; at least one, unless they come from the API server.
    pub objects: Vec<PathBuf>,
    /// What is read from the API server.
    pub kubernetes: KubernetesArgs,
    /// Clear text listeners.
    pub listen: Vec<Listen>,
    /// TLS listeners.
    pub tls: Option<Tls>,
    /// Admin listener.
    pub admin: SocketAddr,
    /// Number of workers.
    pub workers: NonZeroUsize,
    /// File that gets the bound addresses.
    pub announce: Option<PathBuf>,
    /// Networks whose forwarding headers are believed.
    pub trust_forwarded: Vec<Network>,
    /// Networks whose headers of the PROXY protocol are believed; none: all.
    pub proxy_protocol_from: Vec<Network>,
    /// Warm-up requests of a worker to a new endpoint.
    pub warmup_requests: u32,
    /// How Ingresses are read.
    pub ingresses: IngressArgs,
    /// What is done with Services of type `ExternalName`.
    pub external: ExternalArgs,
    /// How failed requests are tried again.
    pub retry: RetryArgs,
    /// Time limits.
    pub timeouts: Timeouts,
    /// Size and number limits.
    pub limits: Limits,
}

/// TLS listeners.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Where to listen; at least one.
    pub listen: Vec<Listen>,
    /// The default certificate; `None`: one that nobody trusts.
    pub default: Option<Files>,
}

/// Everything that is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
#[error("{}", faults.join("\n"))]
pub struct ConfigError {
    /// One sentence a fault, each naming the flag.
    pub faults: Vec<String>,
}

impl TryFrom<Args> for Config {
    type Error = ConfigError;

    fn try_from(args: Args) -> Result<Self, ConfigError> {
        let mut faults = args.timeouts.faults();
        faults.extend(args.limits.faults());
        let tls = match (args.listen_tls.is_empty(), args.tls_cert, args.tls_key) {
            (true, None, None) => None,
            (false, Some(certificate), Some(key)) => {
                Some(Tls { listen: args.listen_tls, default: Some(Files { certificate, key }) })
            }
            (false, None, None) => Some(Tls { listen: args.listen_tls, default: None }),
            (true, ..) => {
                faults.push("--tls-cert and --tls-key need --listen-tls ADDR".to_owned());
                None
            }
            (false, ..) => {
                faults.push("--tls-cert FILE and --tls-key FILE need each other".to_owned());
                None
            }
        };
        let listeners = || args.listen.iter().chain(tls.iter().flat_map(|tls: &Tls| &tls.listen));
        if !args.proxy_protocol_from.is_empty() && !listeners().any(|listen| listen.introduced) {
            faults.push("--proxy-protocol-from needs a listener with /proxy".to_owned());
        }
        // The others may be made later, by another program.
        if let Some(path) = args.objects.first().filter(|path| !path.is_dir()) {
            faults.push(format!("--objects {}: not a directory", path.display()));
        }
        if !faults.is_empty() {
            return Err(ConfigError { faults });
        }
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        Ok(Self {
            objects: args.objects,
            kubernetes: args.kubernetes,
            listen: args.listen,
            tls,
            admin: args.admin,
            workers: args.workers.unwrap_or_else(cores),
            announce: args.announce,
            trust_forwarded: args.trust_forwarded,
            proxy_protocol_from: args.proxy_protocol_from,
            warmup_requests: args.warmup_requests,
            ingresses: args.ingresses,
            external: args.external,
            retry: args.retry,
            timeouts: args.timeouts,
            limits: args.limits,
        })
    }
}

/// Reads a duration as people write it: `90s`, `2m30s`, `500ms`. For clap.
fn duration(text: &str) -> Result<Duration, weir_api::time::InvalidDuration> {
    // Objects may hold negative spans (Go's syntax has them); a time limit may not.
    if text.starts_with('-') {
        return Err(weir_api::time::InvalidDuration(text.to_owned()));
    }
    text.parse::<weir_api::Duration>().map(Duration::from)
}

#[cfg(test)]
mod tests {
    use super::{Args, Config, Parser};

    #[test]
    fn every_fault_is_reported_with_its_flag() {
        let args = Args::try_parse_from([
            "weir-proxy",
            "--objects",
            "/nowhere/at/all",
            "--listen-tls",
            "127.0.0.1:0",
            "--tls-cert",
            "tls.crt",
            "--header-timeout",
            "0s",
            "--max-headers",
            "0",
        ]);
        let faults = Config::try_from(args.unwrap()).unwrap_err().faults;
        for flag in ["--objects", "--tls-cert", "--header-timeout", "--max-headers"] {
            assert!(faults.iter().any(|fault| fault.contains(flag)), "{flag} in {faults:?}");
        }
        assert_eq!(faults.len(), 4);
    }

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(super::duration("2m30s").unwrap().as_secs(), 150);
        assert!(super::duration("-1s").is_err());
        assert!(super::duration("soon").unwrap_err().to_string().contains("90s"));
    }
}
