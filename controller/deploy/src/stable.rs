//! Whether an object has become what its manifest says.

use serde_json::Value;

/// How an object stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As its manifest says.
    Stable,
    /// Not yet: what is missing.
    Waits(String),
    /// It will not become so: why.
    Failed(String),
}

/// How an object stands, by its kind; one whose kind has no rule is stable at once.
///
/// The rules are `kubectl rollout status`' and Spinnaker's: no old pods are left, and all new ones are available.
#[must_use]
pub fn standing(object: &Value) -> Standing {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    let status = Status(object);
    match kind {
        "Deployment" => status.observed().unwrap_or_else(|| deployment(&status)),
        "StatefulSet" => status.observed().unwrap_or_else(|| stateful_set(&status)),
        "DaemonSet" => status.observed().unwrap_or_else(|| daemon_set(&status)),
        "ReplicaSet" => status.observed().unwrap_or_else(|| replica_set(&status)),
        "Job" => job(&status),
        "Pod" => pod(&status),
        "PersistentVolumeClaim" => claim(&status),
        "CustomResourceDefinition" => definition(&status),
        _ => Standing::Stable,
    }
}

/// An object, read by pointers.
struct Status<'a>(&'a Value);

impl Status<'_> {
    /// A count; where none is written, none.
    fn number(&self, pointer: &str) -> i64 {
        self.0.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Whatever it says is about what it was before, unless this generation has been looked at.
    fn observed(&self) -> Option<Standing> {
        let is_old = self.number("/status/observedGeneration") < self.number("/metadata/generation");
        is_old.then(|| Standing::Waits("it has not been looked at yet".to_owned()))
    }

    /// Replicas that are asked for; one where nobody says.
    fn asked(&self) -> i64 {
        self.0.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
    }

    fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// A condition: its status, reason and message.
    fn condition(&self, kind: &str) -> Option<(&str, &str, &str)> {
        let conditions = self.0.pointer("/status/conditions")?.as_array()?;
        let is = |condition: &&Value| condition.get("type").and_then(Value::as_str) == Some(kind);
        let found = conditions.iter().find(is)?;
        let text = |field: &str| found.get(field).and_then(Value::as_str).unwrap_or_default();
        Some((text("status"), text("reason"), text("message")))
    }

    /// Waits for `has` to be `asked`.
    fn until(has: i64, asked: i64, what: &str) -> Option<Standing> {
        (has < asked).then(|| Standing::Waits(format!("{has} of {asked} pods are {what}")))
    }
}

fn deployment(status: &Status<'_>) -> Standing {
    if let Some((_, "ProgressDeadlineExceeded", message)) = status.condition("Progressing") {
        return Standing::Failed(format!("it exceeded its progress deadline: {message}"));
    }
    let asked = status.asked();
    let (all, updated) = (status.number("/status/replicas"), status.number("/status/updatedReplicas"));
    if status.0.pointer("/spec/paused").and_then(Value::as_bool) == Some(true) && updated < asked {
        return Standing::Waits("it is paused".to_owned());
    }
    let refused = status.condition("ReplicaFailure").filter(|(is, _, _)| *is == "True");
    let waits = Status::until(updated, asked, "updated")
        .or_else(|| (all > updated).then(|| Standing::Waits(format!("{} old pods are left", all - updated))))
        .or_else(|| Status::until(status.number("/status/availableReplicas"), asked, "available"))
        .or_else(|| Status::until(status.number("/status/readyReplicas"), asked, "ready"));
    match (waits, refused, status.condition("Available")) {
        (Some(_), Some((_, _, message)), _) => Standing::Waits(format!("pods cannot be made: {message}")),
        (Some(waits), None, _) => waits,
        (None, _, Some(("False", _, message))) => Standing::Waits(format!("it is not available: {message}")),
        (None, _, _) => Standing::Stable,
    }
}

fn stateful_set(status: &Status<'_>) -> Standing {
    let asked = status.asked();
    let partition = status.number("/spec/updateStrategy/rollingUpdate/partition");
    let is_updated = status.text("/status/updateRevision") == status.text("/status/currentRevision");
    let waits = Status::until(status.number("/status/readyReplicas"), asked, "ready").or_else(|| {
        let updated = status.number("/status/updatedReplicas");
        (!is_updated).then(|| Status::until(updated, asked - partition, "updated")).flatten()
    });
    waits.unwrap_or(Standing::Stable)
}

fn daemon_set(status: &Status<'_>) -> Standing {
    let asked = status.number("/status/desiredNumberScheduled");
    let waits = Status::until(status.number("/status/updatedNumberScheduled"), asked, "updated")
        .or_else(|| Status::until(status.number("/status/numberAvailable"), asked, "available"));
    waits.unwrap_or(Standing::Stable)
}

fn replica_set(status: &Status<'_>) -> Standing {
    let asked = status.asked();
    let waits = Status::until(status.number("/status/fullyLabeledReplicas"), asked, "labelled")
        .or_else(|| Status::until(status.number("/status/readyReplicas"), asked, "ready"))
        .or_else(|| Status::until(status.number("/status/availableReplicas"), asked, "available"));
    waits.unwrap_or(Standing::Stable)
}

