//! The command line of `weir collect`.

use std::net::SocketAddr;
use std::path::PathBuf;

use weir_api::Duration;
use weir_process::LogArgs;

use crate::end::address;

/// Arguments of `weir collect`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "What comes in:
  POST /v1/metrics   OTLP/HTTP, protobuf or JSON, gzip or not: OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://HOST:9904/v1/metrics
  POST /v1/samples   JSON: [{\"metric\": \"orders\", \"increment\": 3, \"labels\": {\"track\": \"canary\"}}]
                     with one of increment, total, gauge, measured: [values], and at: a time, where it is not now
  StatsD (UDP)       orders:3|c|#track:canary     types c, g, ms, h, d; tags as DogStatsD has them

What goes out:
  GET /v1/metrics    which metrics there are, with their labels, and what was refused
  GET /v1/series     a value a step: ?metric=&label=NAME=VALUE&by=&aggregate=&startMillis=&endMillis=&stepSeconds=
  GET /metrics       of the collector itself, for Prometheus

Releases and `weir judge` ask it as a source of type collector (--sources FILE):
  sources: [{name: business, type: collector, url: \"http://HOST:9904\"}]
with metrics such as {\"type\": \"collector\", \"metricName\": \"orders\", \"aggregate\": \"rate\"}: of the label track, unless its labels say otherwise.
Aggregates: sum, rate, count, mean, min, max, last. Series are kept in memory; a gap after a restart is missing data, which fails nobody.

Examples:
  weir collect
  weir collect --listen 0.0.0.0:9904 --statsd 0.0.0.0:8125 --token-file token --keep 2h
  echo 'orders:1|c|#track:canary' | nc -u -w0 127.0.0.1 8125")]
pub(crate) struct CollectArgs {
    /// Where it takes metrics in by HTTP, and is asked
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9904", env = "WEIR_COLLECT", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Where it takes StatsD's datagrams in; default: nowhere
    #[arg(long, value_name = "ADDR", env = "WEIR_COLLECT_STATSD", value_parser = address)]
    pub(crate) statsd: Option<SocketAddr>,
    /// File with the token that whoever pushes or asks by HTTP has to send (Authorization: Bearer); without it nobody is asked for one
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// How long series are kept, from 1m to 7d
    #[arg(long, value_name = "DURATION", default_value = "6h", value_parser = keep)]
    pub(crate) keep: Duration,
    /// Most series: of another one nothing is kept, which /v1/metrics tells
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) series: u32,
    /// What is told of it
    #[command(flatten)]
    pub(crate) log: LogArgs,
}

fn keep(text: &str) -> Result<Duration, String> {
    let wrong = || "give a duration from 1m to 7d, such as 6h".to_owned();
    let keep: Duration = text.parse().map_err(|_| wrong())?;
    let span = std::time::Duration::from(keep);
    let is_usable = !keep.is_negative()
        && (std::time::Duration::from_mins(1)..=std::time::Duration::from_hours(7 * 24)).contains(&span);
    if is_usable { Ok(keep) } else { Err(wrong()) }
}
