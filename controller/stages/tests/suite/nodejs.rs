//! The template for services of Node.js, by the call that it was made for.

use serde_json::{Value, json};
use weir_pipeline::Pipeline;
use weir_stages::{Does, Work, template};

use crate::fixture::{document, object, pipeline, sound, told};

/// Fifteen lines and a service has its pipeline.
const CALL: &str = r#"apiVersion: weir.dev/v1alpha1
kind: Pipeline
metadata: {name: tools-featureflag-api}
spec:
  template:
    name: nodejs-api
    values:
      name: tools-featureflag-api
      servicePath: /featureflag
      registry: registry.example.com/tools
      registryRepository: tools-featureflag-api-prd
      testEnv: {MONGODB_URI: "mongodb://localhost:27017/tools-featureflag-api"}
      containers: [{name: mongo, image: "mongo:latest", ready: {tcp: 27017}}]
      productionEnv: {NODE_ENV: production, MONGODB_URI: "mongodb://db/flags"}
      canaryEnabled: true
"#;

fn called() -> Pipeline<Work> {
    pipeline(CALL).made(&[]).unwrap()
}

fn least() -> Pipeline<Work> {
    let values = object(&json!({"name": "shop", "registry": "r.example.com/a"}));
    template::builtin("nodejs-api").unwrap().call(&values).unwrap()
}

#[test]
fn what_is_deployed_goes_to_each_environment_with_its_own_values() {
    let values = object(&json!({
        "name": "shop", "registry": "r.example.com/a", "registryRepository": "shop-prd", "deploy": "deploy/k8s", "canaryEnabled": true,
        "homologEnv": {"LEVEL": "debug"}, "productionEnv": {"LEVEL": "warn"},
    }));
    let made = template::builtin("nodejs-api").unwrap().call(&values).unwrap();
    let images = json!({"shop": "${ imageUrl }"});
    let deploy = |environment: &str, level: &str| {
        json!({
            "manifests": ["deploy/k8s/*.yaml", format!("deploy/k8s/{environment}/**/*.yaml")], "namespace": environment, "images": images,
            "values": {"namespace": environment, "env": {"LEVEL": level}},
        })
    };
    assert_eq!(fields(&made, "Deploy homolog"), deploy("homolog", "debug"));
    let release = fields(&made, "Release to production");
    assert_eq!((&release["canary"], &release["image"]), (&json!("shop"), &json!("${ imageUrl }")));
    assert_eq!(release["deploy"], deploy("production", "warn"));
    let when =
        |stage: &str| made.stages.iter().find(|other| other.name == stage).unwrap().when.clone().unwrap();
    assert!(
        when("Release to production").ends_with("'deploy/k8s' != '' && true"),
        "{}",
        when("Release to production")
    );
    assert!(when("Deploy production").ends_with("'deploy/k8s' != '' && !true"));
    assert!(
        least().stages.iter().skip(8).all(|stage| stage.when.as_ref().unwrap().contains("&& '' != ''")),
        "nothing is deployed by itself"
    );
}

fn fields(pipeline: &Pipeline<Work>, stage: &str) -> Value {
    pipeline.stages.iter().find(|other| other.name == stage).unwrap().work.fields().clone()
}

#[test]
fn fifteen_lines_make_all_stages() {
    assert_eq!(CALL.lines().count(), 15);
    let made = called();
    let stages: Vec<(&str, bool)> =
        made.stages.iter().map(|stage| (stage.name.as_str(), stage.when.is_some())).collect();
    assert_eq!(
        stages,
        [
            ("Checkout", false),
            ("Install Dependencies", false),
            ("Lint", false),
            ("Tests", false),
            ("Check quality: Scan", true),
            ("Check quality: Quality Gate", true),
            ("Build and publish image", true),
            ("Deploy properties", true),
            ("Deploy homolog", true),
            ("Deploy production", true),
            ("Release to production", true),
        ]
    );
    for stage in made.stages.iter().take(8) {
        assert!(stage.needs.is_none(), "one after another");
        assert!(stage.when.iter().all(|when| when == "(trigger.branch ?: '') == 'main'"), "{:?}", stage.when);
    }
    assert_eq!(made.description.as_deref(), Some("tools-featureflag-api: from a push to an image"));
}

#[test]
fn the_environment_of_the_tests_is_around_the_tests_only() {
    let made = called();
    let tests = fields(&made, "Tests");
    assert_eq!(tests["env"], json!({"MONGODB_URI": "mongodb://localhost:27017/tools-featureflag-api"}));
    assert_eq!(
        tests["services"],
        json!([{"name": "mongo", "image": "mongo:latest", "ready": {"tcp": 27017}}])
    );
    assert_eq!((&tests["run"], &tests["image"]), (&json!("npm run test:ci:cover"), &json!("node:22")));
    assert_eq!(tests["reports"]["junit"], json!(["**/reports/*.xml"]));
    for stage in made.stages.iter().take(7).filter(|stage| stage.name != "Tests") {
        let written = stage.work.fields().to_string();
        assert!(!written.contains("MONGODB_URI") && !written.contains("mongo:"), "{}: {written}", stage.name);
    }
}

