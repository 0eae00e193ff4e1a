//! An analysis of a canary by metrics.
//!
//! It becomes a command: `weir judge` reads the same canary config and gives the same verdict, as its exit code. Each of its values is an argument of its own, so that
//! expressions in them are evaluated, and no shell reads what they become.

use serde_json::{Value, json};
use weir_pipeline::span::Span;

use super::{Mapped, Work};
use crate::name;
use crate::part::{Part, text_of};
use crate::report::Report;

/// What a step may take without being told.
const USUAL: u64 = 50 * 60;
/// The file that says which metric stores there are.
const SOURCES: &str = "canary/sources.yaml";

/// A `kayentaCanary`.
pub(super) fn analysis(part: &Part<'_>, report: &mut Report) -> Mapped {
    if part.get("deployments").is_some() {
        return Err(
            "it deploys baseline and canary itself: a `release` with a Canary does all of it".to_owned()
        );
    }
    let Some(config) = part.part("canaryConfig") else {
        return Err("it has no canaryConfig: a `release` with a Canary judges by itself".to_owned());
    };
    let mut command: Vec<String> = ["weir", "judge"].map(str::to_owned).to_vec();
    named(&config, &mut command, report)?;
    scope(&config, &mut command, report)?;
    let seconds = times(&config, &mut command, report)?;
    if let Some(thresholds) = config.part("scoreThresholds") {
        for key in ["pass", "marginal"] {
            put(&thresholds, key, &format!("--{key}"), |text| Some(text.to_owned()), &mut command, report)?;
        }
    }
    if part.get("analysisType").is_some() {
        report.mapped(part.at("analysisType"), "step.command");
    }
    let timeout = (seconds > USUAL).then(|| Span::seconds(seconds.saturating_add(60 * 60)).to_string());
    Ok(Work { timeout, ..Work::new("step", json!({"command": command})) })
}

/// Which config and which stores.
fn named(config: &Part<'_>, command: &mut Vec<String>, report: &mut Report) -> Result<(), String> {
    let key = if config.text("canaryConfigId").is_some() { "canaryConfigId" } else { "canaryConfigName" };
    let written = config.text(key).filter(|text| !name::slug(text).is_empty());
    let Some(written) = written else { return Err("it names no canary config: give one".to_owned()) };
    let file = format!("canary/{}.json", name::slug(&written));
    let what = format!(
        "put the canary config {written:?}, as Spinnaker shows its JSON, into the repository as {file}, and a `checkout` stage before"
    );
    report.by_hand(config.at(key), what);
    command.extend(["--config".to_owned(), file, "--sources".to_owned(), SOURCES.to_owned()]);
    match config.text("metricsAccountName") {
        Some(account) => {
            report.by_hand(
                config.at("metricsAccountName"),
                format!("name it in {SOURCES}, as `weir judge --help` has it"),
            );
            command.extend(["--source".to_owned(), account]);
        }
        None => report.by_hand(
            config.at("metricsAccountName"),
            format!("name the metric store in {SOURCES}, as `weir judge --help` has it"),
        ),
    }
    config.needless(&["canaryConfigName"], "canaryConfigId says which", report);
    config.needless(
        &["storageAccountName", "configurationAccountName"],
        "configs and reports are files",
        report,
    );
    Ok(())
}

fn scope(config: &Part<'_>, command: &mut Vec<String>, report: &mut Report) -> Result<(), String> {
    let scopes = config.parts("scopes");
    let Some(scope) = scopes.first() else {
        return Err("it has no scopes: name baseline and canary".to_owned());
    };
    for other in scopes.iter().skip(1) {
        report.by_hand(
            other.place.clone(),
            "a command judges one scope: write a stage for each, and name the metrics of each in its config",
        );
    }
    let as_it_is = |text: &str| Some(text.to_owned());
    for (key, option) in [
        ("controlScope", "--control-scope"),
        ("experimentScope", "--experiment-scope"),
        ("experimentLocation", "--location"),
        ("controlLocation", "--control-location"),
        ("startTimeIso", "--start"),
        ("endTimeIso", "--end"),
    ] {
        put(scope, key, option, as_it_is, command, report)?;
    }
    put(
        scope,
        "step",
        "--step",
        |text| Some(Span::seconds(text.parse().ok()?).to_string()),
        command,
        report,
    )?;
    for (key, value) in scope.part("extendedScopeParams").iter().flat_map(|part| part.fields) {
        command.extend(["--param".to_owned(), format!("{key}={}", text_of(value).unwrap_or_default())]);
    }
    if scope.get("extendedScopeParams").is_some() {
        report.mapped(scope.at("extendedScopeParams"), "step.command: --param");
    }
    if scope.get("scopeName").is_some_and(|name| name == "default") {
        report.mapped(scope.at("scopeName"), "step.command");
    }
    Ok(())
}

