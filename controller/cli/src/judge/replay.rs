//! `weir judge replay`: releases of before, judged again by other settings, and how often each settings are wrong.
//!
//! ```text
//! reports    where they lie                        I/O
//! settings   a manifest, single settings
//! truth      what each release was worth           pure
//! text       all of it, for people                 pure
//! ```

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use weir_api::Duration;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::replay::{Rates, ReplayError, Truth, replay};
use weir_controller::report::{Report, Said};

use self::reports::{Found, Unusable};
use self::settings::Settings;
use crate::args::{Output, ReplayArgs};
use crate::form::print;
use crate::{MISCONFIGURED, Misconfigured};

mod reports;
mod settings;
mod text;
mod truth;

/// All that is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    /// Settings that each release had.
    old: Rates,
    /// Settings that are tried; `None` where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Rates>,
    releases: Vec<Rejudged>,
    /// Reports that say nothing here, and why.
    left_out: Vec<Unused>,
    /// What was taken for a report and is none.
    errors: Vec<Unused>,
}

/// One release, judged again.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rejudged {
    report: String,
    canary: String,
    release: String,
    phase: Phase,
    outcome: Option<ReleaseOutcome>,
    /// `None`: it goes on, and nobody said what it is worth.
    truth: Option<Truth>,
    old: Said,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<Said>,
}

/// A report that is not used.
#[derive(Debug, Serialize)]
struct Unused {
    report: String,
    reason: String,
}

/// Tells it.
pub(super) async fn run(args: &ReplayArgs) -> Result<ExitCode> {
    let settings = Settings::read(args)?;
    let found = reports::find(args).await?;
    let told = told(args, &settings, found)?;
    print(&match args.output {
        Output::Text => text::of(&told),
        Output::Json => serde_json::to_string_pretty(&told)? + "\n",
    })?;
    for Unused { report, reason } in &told.errors {
        // Nobody reads it if that fails.
        let _ = writeln!(io::stderr().lock(), "weir: {report}: {reason}");
    }
    let is_whole = told.errors.is_empty() && !told.releases.is_empty();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(MISCONFIGURED) })
}

fn told(args: &ReplayArgs, settings: &Settings, found: Vec<Found>) -> Result<Told, Misconfigured> {
    let (mut reports, mut left_out, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for Found { place, report } in found {
        match report {
            Ok(report) => reports.push((place, report)),
            Err(Unusable::NoReport(reason)) => errors.push(Unused { report: place, reason }),
            Err(Unusable::Gone(reason)) => left_out.push(Unused { report: place, reason }),
        }
    }
    // Files come by name, which says nothing; releases are told as they came.
    reports.sort_by_key(|(_, report)| report.started_at);
    let truths = truth::of(args, reports.iter().map(|(_, report)| &**report))?;
    let mut releases = Vec::new();
    for ((place, report), truth) in reports.iter().zip(truths) {
        match rejudged(settings, (place, report), truth) {
            Ok(rejudged) => releases.push(rejudged),
            Err(error @ ReplayError::NoTrace) => {
                left_out.push(Unused { report: place.clone(), reason: error.to_string() });
            }
            Err(ReplayError::Settings(error)) => {
                let name = truth::name(report);
                return Err(Misconfigured(format!("settings for {name}: {error}")));
            }
        }
    }
    let rates = |said: &dyn Fn(&Rejudged) -> Option<Said>| {
        Rates::of(releases.iter().filter_map(|release| Some((release.truth?, said(release)?.decision))))
    };
    let old = rates(&|release| Some(release.old));
    let new = settings.are_new().then(|| rates(&|release| release.new));
    Ok(Told { old, new, releases, left_out, errors })
}

fn rejudged(
    settings: &Settings,
    (place, report): (&str, &Report),
    truth: Option<Truth>,
) -> Result<Rejudged, ReplayError> {
    let own = &report.settings.analysis;
    let new = settings.are_new().then(|| replay(report, &settings.on(own))).transpose()?;
    Ok(Rejudged {
        report: place.to_owned(),
        canary: report.canary.clone(),
        release: report.release.clone(),
        phase: report.phase,
        outcome: report.outcome,
        truth,
        old: replay(report, own)?,
        new,
    })
}

/// How long after the beginning, as reports say it.
fn span(seconds: f64) -> Duration {
    Duration::from(std::time::Duration::try_from_secs_f64(seconds.round()).unwrap_or_default())
}
