//! Expected artifacts: images come along, all else is told.

use serde_json::{Value, json};

use crate::fixture::imported;

const DIGEST: &str = "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a";

fn expected(id: &str, image: &str, more: &Value) -> Value {
    let mut made = json!({"id": id, "displayName": "Shop API", "matchArtifact": {"type": "docker/image", "name": image}});
    made.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    made
}

/// The artifacts of what comes of them, the only stage's kind, and what is left to do.
fn made(artifacts: &Value, required: &Value) -> (Value, bool, Vec<String>) {
    let object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}});
    let stage = json!({
        "refId": "1", "requisiteStageRefIds": [], "type": "deployManifest", "name": "Deploy", "manifests": [object], "requiredArtifactIds": required,
    });
    let made = imported(
        &json!({"name": "shop", "limitConcurrent": true, "expectedArtifacts": artifacts, "stages": [stage]}),
    );
    let text = made.report.text(false);
    let todo =
        text.lines().filter(|line| line.contains("rtifact")).map(|line| line.trim().to_owned()).collect();
    let spec = &made.documents[0]["spec"];
    (spec["artifacts"].clone(), spec["stages"][0].get("deploy").is_some(), todo)
}

#[test]
fn an_image_is_one_here_with_its_prior_and_its_default() {
    let reference = format!("registry.example/shop/api@{DIGEST}");
    let all = json!([
        expected(
            "a",
            "registry.example/shop/api",
            &json!({
                "usePriorArtifact": true, "useDefaultArtifact": true, "defaultArtifact": {"type": "docker/image", "reference": reference},
            })
        ),
        expected("b", "registry.example/shop/web", &json!({"usePriorArtifact": false, "displayName": "1st"})),
        expected("c", "registry.example/shop/job", &json!({})),
    ]);
    let (artifacts, deploys, todo) = made(&all, &json!(["a", "b"]));
    assert_eq!(
        artifacts,
        json!([
            {"name": "shop_api", "image": "registry.example/shop/api", "from": ["trigger", "prior", {"default": reference}]},
            {"name": "_1st", "image": "registry.example/shop/web", "from": ["trigger"]},
            {"name": "shop_api_2", "image": "registry.example/shop/job", "from": ["trigger"]},
        ])
    );
    assert!(deploys, "they are bound into every stage that deploys");
    assert_eq!(todo, [""; 0]);
}

#[test]
fn what_has_no_form_here_is_told_and_no_stage_deploys_without_it() {
    let all = json!([
        expected("a", "registry.example/shop/api", &json!({
            "useDefaultArtifact": true, "defaultArtifact": {"type": "docker/image", "reference": "registry.example/shop/api:v1"},
        })),
        {"id": "b", "displayName": "chart", "matchArtifact": {"type": "helm/chart", "name": "api"}},
        expected("c", "registry.example/${ parameters.name }", &json!({})),
    ]);
    let (artifacts, deploys, todo) = made(&all, &json!(["a"]));
    assert_eq!(
        artifacts,
        json!([{"name": "shop_api", "image": "registry.example/shop/api", "from": ["trigger"]}])
    );
    assert!(deploys);
    assert_eq!(
        todo,
        [
            "expectedArtifacts[0].defaultArtifact: give it by its digest, as the last of `from`: `default: registry.example/shop/api@sha256:..`",
            "expectedArtifacts[1]: artifacts are images here: name files in the stages that use them, with a `checkout` before",
            "expectedArtifacts[2]: write it as `artifacts`: artifacts[1].image: it is an expression, and has to be known before the run begins: write the text itself",
        ]
    );
    let (_, deploys, todo) = made(&all, &json!(["a", "b"]));
    assert!(!deploys, "the manifests would have another image than there");
    assert!(
        todo[3]
            .starts_with("stages[0]: a stage that fails stands in its place: artifacts that are not among"),
        "{todo:?}"
    );
}
