//! `weir plan`: what the steps of a Canary can tell at a rate of requests, before a release begins.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use weir_controller::catalog::{Catalog, Key};
use weir_controller::forecast::{StepForecast, forecast};

use crate::Misconfigured;
use crate::args::{Output, PlanArgs};
use crate::form::print;
use crate::progress::words::took;

/// Tells it.
pub(crate) fn run(args: &PlanArgs) -> Result<ExitCode> {
    let read = crate::files::read(&args.file)?;
    let catalog = Catalog::new(read.objects, &read.problems);
    let named =
        |key: &Key| args.canary.as_deref().is_none_or(|name| name == key.to_string() || name == key.name);
    let canaries: Vec<_> = catalog.canaries.iter().filter(|(key, _)| named(key)).collect();
    if canaries.is_empty() {
        let known: Vec<String> = catalog.canaries.keys().map(ToString::to_string).collect();
        let what = match (&args.canary, known.as_slice()) {
            (Some(name), [_, ..]) => format!("there is no Canary {name}: there is {}", known.join(", ")),
            _ => "there is no Canary in there: give the manifests with -f".to_owned(),
        };
        let lines: Vec<String> = std::iter::once(what).chain(catalog.problems).collect();
        return Err(Misconfigured(lines.join("\n")).into());
    }
    let errors = f64::from(args.errors.basis_points()) / 10_000.0;
    let mut all = Vec::new();
    for (key, canary) in canaries {
        let steps = forecast(&canary.spec, args.rate, errors)
            .map_err(|error| Misconfigured(format!("Canary {key}: {error}")))?;
        all.push((key.to_string(), steps));
    }
    print(&match args.output {
        Output::Text => all.iter().map(|(canary, steps)| text(canary, args, steps)).collect(),
        Output::Json => {
            let one =
                |(canary, steps): &(String, Vec<StepForecast>)| json!({"canary": canary, "steps": steps});
            serde_json::to_string_pretty(&all.iter().map(one).collect::<Vec<_>>())? + "\n"
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

fn text(canary: &str, args: &PlanArgs, steps: &[StepForecast]) -> String {
    let mut text = format!("{canary} at {} requests/s, of which {} fail now\n", args.rate, args.errors);
    if steps.is_empty() {
        text.push_str("no step waits at a weight above 0: nothing is judged\n");
        return text;
    }
    text.push_str("STEP  WEIGHT  CANARY REQ/S  TIME               AN EQUAL CANARY PASSES  ERRORS THAT FAIL IT  SLOW REQUESTS THAT FAIL IT\n");
    for step in steps {
        let time = match (step.seconds, step.waits_for_pass) {
            (Some(seconds), true) => format!("at most {}", span(seconds)),
            (Some(seconds), false) => span(seconds),
            (None, _) => "until promoted".to_owned(),
        };
        let passes = match step.passes_after_seconds {
            None => "not within a day".to_owned(),
            Some(pass) if step.waits_for_pass && step.seconds.is_some_and(|most| pass > most) => {
                format!("after {}: too late", span(pass))
            }
            Some(pass) => format!("after {}", span(pass)),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<4}  {:<6}  {:<12}  {time:<17}  {passes:<22}  {:<19}  {}",
            step.step,
            step.weight.to_string(),
            format!("{:.1}", step.canary_requests_per_second),
            share(step.least_errors),
            share(step.least_slow),
        );
    }
    text
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "none".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

fn span(seconds: f64) -> String {
    took(Duration::from_secs_f64(seconds.clamp(0.0, 1e9)))
}