fn job(status: &Status<'_>) -> Standing {
    match (status.condition("Complete"), status.condition("Failed")) {
        (_, Some(("True", reason, message))) => Standing::Failed(format!("{reason}: {message}")),
        (Some(("True", _, _)), _) => Standing::Stable,
        _ => Standing::Waits("it is not complete".to_owned()),
    }
}

fn pod(status: &Status<'_>) -> Standing {
    let phase = status.text("/status/phase");
    let is_ready = status.condition("Ready").is_some_and(|(is, _, _)| is == "True");
    match phase {
        "Succeeded" => Standing::Stable,
        "Failed" => Standing::Failed(format!("it failed: {}", status.text("/status/message"))),
        _ if is_ready => Standing::Stable,
        _ => Standing::Waits("it is not ready".to_owned()),
    }
}

fn claim(status: &Status<'_>) -> Standing {
    match status.text("/status/phase") {
        "Lost" => Standing::Failed("its volume is lost".to_owned()),
        // One that is bound when its first pod comes waits for that pod, which may come after it.
        _ => Standing::Stable,
    }
}

fn definition(status: &Status<'_>) -> Standing {
    match (status.condition("NamesAccepted"), status.condition("Established")) {
        (Some(("False", _, message)), _) => Standing::Failed(format!("its names are taken: {message}")),
        (_, Some(("True", _, _))) => Standing::Stable,
        _ => Standing::Waits("it is not established".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Standing, standing};

    fn merged(mut object: Value, status: &Value) -> Value {
        for (field, value) in status.as_object().unwrap() {
            object["status"][field] = value.clone();
        }
        object
    }

    fn deployment(status: &Value) -> Standing {
        let up = json!({
            "kind": "Deployment", "metadata": {"generation": 3}, "spec": {"replicas": 2},
            "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2, "readyReplicas": 2},
        });
        standing(&merged(up, status))
    }

    fn waits(what: &str) -> Standing {
        Standing::Waits(what.to_owned())
    }

    #[test]
    fn a_deployment_is_stable_when_all_its_pods_are_new_and_serve() {
        let condition = |kind: &str, status: &str, reason: &str| json!({"conditions": [{"type": kind, "status": status, "reason": reason, "message": "m"}]});
        for (status, expected) in [
            (json!({}), Standing::Stable),
            (json!({"observedGeneration": 2}), waits("it has not been looked at yet")),
            (json!({"updatedReplicas": 1}), waits("1 of 2 pods are updated")),
            (json!({"replicas": 3}), waits("1 old pods are left")),
            (json!({"availableReplicas": null}), waits("0 of 2 pods are available")),
            (json!({"readyReplicas": 1}), waits("1 of 2 pods are ready")),
            (condition("Available", "False", ""), waits("it is not available: m")),
            (condition("Available", "True", ""), Standing::Stable),
            (
                condition("Progressing", "False", "ProgressDeadlineExceeded"),
                Standing::Failed("it exceeded its progress deadline: m".to_owned()),
            ),
            (
                merged(
                    json!({"status": condition("ReplicaFailure", "True", "")}),
                    &json!({"updatedReplicas": 0}),
                )["status"]
                    .clone(),
                waits("pods cannot be made: m"),
            ),
        ] {
            assert_eq!(deployment(&status), expected, "{status}");
        }
        let paused = json!({
            "kind": "Deployment", "metadata": {"generation": 1}, "spec": {"paused": true},
            "status": {"observedGeneration": 1},
        });
        assert_eq!(standing(&paused), waits("it is paused"));
        let none = json!({
            "kind": "Deployment", "metadata": {"generation": 1}, "spec": {"replicas": 0},
            "status": {"observedGeneration": 1},
        });
        assert_eq!(standing(&none), Standing::Stable);
    }

    #[test]
    fn other_kinds_have_rules_of_their_own() {
        let job = |kind: &str| {
            let conditions =
                json!([{"type": kind, "status": "True", "reason": "BackoffLimitExceeded", "message": "m"}]);
            standing(
                &json!({"kind": "Job", "metadata": {"generation": 1}, "status": {"conditions": conditions}}),
            )
        };
        assert_eq!(job("Complete"), Standing::Stable);
        assert_eq!(job("Failed"), Standing::Failed("BackoffLimitExceeded: m".to_owned()));
        assert_eq!(job("Suspended"), waits("it is not complete"));
        let set = |updated: i64, revision: &str| {
            standing(&json!({
                "kind": "StatefulSet", "metadata": {"generation": 1}, "spec": {"replicas": 3},
                "status": {"observedGeneration": 1, "readyReplicas": 3, "updatedReplicas": updated, "currentRevision": "a", "updateRevision": revision},
            }))
        };
        assert_eq!((set(0, "a"), set(2, "b")), (Standing::Stable, waits("2 of 3 pods are updated")));
        let daemons = |available: i64| {
            standing(&json!({
                "kind": "DaemonSet", "metadata": {"generation": 1},
                "status": {"observedGeneration": 1, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": available},
            }))
        };
        assert_eq!((daemons(2), daemons(1)), (Standing::Stable, waits("1 of 2 pods are available")));
        assert_eq!(
            standing(&json!({"kind": "Pod", "status": {"phase": "Running"}})),
            waits("it is not ready")
        );
        assert_eq!(standing(&json!({"kind": "ConfigMap"})), Standing::Stable);
        assert_eq!(standing(&json!({"kind": "CustomResourceDefinition"})), waits("it is not established"));
    }
}
