//! What calls us.

use serde_json::{Map, Value};

use super::{Source, signed};
use crate::name;
use crate::part::{Part, text_of};
use crate::pattern;
use crate::report::Report;
use crate::stage::is_id;

/// A push.
pub(super) fn git(part: &Part<'_>, report: &mut Report) -> Result<Source, String> {
    let key = match part.text("source").unwrap_or_default().to_ascii_lowercase().as_str() {
        "github" => "github",
        "gitlab" => "gitlab",
        "bitbucket" | "stash" => "bitbucket",
        "gitea" => "gitea",
        other => {
            return Err(format!(
                "the forge {other:?} is not known: give `github`, `gitlab`, `bitbucket` or `gitea`"
            ));
        }
    };
    report.mapped(part.at("source"), format!("triggers.{key}"));
    let mut fields = Map::new();
    let repository =
        [part.text("project"), part.text("slug")].into_iter().flatten().collect::<Vec<_>>().join("/");
    fields.insert("repository".to_owned(), repository.into());
    for field in ["project", "slug"].into_iter().filter(|field| part.get(field).is_some()) {
        report.mapped(part.at(field), format!("triggers.{key}.repository"));
    }
    let mut is_wider = false;
    if let Some(branch) = part.text("branch") {
        if let Some(globs) = pattern::globs(&branch, true) {
            let why = format!("a glob, {}, and no regular expression", globs.join(", "));
            report.changed(part.at("branch"), format!("triggers.{key}.branches"), why);
            fields.insert("branches".to_owned(), globs.into());
        } else {
            is_wider = true;
            let what = format!("give globs in `branches` that say what {branch:?} says");
            report.by_hand(part.at("branch"), what);
        }
    }
    is_wider |= !events(part, &mut fields, report);
    signed(part, &mut fields, report);
    Ok(Source { key, fields, is_wider: is_wider | constrained(part, report) })
}

/// Whether all of them are known.
fn events(part: &Part<'_>, fields: &mut Map<String, Value>, report: &mut Report) -> bool {
    let mut events: Vec<Value> = Vec::new();
    let mut all = true;
    for (place, event) in part.items("events") {
        let known = match event.as_str().unwrap_or_default() {
            "push" | "repo:refs_changed" | "repo:push" => "push",
            "pull_request" | "merge_request" | "pullrequest:created" | "pr:opened" => "pullRequest",
            "tag" | "tag_push" => "tag",
            _ => {
                all = false;
                report.by_hand(place, "give push, tag or pullRequest in `events`");
                continue;
            }
        };
        report.mapped(place, "triggers.events");
        if !events.contains(&known.into()) {
            events.push(known.into());
        }
    }
    if !events.is_empty() {
        fields.insert("events".to_owned(), events.into());
    }
    all
}

/// A call of anything.
pub(super) fn webhook(part: &Part<'_>, report: &mut Report) -> Source {
    let written = part.text("source").unwrap_or_default();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let source = if written.chars().all(plain) { written.clone() } else { name::slug(&written) };
    if source == written {
        report.mapped(part.at("source"), "triggers.webhook.source");
    } else {
        let why = format!("{source}: an address has letters, digits and `-`");
        report.changed(part.at("source"), "triggers.webhook.source", why);
    }
    let mut fields = Map::from_iter([("source".to_owned(), source.into())]);
    let mut payload = Map::new();
    if let Some(constraints) = part.part("payloadConstraints") {
        for (key, value) in constraints.fields {
            let path =
                if key.starts_with('$') { key.clone() } else { format!("$['{}']", key.replace('\'', "\\'")) };
            payload.insert(path, text_of(value).unwrap_or_default().into());
            let why = "by its JSONPath; the whole value has to match";
            report.changed(constraints.at(key), "triggers.webhook.payload", why);
        }
    }
    if !payload.is_empty() {
        fields.insert("payload".to_owned(), Value::Object(payload));
    }
    signed(part, &mut fields, report);
    Source { key: "webhook", fields, is_wider: false }
}

/// Another pipeline's end.
pub(super) fn after(part: &Part<'_>, report: &mut Report) -> Result<Source, String> {
    let written = part.text("pipeline").unwrap_or_default();
    let name = name::slug(&written);
    if is_id(&written) {
        report.by_hand(
            part.at("pipeline"),
            format!("it is Spinnaker's id of a pipeline: write the name of that one in the place of {name}"),
        );
    } else if name == written {
        report.mapped(part.at("pipeline"), "triggers.pipeline.name");
    } else {
        report.changed(
            part.at("pipeline"),
            "triggers.pipeline.name",
            format!("{name}, as that pipeline is called once it is imported"),
        );
    }
    let mut fields = Map::from_iter([("name".to_owned(), name.into())]);
    let mut statuses: Vec<Value> = Vec::new();
    for (place, status) in part.items("status") {
        let known = match status.as_str().unwrap_or_default() {
            "successful" => "succeeded",
            "failed" => "failed",
            "canceled" => "canceled",
            other => return Err(format!("{place}: no run ends as {other:?}")),
        };
        report.mapped(place, "triggers.pipeline.statuses");
        statuses.push(known.into());
    }
    if !statuses.is_empty() {
        fields.insert("statuses".to_owned(), statuses.into());
    }
    part.needless(&["application"], "a pipeline has a name of its own, and no application", report);
    Ok(Source { key: "pipeline", fields, is_wider: constrained(part, report) })
}

/// Whether the trigger asks for properties, which only a condition can ask for here.
pub(super) fn constrained(part: &Part<'_>, report: &mut Report) -> bool {
    let constraints = part.part("payloadConstraints");
    for key in constraints.iter().flat_map(|part| part.fields.keys()) {
        let what = format!(
            "begin with a stage `preconditions: [{{expression: \"trigger.properties['{key}'] matches '..'\"}}]`"
        );
        report.by_hand(part.part("payloadConstraints").map(|part| part.at(key)).unwrap_or_default(), what);
    }
    constraints.is_some()
}