#[test]
fn the_image_is_named_after_the_commit_and_deployed_by_its_digest() {
    let made = called();
    let image = json!({
        "repository": "registry.example.com/tools/tools-featureflag-api-prd",
        "tag": "${ commit }",
        "context": ".",
        "secret": "",
        "insecure": false,
    });
    assert_eq!(fields(&made, "Build and publish image"), image);
    let build = made.stages.iter().find(|stage| stage.name == "Build and publish image").unwrap();
    let evaluated = json!({"repository": "r/a", "tag": "c0ffee", "secret": ""});
    let Does::Image(image) = build.work.with(&evaluated).unwrap() else { panic!() };
    assert_eq!((image.secret, image.tag.as_deref()), (None, Some("c0ffee")), "no secret is no secret");
    assert_eq!(
        fields(&made, "Deploy properties"),
        json!([
            {"key": "application", "value": "tools-featureflag-api"},
            {"key": "servicePath", "value": "/featureflag"},
            {"key": "imageUrl", "value": "${ image }@${ digest }"},
            {"key": "environment", "value": {
                "homolog": {},
                "production": {"NODE_ENV": "production", "MONGODB_URI": "mongodb://db/flags"},
            }},
            {"key": "canaryEnabled", "value": true},
        ])
    );
}

#[test]
fn what_is_not_given_follows_from_the_name() {
    let made = least();
    assert_eq!(fields(&made, "Build and publish image")["repository"], "r.example.com/a/shop");
    let properties = fields(&made, "Deploy properties");
    assert_eq!(properties[1], json!({"key": "servicePath", "value": "/shop"}));
    assert_eq!(properties[3]["value"], json!({"homolog": {}, "production": {}}));
    assert_eq!(properties[4]["value"], false);
    let tests = fields(&made, "Tests");
    assert_eq!((&tests["env"], &tests["services"], &tests["cache"]), (&json!({}), &json!([]), &json!([])));
    assert_eq!(fields(&made, "Check quality: Quality Gate"), json!({}));
    assert_eq!(fields(&made, "Checkout"), json!({}));
}

#[test]
fn every_value_comes_where_it_belongs() {
    let values = json!({
        "name": "shop", "registry": "r", "branch": "release/1.x", "directory": "api", "nodeImage": "node:24",
        "registrySecret": "reg", "registryInsecure": true, "volumes": [{"name": "mongo", "path": "bin"}],
        "gate": {"sonar": {"secret": "sonar"}}, "scanSecrets": {"SONAR_TOKEN": "sonar/token"},
    });
    let made = template::builtin("nodejs-api").unwrap().call(&object(&values)).unwrap();
    for stage in ["Install Dependencies", "Lint", "Tests", "Check quality: Scan"] {
        let step = fields(&made, stage);
        assert_eq!((&step["image"], &step["directory"]), (&json!("node:24"), &json!("api")), "{stage}");
    }
    let image = fields(&made, "Build and publish image");
    assert_eq!(
        (&image["context"], &image["secret"], &image["insecure"]),
        (&json!("api"), &json!("reg"), &json!(true))
    );
    assert_eq!(fields(&made, "Tests")["cache"], json!([{"name": "mongo", "path": "bin"}]));
    assert_eq!(fields(&made, "Check quality: Scan")["secrets"], json!({"SONAR_TOKEN": "sonar/token"}));
    assert_eq!(fields(&made, "Check quality: Quality Gate"), json!({"sonar": {"secret": "sonar"}}));
    assert_eq!(made.stages[7].when.as_deref(), Some("(trigger.branch ?: '') == 'release/1.x'"));
}

#[test]
fn values_that_would_break_it_are_refused() {
    let builtin = template::builtin("nodejs-api").unwrap();
    for (values, expected) in [
        (json!({"name": "shop"}), "template.values.registry: is required and missing"),
        (json!({"name": "Shop", "registry": "r"}), "template.values.name: \"Shop\" does not match"),
        (
            json!({"name": "shop", "registry": "r", "branch": "it's"}),
            "template.values.branch: \"it's\" does not match",
        ),
        (
            json!({"name": "shop", "registry": "r", "servicePath": "x"}),
            "template.values.servicePath: \"x\" does not match",
        ),
        (
            json!({"name": "shop", "registry": "R"}),
            "template nodejs-api.stages[6].image.repository: 'R' cannot stand",
        ),
        (
            json!({"name": "shop", "registry": "r", "containers": [{"name": "mongo"}]}),
            "template nodejs-api.stages[3].step.services[0]: there is nothing to run",
        ),
    ] {
        let told = told(&builtin.call(&object(&values)).unwrap_err());
        assert!(told.starts_with(expected) && !told.contains('\n'), "{values}\n{told}");
    }
}

#[test]
fn templates_of_the_file_come_before_those_of_weir_and_an_unknown_one_is_told() {
    let own = document("PipelineTemplate", "nodejs-api", "pipeline: {stages: [{name: Mine, wait: 5s}]}");
    let call = document("Pipeline", "shop", "template: {name: nodejs-api}");
    let file = sound(&[own, call].join("---\n"));
    assert_eq!(file.pipelines[0].made(&file.templates).unwrap().stages[0].name, "Mine");
    let told_of = |name: &str| {
        let call = document("Pipeline", "shop", &format!("template: {{name: {name}}}"));
        told(&pipeline(&call).made(&[]).unwrap_err())
    };
    assert_eq!(
        told_of("nodejsapi"),
        "spec.template.name: there is no template \"nodejsapi\": did you mean \"nodejs-api\"?"
    );
    let told = told_of("nodejs-api");
    assert!(told.starts_with("spec.template.values.name: is required and missing"), "{told}");
}

#[test]
fn what_comes_with_weir_is_sound() {
    for name in template::builtin::NAMES {
        assert_eq!(template::builtin(name).unwrap().name, name);
    }
    assert_eq!(template::builtin("other"), None);
}
