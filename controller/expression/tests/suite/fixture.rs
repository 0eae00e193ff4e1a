//! A run in the middle of its work, and tables of expressions over it.

use serde_json::{Value, json};
use weir_expression::{Error, Limits, Scope, StageFacts, Status, Template};

/// A Friday.
pub(crate) const NOW: &str = "2026-01-02T03:04:05.678Z";

pub(crate) fn scope() -> Scope<'static> {
    Scope::new(NOW.parse().unwrap(), 7)
        .with_all(json!({"replicas": 3, "label": "own"}).as_object().unwrap())
        .with("trigger", &trigger())
        .with(
            "parameters",
            &json!({"count": "3", "version": "1.2.3", "debug": false, "ratio": 0.5, "text": "true"}),
        )
        .with(
            "execution",
            &json!({"id": "01J", "application": "shop", "stages": [{"name": "a", "status": "RUNNING"}]}),
        )
        .with(
            "pods",
            &json!([
                {"name": "a", "ready": true, "restarts": 0},
                {"name": "b", "ready": false, "restarts": 2},
                {"name": "c", "ready": true, "restarts": 5}
            ]),
        )
        .with_commits(&[json!({"branch": "master", "sha1": "aa"}), json!({"branch": "fix", "sha1": "bb"})])
        .with_stages(stages())
        .at_stage("s3")
        .for_user("operator")
}

fn trigger() -> Value {
    json!({
        "type": "jenkins",
        "properties": {
            "application": "shop", "imageUrl": "images.example.com/shop:1", "with-dash": "d", "empty": "", "nothing": null,
            "environment": {"production": {"LOG_LEVEL": "warn"}, "homolog": {"LOG_LEVEL": "debug"}},
        },
        "resolvedExpectedArtifacts": [
            {"boundArtifact": {"name": "shop", "type": "docker/image", "reference": "shop:1"}},
            {"boundArtifact": {"name": "chart", "type": "helm/chart", "reference": "chart:2"}},
        ],
    })
}

fn stages() -> Vec<StageFacts> {
    let object = |value: Value| value.as_object().unwrap().clone();
    let deployed = json!({"manifests": [
        {"kind": "Service", "metadata": {"name": "shop"}},
        {"kind": "Deployment", "spec": {"template": {"metadata": {"labels": {"version": "v7"}}}}},
    ]});
    let mut deploy = StageFacts::new("s1", "Deploy baseline", Status::Succeeded);
    (deploy.ref_id, deploy.kind) = ("1".to_owned(), "deployManifest".to_owned());
    (deploy.start_millis, deploy.end_millis) = (Some(1_000), Some(4_500));
    (deploy.context, deploy.outputs) = (object(json!({"account": "k8s"})), object(deployed));
    deploy.tasks = vec![json!({"id": "1", "name": "apply", "status": "SUCCEEDED"})];
    let mut canary = StageFacts::new("s2", "Canary Analysis", Status::FailedContinue);
    canary.requisites = vec!["1".to_owned()];
    canary.outputs = object(json!({"canaryScores": [91.5, 62.0]}));
    let check = StageFacts::new("s3", "Check", Status::Running);
    let mut promote = StageFacts::new("s4", "Promote?", Status::Succeeded);
    promote.context = object(json!({"judgmentInput": "go"}));
    let ask = StageFacts::new("s5", "Ask", Status::Running);
    let twice = ["s6", "s7"].map(|id| StageFacts::new(id, "Wait", Status::Succeeded));
    [deploy, canary, check, promote, ask].into_iter().chain(twice).collect()
}

/// The value of `${ expression }`.
pub(crate) fn value_of(expression: &str, scope: &Scope<'_>) -> Result<Value, Error> {
    let limits = Limits::default();
    Template::parse(&format!("${{ {expression} }}"), &limits)?.evaluate(scope, &limits)
}

/// Every expression has that value.
pub(crate) fn values(table: &[(&str, Value)]) {
    values_in(&scope(), table);
}

pub(crate) fn values_in(scope: &Scope<'_>, table: &[(&str, Value)]) {
    for (expression, wanted) in table {
        match value_of(expression, scope) {
            Ok(value) => assert_eq!(value, *wanted, "{expression}"),
            Err(error) => panic!("{expression}:\n{}", error.underlined()),
        }
    }
}

/// Every expression is refused with a message that has that part.
pub(crate) fn errors(table: &[(&str, &str)]) {
    errors_in(&scope(), table);
}

pub(crate) fn errors_in(scope: &Scope<'_>, table: &[(&str, &str)]) {
    for (expression, wanted) in table {
        match value_of(expression, scope) {
            Ok(value) => panic!("{expression} is {value}, and should be refused: {wanted}"),
            Err(error) => {
                assert!(error.to_string().contains(wanted), "{expression}\n  is: {error}\n  not: {wanted}");
            }
        }
    }
}
