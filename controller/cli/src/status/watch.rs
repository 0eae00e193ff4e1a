//! `weir status --watch`: redrawn in place on a terminal, and where there is none, or where programs read, one line or object for each change.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::time::sleep;
use weir_api::status::Phase;
use weir_api::{Canary, Share, Track};
use weir_controller::view::ReleaseView;
use weir_process::Stop;

use super::{Releases, look, name_of};
use crate::Misconfigured;
use crate::args::{Form, StatusArgs};
use crate::end::End;
use crate::follow::now;
use crate::form::{print, without_managed_fields};
use crate::progress::words::time_of_day;
use crate::screen::{Screen, Woken};
use crate::terminal;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);

/// Until somebody wants it to stop.
pub(super) async fn run(end: &End, args: &StatusArgs, stop: &mut Stop) -> Result<ExitCode> {
    let is_for_people = matches!(args.view.output, Form::Text | Form::Wide);
    if is_for_people && terminal::is_redrawn() {
        redrawn(end, args, stop).await
    } else {
        told(end, args, stop).await
    }
}

/// An end that is away for a moment is told below what was seen last, which is wrong from then on only as far as it is old.
async fn redrawn(end: &End, args: &StatusArgs, stop: &mut Stop) -> Result<ExitCode> {
    let mut screen = Screen::new()?;
    let mut last: Option<Releases> = None;
    loop {
        let looked = tokio::select! {
            looked = look(end, args) => looked,
            () = stop.requested() => break,
        };
        let away = match looked {
            Ok(releases) => {
                last = Some(releases);
                String::new()
            }
            Err(error) if last.is_none() || error.is::<Misconfigured>() => return Err(error),
            Err(error) => format!("\nas it was before: {}\n", sentence(&error)),
        };
        if let Some(releases) = &last {
            screen.show(&(releases.for_people(end, args).await + &away))?;
        }
        match screen.wait(EVERY, stop).await? {
            Woken::Time => {}
            // What is wrapped to the window is wrapped anew by the next look, which comes at once.
            Woken::Resized => screen.redraw()?,
            Woken::Stop => break,
        }
    }
    screen.leave()?;
    Ok(ExitCode::SUCCESS)
}

async fn told(end: &End, args: &StatusArgs, stop: &mut Stop) -> Result<ExitCode> {
    let mut known: Vec<Change> = Vec::new();
    let mut is_away = false;
    loop {
        let looked = tokio::select! {
            looked = look(end, args) => looked,
            () = stop.requested() => return Ok(ExitCode::SUCCESS),
        };
        match looked {
            Ok(releases) => {
                is_away = false;
                known = tell(&releases, args.view.output, &known)?;
            }
            Err(error) if known.is_empty() || error.is::<Misconfigured>() => return Err(error),
            Err(error) if !std::mem::replace(&mut is_away, true) => {
                beside(&sentence(&error));
            }
            Err(_) => {}
        }
        tokio::select! {
            () = sleep(EVERY) => {}
            () = stop.requested() => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// A sentence beside what programs read.
fn beside(text: &str) {
    // Nobody reads it if that fails.
    let _ = writeln!(io::stderr().lock(), "weir: {text}");
}

fn sentence(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What makes a release worth another line.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    canary: String,
    phase: Phase,
    weight: Share,
    step: Option<usize>,
    release: String,
    /// The last command.
    command: Option<String>,
}

fn tell(releases: &Releases, output: Form, known: &[Change]) -> Result<Vec<Change>> {
    let seen: Vec<(Change, String, Value)> = match releases {
        Releases::Cluster(canaries) => canaries.iter().map(of_canary).collect::<Result<_>>()?,
        Releases::Standalone(views) => views.iter().map(of_view).collect::<Result<_>>()?,
    };
    for (change, message, object) in seen.iter().filter(|(change, ..)| !known.contains(change)) {
        print(&match output {
            Form::Json => format!("{object}\n"),
            Form::Yaml => weir_api::yaml::of(object),
            Form::Text | Form::Wide => {
                let Change { canary, phase, weight, .. } = change;
                format!("{}  {canary}  {phase}  weight {weight}  {message}\n", time_of_day(now()))
            }
        })?;
    }
    let gone = known.iter().filter(|known| !seen.iter().any(|(change, ..)| change.canary == known.canary));
    for gone in gone.filter(|_| matches!(output, Form::Text | Form::Wide)) {
        print(&format!("{}  {}  is gone\n", time_of_day(now()), gone.canary))?;
    }
    Ok(seen.into_iter().map(|(change, ..)| change).collect())
}

fn of_canary(canary: &Canary) -> Result<(Change, String, Value)> {
    let status = canary.status.clone().unwrap_or_default();
    let change = Change {
        canary: name_of(canary).to_string(),
        phase: status.phase,
        weight: status.split.as_ref().map_or(Share::ZERO, |split| split.weight(Track::Canary)),
        step: status.step.and_then(|step| usize::try_from(step).ok()),
        release: status.release.map(|release| release.name).unwrap_or_default(),
        command: status.last_command.map(|last| last.id),
    };
    Ok((change, status.message, without_managed_fields(serde_json::to_value(canary)?)))
}

fn of_view(view: &ReleaseView) -> Result<(Change, String, Value)> {
    let change = Change {
        canary: format!("{}/{}", view.namespace, view.name),
        phase: view.phase,
        weight: view.weights.canary,
        step: view.step.as_ref().map(|step| step.number),
        release: view.release.as_ref().map(|release| release.name.clone()).unwrap_or_default(),
        command: None,
    };
    Ok((change, view.message.clone(), serde_json::to_value(view)?))
}
