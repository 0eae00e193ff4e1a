//! What starts a pipeline.
//!
//! A trigger whose conditions have no form here is written down and not enabled: one that starts too often deploys what nobody asked for.

mod called;
mod polled;

use serde_json::{Map, Value};
use weir_pipeline::Problem;
use weir_trigger::{Subscription, Trigger};

use crate::part::Part;
use crate::report::Report;

/// Name of the secret that signs web hooks.
const SECRET: &str = "hooks";

/// What a trigger listens to.
struct Source {
    key: &'static str,
    fields: Map<String, Value>,
    /// Whether it would start runs that Spinnaker does not start.
    is_wider: bool,
}

/// All of them.
pub(crate) fn all(pipeline: &Part<'_>, report: &mut Report) -> Vec<Value> {
    let is_disabled = pipeline.flag("disabled") == Some(true);
    if is_disabled {
        let why = "triggers are not enabled; by hand it can be started";
        report.changed(pipeline.at("disabled"), "spec.triggers", why);
    } else {
        pipeline.needless(&["disabled"], "it is not set", report);
    }
    pipeline.parts("triggers").iter().filter_map(|part| one(part, is_disabled, report)).collect()
}

fn one(part: &Part<'_>, is_disabled: bool, report: &mut Report) -> Option<Value> {
    let kind = part.text("type").unwrap_or_default();
    let source = match kind.as_str() {
        "git" => called::git(part, report),
        "webhook" => Ok(called::webhook(part, report)),
        "pipeline" => called::after(part, report),
        "jenkins" => Ok(polled::jenkins(part, report)),
        "docker" => Ok(polled::docker(part, report)),
        "cron" => Ok(polled::cron(part, report)),
        "manual" => {
            report.needless(part.place.clone(), "everybody who may start runs may do it by hand");
            return None;
        }
        _ => Err(format!(
            "nothing listens to {kind:?}: let it call `/hooks/webhook/..`, and listen with a `webhook` trigger"
        )),
    };
    let sound = source.and_then(|source| {
        let made = put_together(part, source, is_disabled, report);
        check(&made).map(|()| made)
    });
    match sound {
        Ok(made) => Some(made),
        Err(why) => {
            report.retract(&part.place, &[]);
            report.by_hand(part.place.clone(), format!("it is left out: {why}"));
            None
        }
    }
}

fn put_together(part: &Part<'_>, source: Source, is_disabled: bool, report: &mut Report) -> Value {
    let Source { key, fields, is_wider } = source;
    report.mapped(part.at("type"), format!("triggers.{key}"));
    let mut made = Map::from_iter([(key.to_owned(), Value::Object(fields))]);
    let is_enabled = part.flag("enabled").unwrap_or(true);
    if is_wider || is_disabled || !is_enabled {
        made.insert("enabled".to_owned(), false.into());
    }
    if is_wider && is_enabled {
        report.by_hand(part.at("enabled"), "it is not enabled: it would start runs that Spinnaker does not start, until the rest of it is mended");
    } else if part.flag("enabled").is_some() {
        report.mapped(part.at("enabled"), "triggers.enabled");
    }
    if let Some(parameters) = part.part("parameters") {
        let texts = parameters.fields.iter().filter_map(|(name, value)| {
            let text = crate::part::text_of(value)?;
            report.mapped(parameters.at(name), "triggers.parameters");
            Some((name.clone(), text.into()))
        });
        made.insert("parameters".to_owned(), Value::Object(texts.collect()));
    }
    part.by_hand(
        "runAsUser",
        "runs have the rights of whoever runs them: give that one what the stages need",
        report,
    );
    part.by_hand(
        "expectedArtifactIds",
        "a trigger asks for no artifact: the pipeline's `artifacts` do, and a run that lacks one fails before its first stage",
        report,
    );
    part.needless(
        &["id", "link", "linkText", "description", "isNew", "status", "hash", "attributeConstraints", "user"],
        "it is about Spinnaker's page",
        report,
    );
    Value::Object(made)
}

/// What the reader of triggers says.
fn check(made: &Value) -> Result<(), String> {
    let trigger: Trigger = serde_json::from_value(made.clone()).map_err(|error| error.to_string())?;
    let told = |problem: &Problem| format!("{}: {}", problem.what, problem.mend);
    let sound = Subscription::new(&trigger, "");
    sound.map(drop).map_err(|found| found.iter().map(told).collect::<Vec<_>>().join("; "))
}

/// The value of a secret stays where it is.
fn signed(part: &Part<'_>, fields: &mut Map<String, Value>, report: &mut Report) {
    fields.insert("secret".to_owned(), SECRET.into());
    let what = format!(
        "calls have to be signed: put the text that signs them into the secret {SECRET:?}, and into the settings of whoever calls"
    );
    report.by_hand(part.at("secret"), what);
}
