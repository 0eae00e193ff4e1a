//! `weir collect`: takes in what programs push, and answers whoever judges by it.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio_util::sync::CancellationToken;
use weir_controller::collect::{Collector, Limits, Settings};
use weir_process::Stop;

use crate::Misconfigured;
use crate::args::CollectArgs;

/// Serves until it is told to end.
pub(crate) async fn run(args: CollectArgs, stop: &mut Stop) -> Result<ExitCode> {
    let CollectArgs { listen, statsd, token_file, keep, series, log } = args;
    log.start();
    let token = match token_file {
        None => None,
        Some(file) => {
            let wrong = |what: String| Misconfigured(format!("--token-file {}: {what}", file.display()));
            let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
            let token = text.trim();
            if token.is_empty() {
                return Err(wrong("it is empty".to_owned()).into());
            }
            Some(token.to_owned())
        }
    };
    let limits = Limits {
        keep_millis: i64::try_from(Duration::from(keep).as_millis())?,
        series: usize::try_from(series)?,
        ..Limits::default()
    };
    let bound = Collector::bind(listen, statsd, Settings { limits, token }).await;
    let collector = bound.map_err(|(at, error)| anyhow!("cannot listen on {at}: {error}"))?;
    let (http, statsd) = collector.addresses()?;
    let also = statsd.map(|at| format!(", StatsD on {at}")).unwrap_or_default();
    writeln!(io::stdout().lock(), "weir collect takes metrics in on http://{http}{also}")?;
    let ends = CancellationToken::new();
    stop.while_serving(collector.serve(ends.clone()), &ends).await;
    Ok(ExitCode::SUCCESS)
}