/// How long it takes, seconds.
fn times(config: &Part<'_>, command: &mut Vec<String>, report: &mut Report) -> Result<u64, String> {
    let span = |text: &str| text.parse::<Span>().ok().map(|span| span.to_string());
    let is_past = config.parts("scopes").iter().any(|scope| scope.get("endTimeIso").is_some());
    if is_past {
        let none = ["lifetimeDuration", "lifetimeHours", "beginCanaryAnalysisAfterMins"];
        config.needless(&none, "endTimeIso says that it has been", report);
    } else if config.get("lifetimeDuration").is_some() {
        put(config, "lifetimeDuration", "--lifetime", span, command, report)?;
        config.needless(&["lifetimeHours"], "lifetimeDuration counts", report);
    } else if config.get("lifetimeHours").is_some() {
        put(config, "lifetimeHours", "--lifetime", |text| spelt(text, 3_600), command, report)?;
    } else {
        let why = "it says neither how long it takes nor when it has ended: give `--lifetime` to weir judge";
        return Err(why.to_owned());
    }
    for (key, option) in [
        ("beginCanaryAnalysisAfterMins", "--delay"),
        ("canaryAnalysisIntervalMins", "--interval"),
        ("lookbackMins", "--lookback"),
        ("baselineAnalysisOffsetInMins", "--control-offset"),
    ] {
        if report.has(&config.at(key)) {
            continue;
        }
        if config.whole(key) == Some(0) {
            report.needless(config.at(key), "0 is none");
            continue;
        }
        put(config, key, option, |text| spelt(text, 60), command, report)?;
    }
    let lifetime = config.text("lifetimeDuration").and_then(|text| text.parse::<Span>().ok());
    let lifetime = lifetime.map_or(0, |span| span.duration().as_secs());
    let hours = config.whole("lifetimeHours").unwrap_or(0).saturating_mul(3_600);
    let delay = config.whole("beginCanaryAnalysisAfterMins").unwrap_or(0).saturating_mul(60);
    Ok(lifetime.max(hours).saturating_add(delay))
}

/// So many units of so many seconds.
fn spelt(text: &str, unit: u64) -> Option<String> {
    Some(Span::seconds(text.parse::<u64>().ok()?.checked_mul(unit)?).to_string())
}

/// Writes a field as an option of the command. An expression is taken for what it will be.
fn put(
    part: &Part<'_>,
    key: &str,
    option: &str,
    read: impl Fn(&str) -> Option<String>,
    command: &mut Vec<String>,
    report: &mut Report,
) -> Result<(), String> {
    let Some(text) = part.text(key) else { return Ok(()) };
    let Some(value) = read(text.trim()) else {
        return Err(format!(
            "{}: {text:?} cannot be given to `{option}` of weir judge: write the command",
            part.at(key)
        ));
    };
    command.extend([option.to_owned(), value]);
    report.mapped(part.at(key), format!("step.command: {option}"));
    Ok(())
}

/// What seven stages do there is one here.
pub(super) fn hint(stages: &[Part<'_>], report: &mut Report) {
    let of_type =
        |kind: &str| stages.iter().filter(|stage| stage.text("type").as_deref() == Some(kind)).count();
    if of_type("deployManifest") < 2 {
        return;
    }
    let canaries =
        stages.iter().filter(|stage| stage.get("type").and_then(Value::as_str) == Some("kayentaCanary"));
    for stage in canaries {
        let what = "one `release` stage with a Canary replaces baseline, canary, analysis, both clean-ups, check and deployment: it always cleans up, and moves requests by weight";
        report.hint(stage.place.clone(), what);
    }
}
