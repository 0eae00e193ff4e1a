//! An analysis of a canary by metrics.
//!
//! It becomes the stage of that name, which reads the same canary config and gives the same verdict. Expressions in its fields stay.

use serde_json::{Map, Value, json};
use weir_pipeline::span::Span;

use super::{Mapped, Work};
use crate::name;
use crate::part::{Part, text_of};
use crate::report::Report;

/// What opens the metric store, where the pipeline does not say which.
const STORE: &str = "metrics";

/// The fields that are made.
type Fields = Map<String, Value>;

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
    let mut fields = Fields::new();
    named(&config, &mut fields, report)?;
    scope(&config, &mut fields, report)?;
    times(&config, &mut fields, report)?;
    if let Some(thresholds) = config.part("scoreThresholds") {
        for key in ["marginal", "pass"] {
            put(&thresholds, key, &["thresholds", key], score, &mut fields, report)?;
        }
    }
    if part.get("analysisType").is_some() {
        report.mapped(part.at("analysisType"), "analysis");
    }
    Ok(Work::new("analysis", Value::Object(fields)))
}

/// Which config and which stores.
fn named(config: &Part<'_>, fields: &mut Fields, report: &mut Report) -> Result<(), String> {
    let key = if config.text("canaryConfigId").is_some() { "canaryConfigId" } else { "canaryConfigName" };
    let written = config.text(key).filter(|text| !name::slug(text).is_empty());
    let Some(written) = written else { return Err("it names no canary config: give one".to_owned()) };
    let file = format!("canary/{}.json", name::slug(&written));
    let what = format!(
        "put the canary config {written:?}, as Spinnaker shows its JSON, into the repository as {file}, and a `checkout` stage before; or write it here, as `config`"
    );
    report.by_hand(config.at(key), what);
    fields.insert("config".to_owned(), file.into());
    let secret = match config.text("metricsAccountName") {
        Some(account) if is_expression(&account) => account,
        Some(account) if !name::slug(&account).is_empty() => name::slug(&account),
        _ => STORE.to_owned(),
    };
    let what = format!(
        "make a secret {secret:?} with `url` of the Prometheus, and `token`, or `username` and `password`, where it asks for them; of another store with `sources.yaml`, as `weir judge --help` has it"
    );
    report.by_hand(config.at("metricsAccountName"), what);
    fields.insert("metrics".to_owned(), json!({"secret": secret}));
    config.needless(&["canaryConfigName"], "canaryConfigId says which", report);
    config.needless(
        &["storageAccountName", "configurationAccountName"],
        "configs and reports are files",
        report,
    );
    Ok(())
}

fn scope(config: &Part<'_>, fields: &mut Fields, report: &mut Report) -> Result<(), String> {
    let scopes = config.parts("scopes");
    let Some(scope) = scopes.first() else {
        return Err("it has no scopes: name baseline and canary".to_owned());
    };
    for other in scopes.iter().skip(1) {
        report.by_hand(
            other.place.clone(),
            "an analysis has one scope: write a stage for each, and name the metrics of each in its config",
        );
    }
    let as_it_is = |text: &str| Some(text.into());
    for (key, to) in [
        ("controlScope", &["control", "scope"][..]),
        ("controlLocation", &["control", "location"]),
        ("experimentScope", &["experiment", "scope"]),
        ("experimentLocation", &["experiment", "location"]),
        ("startTimeIso", &["start"]),
        ("endTimeIso", &["end"]),
    ] {
        put(scope, key, to, as_it_is, fields, report)?;
    }
    put(scope, "step", &["step"], |text| spelt(text, 1, "s"), fields, report)?;
    let parameters = scope.part("extendedScopeParams");
    let parameters = parameters.iter().flat_map(|part| part.fields);
    let parameters: Fields =
        parameters.map(|(key, value)| (key.clone(), text_of(value).unwrap_or_default().into())).collect();
    if !parameters.is_empty() {
        report.mapped(scope.at("extendedScopeParams"), "analysis.parameters");
        fields.insert("parameters".to_owned(), parameters.into());
    }
    if scope.get("scopeName").is_some_and(|name| name == "default") {
        report.mapped(scope.at("scopeName"), "analysis");
    }
    Ok(())
}

/// How long it takes.
fn times(config: &Part<'_>, fields: &mut Fields, report: &mut Report) -> Result<(), String> {
    let span = |text: &str| {
        let read = text.parse::<Span>().ok().map(|span| span.to_string().into());
        read.or_else(|| is_expression(text).then(|| text.into()))
    };
    let is_past = config.parts("scopes").iter().any(|scope| scope.get("endTimeIso").is_some());
    if is_past {
        let none = ["lifetimeDuration", "lifetimeHours", "beginCanaryAnalysisAfterMins"];
        config.needless(&none, "endTimeIso says that it has been", report);
    } else if config.get("lifetimeDuration").is_some() {
        put(config, "lifetimeDuration", &["lifetime"], span, fields, report)?;
        config.needless(&["lifetimeHours"], "lifetimeDuration counts", report);
    } else if config.get("lifetimeHours").is_some() {
        put(config, "lifetimeHours", &["lifetime"], |text| spelt(text, 3_600, "h"), fields, report)?;
    } else {
        let why = "it says neither how long it takes nor when it has ended: give `lifetime`";
        return Err(why.to_owned());
    }
    let minutes = |text: &str| spelt(text, 60, "m");
    for (key, to) in [
        ("beginCanaryAnalysisAfterMins", &["delay"][..]),
        ("canaryAnalysisIntervalMins", &["interval"]),
        ("lookbackMins", &["lookback", "sliding"]),
        ("baselineAnalysisOffsetInMins", &["controlOffset"]),
    ] {
        if report.has(&config.at(key)) {
            continue;
        }
        if config.whole(key) == Some(0) {
            report.needless(config.at(key), "0 is none");
            continue;
        }
        put(config, key, to, minutes, fields, report)?;
    }
    Ok(())
}

/// A score as the number that it is.
fn score(text: &str) -> Option<Value> {
    let whole = text.parse::<u64>().ok().map(Value::from);
    let number = whole.or_else(|| text.parse::<f64>().ok().map(Value::from));
    number.or_else(|| is_expression(text).then(|| text.into()))
}

/// So many units of so many seconds; an expression is taken for a number of them.
fn spelt(text: &str, unit: u64, letter: &str) -> Option<Value> {
    if is_expression(text) {
        return Some([text, letter].concat().into());
    }
    Some(Span::seconds(text.parse::<u64>().ok()?.checked_mul(unit)?).to_string().into())
}

fn is_expression(text: &str) -> bool {
    text.contains("${")
}

/// Writes a field as another one, in an object or by itself. An expression is taken for what it will be.
fn put(
    part: &Part<'_>,
    key: &str,
    to: &[&str],
    read: impl Fn(&str) -> Option<Value>,
    fields: &mut Fields,
    report: &mut Report,
) -> Result<(), String> {
    let Some(text) = part.text(key) else { return Ok(()) };
    let path = to.join(".");
    let Some(value) = read(text.trim()) else {
        return Err(format!("{}: {text:?} cannot be given as `{path}`: write the stage", part.at(key)));
    };
    report.mapped(part.at(key), format!("analysis.{path}"));
    match to {
        [outer, inner] => {
            let object = fields.entry(*outer).or_insert_with(|| json!({}));
            object.as_object_mut().map(|object| object.insert((*inner).to_owned(), value));
        }
        _ => _ = fields.insert(path, value),
    }
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
