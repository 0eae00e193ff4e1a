//! Images in manifests: those of the pipeline's artifacts, those of the stage, and tags of which the run knows better.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use weir_pipeline::{Key, Run, Status};

use crate::cluster::Cluster;
use crate::fixture::{World, open_with, reason};
use crate::promoted::{published, run};

const API: &str = "r.example/shop/api@sha256:aa";

async fn world() -> (World, Arc<Cluster>) {
    let (folder, cluster) = (TempDir::new().unwrap(), Arc::<Cluster>::default());
    let objects = Arc::clone(&cluster);
    let runner = open_with(folder.path().to_owned(), |options| options.objects = Some(objects)).await;
    (World { folder, runner }, cluster)
}

/// A Deployment with containers of these images, as a document in one line.
fn deployment(images: &[&str]) -> String {
    let containers: Vec<Value> =
        (0..).zip(images).map(|(at, image)| json!({"name": format!("c{at}"), "image": image})).collect();
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"template": {"spec": {"containers": containers}}},
    })
    .to_string()
}

/// A run of a pipeline that counts on `api`, with this stage.
async fn deployed(world: &World, image: &str, work: &str) -> Arc<Run> {
    let spec = format!("artifacts: [{{name: api, image: {image}}}]\nstages:\n- name: Put\n  {work}");
    let id = world.start_by(&spec, json!({"image": API})).await;
    world.over(&id).await
}

fn log(world: &World, run: &Run) -> String {
    let key = Key { run: run.id.clone(), stage: "put".to_owned(), attempt: 1 };
    String::from_utf8(world.runner.store().log(&key, None, 0).unwrap()).unwrap()
}

#[tokio::test]
async fn an_artifact_is_put_where_its_name_stands_and_the_stages_own_images_win() {
    let (world, cluster) = world().await;
    let object = deployment(&["r.example/shop/api:v1", "other.example/api:v1", "web:2"]);
    for (image, given, expected) in [
        ("r.example/shop/api", "", format!("{API} other.example/api:v1 web:2")),
        ("api", "", format!("{API} {API} web:2")),
        ("r.example/shop/api", ", images: {api: 'own:3', web: 'web:4'}", "own:3 own:3 web:4".to_owned()),
        ("api", ", images: {r.example/shop/api: 'own:3'}", format!("own:3 {API} web:2")),
        // Of another stage: nothing here has it.
        ("r.example/shop/gone", "", String::new()),
    ] {
        let run = deployed(&world, image, &format!("deploy: {{objects: [{object}]{given}}}")).await;
        if expected.is_empty() {
            assert!(
                reason(&run).contains("artifact \"api\" (r.example/shop/gone) is nowhere"),
                "{}",
                reason(&run)
            );
            continue;
        }
        assert_eq!(run.status, Status::Succeeded, "{:?}", run.reason);
        assert_eq!(cluster.applied(), [format!("Deployment shop/api: {expected}")], "{image}{given}");
    }
    let run =
        deployed(&world, "api", &format!("deploy: {{objects: [{object}], images: {{web: 'web:4'}}}}")).await;
    let notes = format!(
        "image api is {API}, of the pipeline's artifacts\nimage web is web:4\napplied Deployment shop/api\n"
    );
    assert!(log(&world, &run).starts_with(&notes), "{}", log(&world, &run));
    assert_eq!(run.stage("put").unwrap().outputs["images"], json!({"api": API, "web": "web:4"}));
    // One that no object names is a mistake of the stage only.
    let other = deployment(&["web:2"]);
    let run = deployed(&world, "api", &format!("deploy: {{objects: [{other}]}}")).await;
    assert_eq!((run.status, &run.stage("put").unwrap().outputs["images"]), (Status::Succeeded, &json!({})));
    let run =
        deployed(&world, "api", &format!("deploy: {{objects: [{other}], images: {{gone: 'g:1'}}}}")).await;
    assert!(reason(&run).ends_with("images.gone: no object has an image of this name"), "{}", reason(&run));
}

#[tokio::test]
async fn before_a_canary_decides_no_artifact_takes_the_place_of_what_runs() {
    let (world, cluster) = world().await;
    let canary = json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "Canary", "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"targetRef": {"name": "api"}},
    });
    let object = deployment(&["r.example/shop/api:v1", "r.example/shop/side:1"]);
    let release = format!(
        "release: {{canary: api, namespace: shop, image: '${{ artifacts.api.image }}', deploy: {{objects: [{object}, {canary}]}}}}"
    );
    let first = deployed(&world, "api", &release).await;
    assert_eq!(first.status, Status::Succeeded, "{:?}", first.reason);
    assert_eq!(cluster.applied(), [format!("Deployment shop/api: {API} r.example/shop/side:1")]);
    for name in ["api", "r.example/shop/api"] {
        let spec = format!(
            "artifacts:\n- {{name: api, image: {name}}}\n- {{name: side, image: side, from: [{{default: 'r.example/shop/side@sha256:{}'}}]}}\nstages:\n- name: Put\n  {release}",
            "b".repeat(64)
        );
        let id = world.start_by(&spec, json!({"image": "r.example/shop/api@sha256:cc"})).await;
        let run = world.over(&id).await;
        assert_eq!(run.status, Status::Succeeded, "{:?}", run.reason);
        assert_eq!(run.stage("put").unwrap().outputs["image"], json!("r.example/shop/api@sha256:cc"));
        let side = format!("r.example/shop/side@sha256:{}", "b".repeat(64));
        assert_eq!(
            cluster.applied(),
            [format!("Deployment shop/api: {API} {side}")],
            "{name}: the one that runs"
        );
    }
}

