//! An event for programs: CloudEvents 1.0 in structured mode, as JSON.
//!
//! `type` is `dev.weir.KIND.WHAT.v1`: what changes in `data` beyond fields that are added gets another number.

use serde_json::{Value, json};

use crate::event::{Event, Subject};
use crate::words;

/// Its media type.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// The event. `source` and `id` together tell it from all others, as does `id` alone.
#[must_use]
pub fn message(event: &Event) -> Value {
    let (kind, source, subject) = match &event.subject {
        Subject::Run(run) => {
            let source = format!("/pipelines/{}", run.pipeline);
            match &run.stage {
                Some(stage) => ("stage", source, format!("{}/{}", run.run, stage.id)),
                None => ("run", source, run.run.clone()),
            }
        }
        Subject::Release(release) => {
            let source = format!("/namespaces/{}/canaries/{}", release.namespace, release.name);
            ("release", source, release.version.clone())
        }
    };
    json!({
        "specversion": "1.0",
        "id": event.id,
        "source": source,
        "type": format!("dev.weir.{kind}.{}.v1", event.what.name()),
        "subject": subject,
        "time": event.at.to_string(),
        "datacontenttype": "application/json",
        "data": data(event),
    })
}

fn data(event: &Event) -> Value {
    let Event { id: _, at, what, subject, reason, failed, origin, began, link, message } = event;
    let subject = match subject {
        Subject::Run(run) => json!({"pipeline": run.pipeline, "run": run.run, "stage": run.stage}),
        Subject::Release(release) => json!(release),
    };
    let rest = json!({
        "what": what.name(),
        "headline": words::headline(event),
        "reason": reason,
        "failed": failed,
        "began": began,
        "seconds": began.filter(|_| words::took(event).is_some()).map(|began| at.duration_since(began).as_secs_f64()),
        "by": origin.by,
        "repository": origin.repository,
        "branch": origin.branch,
        "commit": origin.commit,
        "link": link,
        "message": message,
    });
    let fields = [subject, rest].into_iter().filter_map(|value| match value {
        Value::Object(fields) => Some(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    });
    fields.flatten().filter(|(_, value)| !value.is_null()).collect()
}
