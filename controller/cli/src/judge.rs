//! `weir judge`: series judged by a canary config, as Kayenta does, without Kayenta. They come from files or from metric stores.
//!
//! ```text
//! series      a file -> samples of each metric             pure
//! files       two files
//! stores      what is asked of which store, and when
//! text        a judgement, for people                      pure
//! ```
//! `weir judge replay`: releases of before, judged again by other settings.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use weir_controller::analysis::{Analysed, Compared};
use weir_judge::netflix::config::{CanaryConfig, Classifier};
use weir_judge::netflix::score::{ScoreClass, ScoreThresholds};

use crate::Misconfigured;
use crate::args::{JudgeArgs, JudgeCommand, Judged};
use crate::form::{print, write_file, write_page};

mod files;
mod replay;
mod series;
mod stores;
mod text;

/// Exit code of a canary that fails.
const FAIL: u8 = 1;
/// Exit code of one between failing and passing.
const MARGINAL: u8 = 3;

/// Judges.
pub(crate) async fn run(args: &JudgeCommand) -> Result<ExitCode> {
    match &args.other {
        Some(Judged::Replay(args)) => replay::run(args).await,
        None => series(args.series.as_ref().context("--config names the canary config")?).await,
    }
}

/// Judges series.
async fn series(args: &JudgeArgs) -> Result<ExitCode> {
    let mut config =
        CanaryConfig::parse(&read(&args.config)?).map_err(|error| wrong(&args.config, &error))?;
    if let Some(judge) = args.judge {
        config.judge.get_or_insert_default().name = Some(judge.in_config().to_owned());
    }
    let thresholds = thresholds(args, &config);
    let mut compared = Compared { config, places: BTreeMap::new(), thresholds, quirks: args.strict.quirks() };
    let of = &args.sources;
    let analysed = if of.prometheus.is_some() || of.sources.is_some() {
        compared.places = stores::places(args, &compared.config);
        stores::judge(args, &compared).await?
    } else {
        files::judge(args, &compared)?
    };
    write_page(args.page.as_deref(), || weir_controller::page::analysis(&compared, &analysed))?;
    write_file("--report", args.report.as_deref(), || {
        format!("{:#}\n", weir_controller::analysis::report(&compared, &analysed))
    })?;
    told(args, &compared, &analysed)?;
    if let Some(exception) = analysed.exception {
        bail!("the analysis ended before its time, and says nothing about the canary: {exception}");
    }
    let class = analysed.executions.last().map(|last| last.judgement.score.classification);
    Ok(match class {
        Some(ScoreClass::Pass) if analysed.did_pass_thresholds => ExitCode::SUCCESS,
        Some(ScoreClass::Marginal) => ExitCode::from(MARGINAL),
        Some(ScoreClass::Pass | ScoreClass::Fail) | None => ExitCode::from(FAIL),
    })
}

/// Says what it came to.
fn told(args: &JudgeArgs, compared: &Compared, analysed: &Analysed) -> Result<()> {
    let Some(last) = analysed.executions.last() else { return Ok(()) };
    let is_one = args.times.interval.is_none() && args.times.lifetime.is_none();
    if args.json && is_one {
        return print(&(serde_json::to_string_pretty(&last.judgement)? + "\n"));
    }
    if args.json {
        return print(&(serde_json::to_string_pretty(analysed)? + "\n"));
    }
    let mut text = text::of(&last.judgement, compared.thresholds, args.explain);
    let message = Some(&analysed.canary_score_message).filter(|_| !is_one);
    for line in last.warnings.iter().chain(message) {
        text.push_str(line);
        text.push('\n');
    }
    print(&text)
}

/// What is wrong with a file.
fn wrong(path: &Path, what: &impl std::fmt::Display) -> Misconfigured {
    Misconfigured(format!("{}: {what}", path.display()))
}

fn read(path: &Path) -> Result<String> {
    Ok(std::fs::read_to_string(path)
        .map_err(|error| Misconfigured(format!("{} cannot be read: {error}", path.display())))?)
}

/// What the command line says, then what the config says, then what Spinnaker's stage begins with.
fn thresholds(args: &JudgeArgs, config: &CanaryConfig) -> ScoreThresholds {
    let of_config =
        config.classifier.as_ref().and_then(|Classifier { score_thresholds, .. }| *score_thresholds);
    let ScoreThresholds { pass, marginal } =
        of_config.unwrap_or(ScoreThresholds { pass: 75.0, marginal: 50.0 });
    ScoreThresholds { pass: args.pass.unwrap_or(pass), marginal: args.marginal.unwrap_or(marginal) }
}
