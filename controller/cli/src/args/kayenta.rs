//! The command line of `weir kayenta`.

use std::net::SocketAddr;
use std::path::PathBuf;

use weir_process::LogArgs;

use super::judge::Strict;
use crate::end::address;

/// Arguments of `weir kayenta`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Calls, with the bodies and answers that Kayenta has:
  GET, POST /canaryConfig[?application=]        GET, PUT, DELETE /canaryConfig/ID
  POST /canary[/CONFIG]                         GET /canary/ID   GET /canary/executions?application=&limit=&page=&statuses=
  POST /standalone_canary_analysis[/CONFIG]     GET /standalone_canary_analysis/ID
  GET /metricSetPairList/ID[/PAIR]              POST /judges/judge?canaryConfigId=&metricSetPairListId=&passThreshold=&marginalThreshold=
  GET /judges   GET /credentials   GET /health

Nobody is asked who he is: let it listen only where whoever gets there may start an analysis.

Examples:
  weir kayenta --prometheus http://prometheus:9090
  weir kayenta --sources sources.yaml --listen 0.0.0.0:8090 --state /var/lib/weir-kayenta

Argo Rollouts (spec.metrics[].provider.kayenta.address) and scripts are pointed at it as they were at Kayenta.")]
pub(crate) struct KayentaArgs {
    /// Address of the Prometheus that has the metrics
    #[arg(long, value_name = "URL", required_unless_present = "sources", conflicts_with = "sources")]
    pub(crate) prometheus: Option<String>,
    /// File with the token that it asks for (Authorization: Bearer)
    #[arg(long, value_name = "FILE", requires = "prometheus", conflicts_with = "basic_auth_file")]
    pub(crate) token_file: Option<PathBuf>,
    /// File with "name:password" that it asks for (Authorization: Basic)
    #[arg(long, value_name = "FILE", requires = "prometheus")]
    pub(crate) basic_auth_file: Option<PathBuf>,
    /// File that names metric stores, as `weir judge --help` says: its names are those that metricsAccountName may have
    #[arg(long, value_name = "FILE")]
    pub(crate) sources: Option<PathBuf>,
    /// Where it listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Folder for configs, executions and the series that were compared; kept between runs
    #[arg(long, value_name = "DIR", default_value = ".weir/kayenta")]
    pub(crate) state: PathBuf,
    /// How many executions, and how many analyses, are kept: the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000, value_parser = at_least_one)]
    pub(crate) keep: usize,
    /// Whose verdict, where a config's judgeConfigurations.strict says nothing: Kayenta's, or one without its surprises
    #[arg(long, value_enum, default_value_t = Strict::Kayenta)]
    pub(crate) strict: Strict,
    /// What is told of it
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err("is no number from 1 on".to_owned()),
    }
}
