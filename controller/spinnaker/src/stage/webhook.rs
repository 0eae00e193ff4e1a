//! A call by HTTP, and the wait for what it began.

use serde_json::{Map, Value, json};

use super::{Mapped, Work};
use crate::name;
use crate::part::{Part, text_of};
use crate::report::Report;

/// A `webhook`.
pub(super) fn webhook(part: &Part<'_>, report: &mut Report) -> Mapped {
    if part.flag("monitorOnly") == Some(true) {
        return Err("it only asks: write a `webhook` with `method: GET` and a `monitor`".to_owned());
    }
    part.needless(&["monitorOnly"], "it is not set", report);
    let mut fields = Map::new();
    part.carry_text("url", "webhook.url", &mut fields, report);
    if let Some(method) = part.text("method") {
        fields.insert("method".to_owned(), method.to_ascii_uppercase().into());
        report.mapped(part.at("method"), "webhook.method");
    }
    part.carry("payload", "webhook.payload", &mut fields, report);
    headers(part, &mut fields, report);
    let mut statuses: Vec<Value> = Vec::new();
    for (place, status) in part.items("failFastStatusCodes") {
        let number = text_of(status).and_then(|text| text.trim().parse::<u16>().ok());
        let Some(number) = number else { return Err(format!("{place} is no status of HTTP: give one")) };
        statuses.push(number.into());
        report.mapped(place, "webhook.failFast");
    }
    if !statuses.is_empty() {
        fields.insert("failFast".to_owned(), statuses.into());
    }
    if part.flag("waitForCompletion").is_some() {
        report.mapped(part.at("waitForCompletion"), "webhook.monitor");
    }
    if part.flag("waitForCompletion") == Some(true) {
        fields.insert("monitor".to_owned(), monitor(part, report)?);
    } else {
        let fields = [
            "statusUrlResolution",
            "statusUrlJsonPath",
            "statusJsonPath",
            "progressJsonPath",
            "successStatuses",
            "canceledStatuses",
            "terminalStatuses",
        ];
        part.needless(&fields, "waitForCompletion is not set", report);
    }
    rest(part, report);
    Ok(Work::new("webhook", Value::Object(fields)))
}

/// Header fields; what looks like a credential is not written into a file.
fn headers(part: &Part<'_>, fields: &mut Map<String, Value>, report: &mut Report) {
    let Some(headers) = part.part("customHeaders") else { return };
    let (mut plain, mut secret) = (Map::new(), Map::new());
    for (key, value) in headers.fields {
        let is_one = |word: &str| key.to_ascii_lowercase().contains(word);
        if ["auth", "token", "key", "secret", "cookie", "password"].iter().any(|word| is_one(word)) {
            let named = format!("webhook/{}", name::slug(key));
            report.by_hand(headers.at(key), format!("it looks like a credential, so its value is not written here: put it into a secret as {named}"));
            secret.insert(key.clone(), named.into());
        } else if let Some(text) = text_of(value) {
            plain.insert(key.clone(), text.into());
            report.mapped(headers.at(key), "webhook.headers");
        } else if let Some([one]) = value.as_array().map(Vec::as_slice) {
            plain.insert(key.clone(), text_of(one).unwrap_or_default().into());
            report.mapped(headers.at(key), "webhook.headers");
        }
    }
    for (key, made) in [("headers", plain), ("secrets", secret)] {
        if !made.is_empty() {
            fields.insert(key.to_owned(), Value::Object(made));
        }
    }
}

fn monitor(part: &Part<'_>, report: &mut Report) -> Result<Value, String> {
    let mut made = Map::new();
    let url = match part.text("statusUrlResolution").as_deref() {
        None | Some("getMethod") => json!("same"),
        Some("locationHeader") => json!("location"),
        Some("webhookResponse") => {
            let path = part
                .text("statusUrlJsonPath")
                .ok_or("it does not say where the status is asked for: give `monitor.url`")?;
            report.mapped(part.at("statusUrlJsonPath"), "webhook.monitor.url.answer");
            json!({"answer": path})
        }
        Some(other) => return Err(format!("statusUrlResolution {other:?} is not known: give `monitor.url`")),
    };
    made.insert("url".to_owned(), url);
    if part.get("statusUrlResolution").is_some() {
        report.mapped(part.at("statusUrlResolution"), "webhook.monitor.url");
    }
    if part.text("statusUrlResolution").as_deref() != Some("webhookResponse") {
        part.needless(&["statusUrlJsonPath"], "statusUrlResolution says where", report);
    }
    part.carry_text("statusJsonPath", "webhook.monitor.statusPath", &mut made, report);
    part.carry_text("progressJsonPath", "webhook.monitor.progressPath", &mut made, report);
    let mut statuses = Map::new();
    for (from, to) in
        [("successStatuses", "success"), ("canceledStatuses", "canceled"), ("terminalStatuses", "failure")]
    {
        let Some(text) = part.text(from) else { continue };
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        statuses.insert(to.to_owned(), words.collect::<Vec<_>>().into());
        report.mapped(part.at(from), format!("webhook.monitor.statuses.{to}"));
    }
    if !statuses.is_empty() {
        made.insert("statuses".to_owned(), Value::Object(statuses));
    }
    Ok(Value::Object(made))
}

fn rest(part: &Part<'_>, report: &mut Report) {
    let again = "5xx and 429 are tried again for five minutes, others are not: `retries: {on: any}` tries the stage again";
    for key in ["webhookRetryStatusCodes", "retryStatusCodes", "retries"] {
        part.by_hand(key, again, report);
    }
    let cancels = "nothing is called where a run is cancelled: let a stage with `always: true` do that";
    for key in ["cancelEndpoint", "cancelMethod", "cancelPayload"] {
        part.by_hand(key, cancels, report);
    }
    if part.whole("waitBeforeMonitor") == Some(0) {
        report.needless(part.at("waitBeforeMonitor"), "0 is none");
    } else {
        part.by_hand(
            "waitBeforeMonitor",
            "the first question comes after `monitor.every`: give that so long",
            report,
        );
    }
    part.by_hand(
        "expectedArtifacts",
        "no artifacts are handed on: the answer is in the outputs of the stage",
        report,
    );
    part.needless(
        &["signalCancellation", "webhookKind", "customHeadersEnabled"],
        "it is about Spinnaker's page",
        report,
    );
}
