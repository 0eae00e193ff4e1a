//! The command line, and the configuration that it becomes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::fetch::Target;

const EXAMPLES: &str = "\
Examples:
  weir-controller --objects manifests --state .weir --proxy http://127.0.0.1:9901
  weir-controller --objects manifests --state .weir --proxy http://127.0.0.1:9901 --admin 127.0.0.1:0 --announce controller.json";

/// Moves the weights of canary releases on the judge's evidence, and runs Deployments as local processes.
#[derive(Clone, Debug, Parser)]
#[command(name = "weir-controller", version, after_help = EXAMPLES)]
pub struct Args {
    /// Directory of manifests (YAML or JSON), with subdirectories. May be given several times.
    #[arg(long, value_name = "DIR", required = true, env = "WEIR_OBJECTS", value_delimiter = ':')]
    pub objects: Vec<PathBuf>,
    /// Directory for everything that the controller writes.
    #[arg(long, value_name = "DIR", env = "WEIR_STATE")]
    pub state: PathBuf,
    /// Admin address of a proxy, `http://host:port`. May be given several times.
    #[arg(long, value_name = "URL", required = true, env = "WEIR_PROXY", value_delimiter = ',')]
    pub proxy: Vec<Target>,
    /// Where /livez, /readyz, /metrics and /v1/canaries are served. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9902", env = "WEIR_CONTROLLER_ADMIN")]
    pub admin: SocketAddr,
    /// Time between two looks, in seconds (1s) or milliseconds (250ms).
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = interval, env = "WEIR_INTERVAL")]
    pub interval: Duration,
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
}
