//! An event as the `trigger` of expressions.

use serde_json::{Map, Value, json};

use super::Event;
use super::change::{Change, Reference};
use crate::definition::{JenkinsResult, RunStatus};
use crate::poll::jenkins::Build;

/// `type`, `user`, `parameters` and `properties` are always there, whatever started the run; the rest depends on it.
pub(super) fn trigger(event: &Event, parameters: &Map<String, Value>) -> Value {
    let mut object = match event {
        Event::Manual { like: Some(Value::Object(like)), .. } => like.clone(),
        Event::Forge { .. }
        | Event::Webhook { .. }
        | Event::Git { .. }
        | Event::Cron { .. }
        | Event::Image { .. }
        | Event::Jenkins { .. }
        | Event::Pipeline { .. }
        | Event::Manual { .. } => Map::new(),
    };
    object.entry("user").or_insert(Value::Null);
    object.entry("properties").or_insert_with(|| json!({}));
    let own = match event {
        Event::Forge { provider, change, payload, signed_by: _ } => {
            let mut own = of_change(change);
            own.insert("source".to_owned(), json!(provider));
            own.insert("payload".to_owned(), json!(payload));
            own
        }
        Event::Git { url, change } => {
            let mut own = of_change(change);
            own.insert("source".to_owned(), json!("git"));
            own.insert("url".to_owned(), json!(url));
            own
        }
        Event::Webhook { source, payload, signed_by: _ } => {
            object_of(json!({"type": "webhook", "source": source, "payload": payload}))
        }
        Event::Cron { scheduled } => object_of(json!({"type": "cron", "scheduled": scheduled})),
        Event::Image { repository, tag, digest, previous } => object_of(json!({
            "type": "docker", "repository": repository, "tag": tag, "digest": digest, "previousDigest": previous,
            "image": digest.as_ref().map_or_else(|| format!("{repository}:{tag}"), |digest| format!("{repository}@{digest}")),
        })),
        Event::Jenkins { server, job, build, properties } => object_of(json!({
            "type": "jenkins", "server": server, "master": server, "job": job, "buildNumber": build.number, "link": build.url,
            "buildInfo": build_info(build), "properties": properties,
        })),
        Event::Pipeline { name, run, status, trigger } => object_of(json!({
            "type": "pipeline", "parentPipeline": name, "parentPipelineId": run,
            "parentExecution": {"id": run, "name": name, "status": spinnaker(*status), "trigger": trigger},
            // What the other run was started with is what this one goes on with.
            "properties": trigger.get("properties").cloned().unwrap_or_else(|| json!({})),
        })),
        Event::Manual { user, like: _ } => object_of(json!({"type": "manual", "user": user})),
    };
    object.extend(own);
    object.insert("parameters".to_owned(), Value::Object(parameters.clone()));
    Value::Object(object)
}

fn of_change(change: &Change) -> Map<String, Value> {
    let Change { repository, reference, commit, before, author, message, paths, pull_request } = change;
    let (project, slug) = repository.name.rsplit_once('/').unwrap_or(("", &repository.name));
    let mut own = object_of(json!({
        "type": "git", "user": author, "author": author, "repository": repository.name, "project": project, "slug": slug,
        "cloneUrls": repository.clone_urls, "hash": commit, "commit": commit, "before": before, "message": message, "changed": paths,
        "branch": null, "tag": null, "pullRequest": pull_request,
    }));
    let (key, name) = match reference {
        Reference::Branch(name) => ("branch", name),
        Reference::Tag(name) => ("tag", name),
    };
    own.insert(key.to_owned(), json!(name));
    own
}

/// With the result as Jenkins writes it, which is what expressions compare it with.
fn build_info(build: &Build) -> Value {
    let mut info = object_of(json!(build));
    info.insert("result".to_owned(), json!(build.result.map(JenkinsResult::as_str)));
    Value::Object(info)
}

fn object_of(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

const fn spinnaker(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Succeeded => "SUCCEEDED",
        RunStatus::Failed => "TERMINAL",
        RunStatus::Canceled => "CANCELED",
    }
}
