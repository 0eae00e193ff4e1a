//! One question of the API server, and its answer. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use weir_api::CanarySpec;
use weir_api::service::ServiceAnnotations;
use weir_flags::{Flags, Object, ObjectName};
use weir_rollout::Policy;

/// A body that is no question.
#[derive(Debug, thiserror::Error)]
#[error("no AdmissionReview of admission.k8s.io/v1")]
pub(super) struct NoQuestion(#[source] serde_json::Error);

/// The API server cuts longer warnings, and warns of it.
const LONGEST_WARNING: usize = 240;

#[derive(Deserialize)]
struct Review {
    request: Question,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Question {
    uid: String,
    kind: Kind,
    #[serde(default)]
    object: Value,
    #[serde(default)]
    old_object: Value,
}

#[derive(Deserialize)]
struct Kind {
    kind: String,
}

/// What is said about an object.
#[derive(Debug, Default, PartialEq, Eq)]
struct Opinion {
    /// Why it cannot be stored.
    refusal: Option<String>,
    /// What its user should know.
    warnings: Vec<String>,
}

/// Answers one question.
///
/// # Errors
/// Where it is none.
pub(super) fn answer(body: &[u8]) -> Result<Value, NoQuestion> {
    let Review { request } = serde_json::from_slice(body).map_err(NoQuestion)?;
    let Question { uid, kind, object, old_object } = request;
    let Opinion { refusal, warnings } = match kind.kind.as_str() {
        "Canary" => written(&object, &old_object).map(canary).unwrap_or_default(),
        "FeatureFlag" => written(&object, &old_object).map(|spec| flag(spec, &object)).unwrap_or_default(),
        "Service" => service(&object),
        _ => Opinion::default(),
    };
    let status =
        refusal.as_ref().map(|message| json!({"code": 422, "reason": "Invalid", "message": message}));
    let response = json!({"uid": uid, "allowed": refusal.is_none(), "status": status, "warnings": warnings});
    Ok(json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}))
}

/// What is asked for anew: labels, status and finalizers of an object that is stored already can be written, whatever it asks for; and it can go.
fn written<'q>(object: &'q Value, before: &Value) -> Option<&'q Value> {
    object.get("spec").filter(|spec| before.get("spec") != Some(spec))
}

/// A Canary that the controller could not follow is refused, by the same code that would tell it.
fn canary(spec: &Value) -> Opinion {
    let refusal = match serde_json::from_value::<CanarySpec>(spec.clone()) {
        Err(error) => Some(format!("spec: {error}")),
        Ok(spec) => Policy::parse(&spec).err().map(|error| error.to_string()),
    };
    Opinion { refusal, warnings: Vec::new() }
}

/// A flag that could not be evaluated, likewise, with all of its problems. Whether another one has its key is told later, by both: nobody here
/// knows the others.
fn flag(spec: &Value, object: &Value) -> Opinion {
    let text = |path| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = ObjectName { namespace: text("/metadata/namespace"), name: text("/metadata/name") };
    let flags = Flags::new([Object { name, created_seconds: 0, spec: spec.clone() }]);
    let problems: Vec<String> =
        flags.problems().values().flatten().map(|problem| format!("spec.{problem}")).collect();
    Opinion { refusal: (!problems.is_empty()).then(|| problems.join("; ")), warnings: Vec::new() }
}

/// Annotations of a Service that cannot be used are left out by proxies and told by Events; here their user hears of them at once.
fn service(object: &Value) -> Opinion {
    let annotations = object.pointer("/metadata/annotations").cloned().unwrap_or_default();
    let annotations: BTreeMap<String, String> = serde_json::from_value(annotations).unwrap_or_default();
    let (_, problems) = ServiceAnnotations::parse(&annotations);
    let warning = |(key, problem): (String, _)| {
        let text = format!("metadata.annotations[{key}]: {problem}");
        text.chars().take(LONGEST_WARNING).collect()
    };
    Opinion { refusal: None, warnings: problems.into_iter().map(warning).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::answer;

    fn ask(kind: &str, object: &Value, before: &Value) -> Value {
        let question = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "u", "kind": {"group": "weir.dev", "version": "v1alpha1", "kind": kind}, "operation": "CREATE",
            "object": object, "oldObject": before,
        }});
        let answer = answer(question.to_string().as_bytes()).unwrap();
        assert_eq!(answer["response"]["uid"], "u");
        answer["response"].clone()
    }

    fn canary(max: &str) -> Value {
        json!({"metadata": {"name": "shop"}, "spec": {"targetRef": {"name": "shop"}, "service": "shop", "strategy": {"canary": {
            "steps": [{"setWeight": 5}, {"analysis": {"minDuration": "2m", "maxDuration": max}}],
        }}}})
    }

    #[test]
    fn a_canary_that_cannot_be_followed_is_refused_with_its_field() {
        assert_eq!(ask("Canary", &canary("3m"), &Value::Null)["allowed"], true);
        let refused = ask("Canary", &canary("1m"), &Value::Null);
        assert_eq!(refused["allowed"], false);
        let message = refused["status"]["message"].as_str().unwrap();
        assert!(message.starts_with("spec.strategy.canary.steps[1].analysis.maxDuration"), "{message}");
    }

    #[test]
    fn one_that_is_stored_can_be_labelled_and_deleted() {
        assert_eq!(ask("Canary", &canary("1m"), &canary("1m"))["allowed"], true);
        assert_eq!(ask("Canary", &Value::Null, &canary("1m"))["allowed"], true);
    }

    #[test]
    fn a_flag_that_cannot_be_evaluated_is_refused_with_all_that_is_wrong() {
        let flag = |default: &str, variant: &str| {
            json!({"metadata": {"name": "basket", "namespace": "shop"}, "spec": {
                "variants": {"on": true, "off": false}, "defaultVariant": default,
                "rules": [{"follows": {"canary": "shop", "variant": variant}}],
            }})
        };
        assert_eq!(ask("FeatureFlag", &flag("off", "on"), &Value::Null)["allowed"], true);
        let refused = ask("FeatureFlag", &flag("of", "onn"), &flag("off", "on"));
        let message = refused["status"]["message"].as_str().unwrap();
        for part in ["spec.defaultVariant: there is no variant \"of\"", "; spec.rules[0].follows.variant: "] {
            assert!(message.contains(part), "{part:?} in {message}");
        }
        assert_eq!(ask("FeatureFlag", &flag("of", "on"), &flag("of", "on"))["allowed"], true);
    }

    #[test]
    fn a_service_is_never_refused_and_its_user_is_warned() {
        let service = json!({"metadata": {"annotations": {"weir.dev/canary-wieght": "5", "other": "x"}}});
        let answer = ask("Service", &service, &Value::Null);
        assert_eq!(answer["allowed"], true);
        let warnings = answer["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0].as_str().unwrap().contains("did you mean weir.dev/canary-weight"),
            "{warnings:?}"
        );
        assert_eq!(ask("Service", &json!({}), &Value::Null)["warnings"], json!([]));
    }

    #[test]
    fn what_is_no_question_is_no_panic() {
        for body in ["", "{}", "[]", r#"{"request": {"uid": 1}}"#] {
            assert!(answer(body.as_bytes()).is_err(), "{body}");
        }
    }
}
