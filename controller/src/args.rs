//! The command line, and the configuration that it becomes.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use weir_process::LogArgs;

use crate::catalog::Key;
use crate::cluster::Options;
use crate::fetch::Target;

mod notify;
mod ofrep;

pub use notify::NotifyArgs;
pub use ofrep::OfrepArgs;

const EXAMPLES: &str = "\
Examples:
  weir-controller --objects manifests --state .weir --proxy http://127.0.0.1:9901
  weir-controller --objects manifests --state .weir --proxy http://127.0.0.1:9901 --ofrep 127.0.0.1:9905
  weir-controller --kubernetes --state /var/lib/weir --proxy-service weir-system/weir-proxy";

/// Moves the weights of canary releases on the judge's evidence: in a cluster, or with Deployments as processes of this machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "weir-controller", version, max_term_width = 110, after_help = EXAMPLES)]
pub struct Args {
    /// Directory of manifests (YAML or JSON), with subdirectories. May be given several times.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "kubernetes",
        env = "WEIR_OBJECTS",
        value_delimiter = ','
    )]
    pub objects: Vec<PathBuf>,
    /// Directory for everything that the controller writes.
    #[arg(long, value_name = "DIR", env = "WEIR_STATE")]
    pub state: PathBuf,
    /// Admin address of a proxy, `http://host:port`. May be given several times.
    #[arg(
        long,
        value_name = "URL",
        required_unless_present = "kubernetes",
        env = "WEIR_PROXY",
        value_delimiter = ','
    )]
    pub proxy: Vec<Target>,
    /// Where /livez, /readyz, /metrics and /v1/canaries are served. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9902", env = "WEIR_CONTROLLER_ADMIN")]
    pub admin: SocketAddr,
    /// Time between two looks, in seconds (1s) or milliseconds (250ms).
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = interval, env = "WEIR_INTERVAL")]
    pub interval: Duration,
    /// File that names the metric stores of Canaries with spec.analysis.metrics, as `weir judge --help` describes it. Read again for each judgement.
    #[arg(long, value_name = "FILE", env = "WEIR_SOURCES")]
    pub sources: Option<PathBuf>,
    /// Feature flags.
    #[command(flatten)]
    pub ofrep: OfrepArgs,
    /// Who is told of releases elsewhere.
    #[command(flatten)]
    pub notify: NotifyArgs,
    /// Pods of a Deployment that leaves their number to an autoscaler.
    #[arg(long, value_name = "N", default_value_t = 2, env = "WEIR_REPLICAS")]
    pub replicas: u32,
    /// File that gets the bound addresses as JSON once everything is ready.
    #[arg(long, value_name = "FILE", env = "WEIR_ANNOUNCE")]
    pub announce: Option<PathBuf>,
    /// End the local pods when the controller ends. Without it they go on, and the next controller finds them.
    #[arg(long, env = "WEIR_STOP_PODS_ON_EXIT")]
    pub stop_pods_on_exit: bool,
    /// End when the parent process does.
    #[arg(long)]
    pub exit_with_parent: bool,
    /// Objects from the API server.
    #[command(flatten)]
    pub kubernetes: KubernetesArgs,
    /// What is told of it.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Objects from the API server, and pods of a cluster.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Kubernetes")]