#[tokio::test]
async fn files_that_match_nothing_are_what_is_wrong_and_not_what_would_follow_from_it() {
    let (world, cluster) = world().await;
    let deploy = "deploy: {manifests: ['k8s/*.yaml'], images: {api: 'api:2'}}";
    let release = format!("release: {{canary: api, namespace: shop, image: 'api:2', {deploy}}}");
    for work in [deploy, &release] {
        let run = run(&world, "shop", &format!("stages:\n- name: Put\n  {work}")).await;
        let expected = "stage \"Put\" failed: k8s/*.yaml: no file matches, or those that do have no object";
        assert_eq!(reason(&run), expected, "{work}");
    }
    assert_eq!(cluster.applied(), [""; 0], "nothing was applied");
}

#[tokio::test]
async fn a_tag_is_refused_where_the_run_knows_the_digest_and_nothing_bound_it() {
    let (world, cluster) = world().await;
    run(&world, "ci", "stages: [{name: Build, variables: []}]").await;
    published(&world, "ci-1", "r.example/shop/api", "sha256:aa");
    let object = deployment(&["r.example/shop/api:v1", "r.example/other/api:v1"]);
    let find = "{name: Find, findArtifact: {pipeline: ci, artifact: api}}";
    let deploy = |more: &str, object: &str| {
        let make = format!(
            "{{name: Make, step: {{run: \"mkdir k8s; cat > k8s/api.yaml <<'E'\\n{}\\nE\"}}}}",
            object.replace('"', "\\\"")
        );
        format!("stages:\n- {find}\n- {make}\n- {{name: Put, deploy: {{manifests: [k8s/*.yaml]{more}}}}}")
    };
    let refused = run(&world, "shop", &deploy("", &object)).await;
    assert_eq!(
        reason(&refused),
        "stage \"Put\" failed: k8s/api.yaml: Deployment shop/api runs r.example/shop/api:v1 although this run knows r.example/shop/api@sha256:aa: \
         add images: {api: '${ image }'}, or declare it in artifacts; `tags: allow` leaves it as it is"
    );
    assert_eq!(cluster.applied(), [""; 0], "nothing was applied");
    for (more, object, expected) in [
        (", tags: allow", object.as_str(), "r.example/shop/api:v1 r.example/other/api:v1"),
        (
            ", images: {r.example/shop/api: '${ image }'}",
            object.as_str(),
            "r.example/shop/api@sha256:aa r.example/other/api:v1",
        ),
        // By a digest, whichever: somebody means it.
        ("", &deployment(&["r.example/shop/api@sha256:bb"]), "r.example/shop/api@sha256:bb"),
        ("", &deployment(&["r.example/other/api:v1"]), "r.example/other/api:v1"),
    ] {
        let run = run(&world, "shop", &deploy(more, object)).await;
        assert_eq!(run.status, Status::Succeeded, "{more}: {:?}", run.reason);
        assert_eq!(cluster.applied(), [format!("Deployment shop/api: {expected}")], "{more}");
    }
    // What is declared is bound, so nothing is left to refuse.
    let declared = format!(
        "artifacts: [{{name: api, image: r.example/shop/api, from: [{{pipeline: ci}}]}}]\n{}",
        deploy("", &object)
    );
    let run = run(&world, "shop", &declared).await;
    assert_eq!(run.status, Status::Succeeded, "{:?}", run.reason);
    assert_eq!(cluster.applied(), [format!("Deployment shop/api: {API} r.example/other/api:v1")]);
}

#[tokio::test]
async fn a_release_of_a_tag_is_refused_where_the_run_has_what_it_stands_for() {
    let (world, cluster) = world().await;
    run(&world, "ci", "stages: [{name: Build, variables: []}]").await;
    published(&world, "ci-1", "r.example/shop/api", "sha256:aa");
    let canary = json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "Canary", "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"targetRef": {"name": "api"}},
    });
    let object = deployment(&["r.example/shop/api:v1"]);
    let found = "findArtifact: {pipeline: ci, artifact: api}";
    let running = "findImage: {deployment: api, namespace: shop}";
    let release = |find: &str, image: &str, more: &str| {
        format!(
            "stages:\n- {{name: Find, {find}}}\n- {{name: Put, release: {{canary: api, namespace: shop, image: '{image}'{more}, deploy: {{objects: [{object}, {canary}], tags: allow}}}}}}"
        )
    };
    let refused = run(&world, "shop", &release(found, "r.example/shop/api:v1", "")).await;
    assert_eq!(
        reason(&refused),
        "stage \"Put\" failed: it releases r.example/shop/api:v1 although this run knows r.example/shop/api@sha256:aa: say image: '${ image }'; \
         `tags: allow` leaves it as it is"
    );
    assert_eq!(cluster.applied(), [""; 0], "nothing was applied");
    for (find, image, more) in [
        (found, "r.example/shop/api:v1", ", tags: allow"),
        (found, "${ image }", ""),
        (found, "r.example/other/api:v1", ""),
        // What runs is not what is released.
        (running, "r.example/shop/api:v2", ""),
    ] {
        let run = run(&world, "shop", &release(find, image, more)).await;
        assert_eq!(run.status, Status::Succeeded, "{image}{more}: {:?}", run.reason);
    }
}
