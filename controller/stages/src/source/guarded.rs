//! Fields that a list of what may be changed has to name themselves: those that name a secret, an image, a registry, another server or pipeline, or who decides; and
//! what other stages may find again.

use serde_json::Value;

/// By the kind of the stage.
const GUARDED: [(&str, &[&str]); 19] = [
    ("checkout", &["repository", "secret"]),
    ("step", &["image", "secrets", "services.image", "cache"]),
    ("gate", &["sonar.server", "sonar.secret"]),
    ("image", &["repository", "secret", "insecure", "hooks"]),
    ("judgment", &["owner", "roles", "expires", "whenExpired"]),
    ("webhook", &["url", "secrets", "monitor.url"]),
    ("pipeline", &["name"]),
    ("status", &["api", "secret"]),
    ("comment", &["api", "secret"]),
    ("load", &["url"]),
    ("analysis", &["metrics"]),
    ("deploy", &["manifests", "objects", "namespace", "images", "tags", "force", "prune"]),
    ("release", &["canary", "namespace", "image", "deploy"]),
    ("findImage", &["deployment", "namespace"]),
    ("findArtifact", &["pipeline", "artifact", "run"]),
    ("scale", &["deployment", "namespace", "replicas"]),
    ("undo", &["deployment", "namespace", "revision"]),
    ("delete", &["objects"]),
    ("weights", &["service", "namespace", "canary", "baseline"]),
];

/// Where a kind has the names of its secrets.
const SECRETS: [(&str, &str); 8] = [
    ("checkout", "secret"),
    ("step", "secrets"),
    ("gate", "sonar.secret"),
    ("image", "secret"),
    ("webhook", "secrets"),
    ("status", "secret"),
    ("comment", "secret"),
    ("analysis", "metrics.secret"),
];

/// The guarded fields that a change of `path`, below a stage's kind, may be a change of: the one that it is in, and where an expression stands for more,
/// all that are in it.
pub(super) fn guarded(kind: &str, path: &[String]) -> Vec<Vec<String>> {
    let of_kind = GUARDED.iter().filter(|(name, _)| *name == kind).flat_map(|(_, fields)| *fields);
    let paths = of_kind.map(|field| segments(field));
    paths.filter(|field| path.starts_with(field) || field.starts_with(path)).collect()
}

/// The field of a stage's secrets, where it has any: whatever else of it changes, changes what is done with them.
pub(super) fn secrets(kind: &str, fields: &Value) -> Option<Vec<String>> {
    let (_, field) = SECRETS.iter().find(|(name, _)| *name == kind)?;
    let path = segments(field);
    let mut value = Some(fields);
    for key in &path {
        // An expression may stand for all of it.
        value = value.and_then(|value| if value.is_string() { Some(value) } else { value.get(key) });
    }
    let has_some = match value? {
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    };
    has_some.then_some(path)
}

fn segments(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}