pub struct KubernetesArgs {
    /// Release Deployments of a cluster: that of the pod's service account, or of KUBECONFIG.
    #[arg(long, env = "WEIR_KUBERNETES", conflicts_with_all = ["objects", "proxy", "stop_pods_on_exit"])]
    pub kubernetes: bool,
    /// Only Canaries of this namespace. Default: of all.
    #[arg(long, value_name = "NAME", env = "WEIR_NAMESPACE", requires = "kubernetes")]
    pub namespace: Option<String>,
    /// What this controller is called in the Lease that says which of several acts; no other one may be called so. In a pod: its name. Default: random.
    #[arg(long, value_name = "NAME", env = "WEIR_IDENTITY")]
    pub identity: Option<String>,
    /// Service of the proxies: each of its endpoints is asked for its report.
    #[arg(
        long,
        value_name = "NAMESPACE/NAME",
        env = "WEIR_PROXY_SERVICE",
        default_value = "weir-system/weir-proxy",
        value_parser = key
    )]
    pub proxy_service: Key,
    /// Admin port of the proxies.
    #[arg(long, value_name = "PORT", env = "WEIR_PROXY_ADMIN_PORT", default_value_t = 9901)]
    pub proxy_admin_port: u16,
    /// Where the API server asks, by HTTPS, for the requests per second that autoscalers follow. Default: nowhere.
    #[arg(long, value_name = "ADDR", env = "WEIR_SERVE_API", requires = "kubernetes")]
    pub serve_api: Option<SocketAddr>,
}

impl KubernetesArgs {
    pub(crate) fn options(self) -> Options {
        let Self { kubernetes: _, namespace, identity, proxy_service, proxy_admin_port, serve_api } = self;
        let identity = identity.filter(|identity| !identity.is_empty()).unwrap_or_else(some_identity);
        Options { identity, namespace, proxy_service, proxy_admin_port, serve_api }
    }
}

/// The standard library's maps begin with as random a number as is needed here.
fn some_identity() -> String {
    format!("weir-controller-{:016x}", RandomState::new().build_hasher().finish())
}

fn key(text: &str) -> Result<Key, String> {
    let is_whole =
        |Key { namespace, name }: &Key| !namespace.is_empty() && !name.is_empty() && !name.contains('/');
    let key = Key::parse(text).filter(is_whole);
    Ok(key.ok_or("give NAMESPACE/NAME, such as weir-system/weir-proxy")?)
}

fn interval(text: &str) -> Result<Duration, String> {
    let parsed: weir_api::Duration =
        text.parse().map_err(|_| "give a duration such as 1s or 250ms".to_owned())?;
    let interval = Duration::from(parsed);
    if parsed.is_negative() || interval < Duration::from_millis(50) || interval > Duration::from_mins(1) {
        return Err("give a duration from 50ms to 1m".to_owned());
    }
    Ok(interval)
}

#[cfg(test)]
mod tests {
    use super::Args;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn what_is_not_usable_is_refused() {
        let parse = |more: &[&str]| {
            let given =
                ["weir-controller", "--objects", "m", "--state", "s", "--proxy", "http://127.0.0.1:9901"];
            Args::try_parse_from(given.iter().chain(more))
        };
        assert_eq!(parse(&["--interval", "250ms"]).unwrap().interval.as_millis(), 250);
        for more in
            [["--interval", "0s"], ["--interval", "-1s"], ["--proxy", "127.0.0.1:9901"], ["--admin", "x"]]
        {
            assert!(parse(&more).is_err(), "{more:?}");
        }
    }

    #[test]
    fn a_cluster_needs_no_directory_and_takes_none() {
        let parse = |more: &[&str]| {
            Args::try_parse_from(["weir-controller", "--kubernetes", "--state", "s"].iter().chain(more))
        };
        let options = parse(&["--namespace", "shop"]).unwrap().kubernetes.options();
        assert_eq!(options.namespace.as_deref(), Some("shop"));
        assert_eq!(options.proxy_service.to_string(), "weir-system/weir-proxy");
        let identity = |more: &[&str]| parse(more).unwrap().kubernetes.options().identity;
        assert_eq!(identity(&["--identity", "one"]), "one");
        assert_ne!(identity(&[]), identity(&["--identity="]), "each another one");
        for more in [
            ["--objects", "m"],
            ["--proxy", "http://127.0.0.1:9901"],
            ["--proxy-service", "weir-proxy"],
            ["--proxy-service", "a/b/c"],
            ["--proxy-admin-port", "65536"],
        ] {
            assert!(parse(&more).is_err(), "{more:?}");
        }
        assert!(Args::try_parse_from(["weir-controller", "--state", "s"]).is_err());
    }
}
