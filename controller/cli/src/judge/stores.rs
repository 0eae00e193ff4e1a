//! What is asked of metric stores, and when.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use weir_controller::analysis::instant::{iso, now, until};
use weir_controller::analysis::{
    Analysed, AnalysisError, Compared, Execution, Place, Progress, Times, run, scope_of,
};
use weir_controller::sources::http::Retry;
use weir_controller::sources::{SourceError, Sources};
use weir_judge::kayenta::plan::{Asked, Plan, Window};
use weir_judge::kayenta::query::Scope;
use weir_judge::netflix::config::CanaryConfig;

use super::wrong;
use crate::args::{JudgeArgs, SourceArgs};
use crate::sources::{Named, open};
use crate::{Misconfigured, Refused};

/// Where each of the config's scopes is measured: the command line names one pair for all of them.
pub(super) fn places(args: &JudgeArgs, config: &CanaryConfig) -> BTreeMap<String, Place> {
    let of = &args.sources;
    let scope = |name: &Option<String>, location: &Option<String>| Scope {
        scope: name.clone(),
        location: location.clone(),
        extended_scope_params: Some(of.parameters.iter().cloned().collect()),
    };
    let control_location = of.control_location.as_ref().or(of.location.as_ref()).cloned();
    let place = Place {
        control: scope(&of.control_scope, &control_location),
        experiment: scope(&of.experiment_scope, &of.location),
        times: Times::Judged { control_earlier_millis: args.times.control_offset.map_or(0, millis) },
        step_seconds: millis(args.times.step).div_euclid(1000),
    };
    config.metrics.iter().map(|metric| (scope_of(metric).to_owned(), place.clone())).collect()
}

/// Judges what is there, or what comes.
pub(super) async fn judge(args: &JudgeArgs, compared: &Compared) -> Result<Analysed> {
    let sources = sources(&args.sources)?;
    let plan = plan(args)?;
    let tell = |progress: Progress<'_>| {
        // Nobody reads it if that fails.
        let _ = writeln!(io::stderr().lock(), "{}", line(&progress));
    };
    let analysed = match (plan.windows.as_slice(), plan.wait_millis) {
        ([window], None) => Execution::of(compared, &sources, *window).await.map(Analysed::once),
        _ => run(compared, &sources, &plan, until, tell).await,
    };
    analysed.map_err(|error| match &error {
        AnalysisError::Source(SourceError::Unreachable { .. }) => error.into(),
        AnalysisError::Source(SourceError::Refused { .. }) => Refused(error.to_string()).into(),
        AnalysisError::Source(SourceError::Config(_))
        | AnalysisError::Pairing(_)
        | AnalysisError::Config(_)
        | AnalysisError::Scope { .. } => wrong(&args.config, &error).into(),
    })
}

fn millis(span: weir_api::Duration) -> i64 {
    i64::try_from(Duration::from(span).as_millis()).unwrap_or(i64::MAX)
}

/// Those that are named, with those that are asked before others.
fn sources(args: &SourceArgs) -> Result<Sources> {
    let named = Named {
        prometheus: args.prometheus.as_deref(),
        token_file: args.token_file.as_ref(),
        basic_auth_file: args.basic_auth_file.as_ref(),
        sources: args.sources.as_deref(),
    };
    let chosen = args.source.iter().try_fold(open(&named, Retry::BRIEF)?, |all, name| all.choosing(name));
    Ok(chosen.map_err(|error| Misconfigured(format!("--source: {error}")))?)
}

/// The windows that are asked for.
fn plan(args: &JudgeArgs) -> Result<Plan> {
    let of = &args.times;
    let now = now();
    let times = of.start.map(jiff::Timestamp::as_millisecond);
    let (start, end) = match of.last {
        Some(last) => (Some(now.saturating_sub(millis(last))), Some(now)),
        None => (times, of.end.map(jiff::Timestamp::as_millisecond)),
    };
    let asked = Asked {
        now_millis: now,
        start_millis: start,
        end_millis: end,
        lifetime_millis: of.lifetime.map(millis),
        begin_after_millis: of.delay.map_or(0, millis),
        interval_millis: of.interval.map(millis),
        lookback_millis: of.lookback.map_or(0, millis),
    };
    Ok(asked.plan().map_err(|error| {
        Misconfigured(format!("{error}: give --last 6m, --start and --end, or --lifetime 10m"))
    })?)
}

/// What happens, in a line.
fn line(progress: &Progress<'_>) -> String {
    match progress {
        Progress::WarmsUp { until_millis } => format!("nothing is judged until {}", iso(*until_millis)),
        Progress::Waits { number, of, window: Window { end_millis, .. } } => {
            format!("judgement {number} of {of} at {}", iso(*end_millis))
        }
        Progress::Judged { number, of, execution } => {
            let total = &execution.judgement.score;
            let reason = &total.classification_reason;
            let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            format!("judgement {number} of {of}: {:?}, score {}{because}", total.classification, total.score)
        }
    }
}
