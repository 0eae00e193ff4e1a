//! From a push to an image in a registry, with everything real: git, npm, a database beside the tests, coverage, a gate, buildah, a registry.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use weir_tests::daemon::installed;
use weir_tests::eventually::eventually;
use weir_tests::github::Push;
use weir_tests::hooks::{Served, ask};
use weir_tests::images::Images;
use weir_tests::journey;
use weir_tests::node_sources::Sources;
use weir_tests::ports::free_port;

use super::fixture::{Shop, text};

/// Tells of a push as GitHub does: the status of the answer, and what it says.
async fn tell(
    served: &Served,
    sources: &Sources,
    delivery: &str,
    (branch, commit): (&str, &str),
    secret: &str,
) -> (u16, Value) {
    let clone_url = sources.bare().display().to_string();
    let push = Push { repository: "shop/flags-api", clone_url: &clone_url, branch, commit };
    served.tell(push, delivery, secret).await.unwrap()
}

/// The call of the template, which is all that there is to write.
fn pipeline(registry: SocketAddr, redis: u16) -> String {
    format!(
        "triggers:
- github: {{repository: shop/flags-api, branches: [main, 'feature/*'], secret: hooks}}
template:
  name: nodejs-api
  values:
    name: flags-api
    servicePath: /flags
    registry: {registry}/team
    registryInsecure: true
    testEnv: {{REDIS_PORT: '{redis}'}}
    containers: [{{name: redis, run: \"exec redis-server --port {redis} --save ''\", ready: {{tcp: {redis}}}}}]
    productionEnv: {{NODE_ENV: production}}
    canaryEnabled: true
"
    )
}

/// What has to be there; `None`: it is not, which was said.
fn programs() -> Option<PathBuf> {
    for (program, package) in [
        ("git", "git"),
        ("node", "nodejs"),
        ("npm", "npm"),
        ("buildah", "buildah"),
        ("redis-server", "redis-server"),
    ] {
        installed(program, package).unwrap()?;
    }
    installed("docker-registry", "docker-registry").unwrap()
}

#[tokio::test]
async fn a_push_is_tested_judged_built_and_published() {
    let Some(registry) = programs() else { return };
    let images = Images::start(registry).await.unwrap();
    let sources = Sources::new(&images.base().unwrap()).unwrap();
    let redis = free_port().unwrap();
    let shop = Shop::named("flags-api", &pipeline(images.registry.address(), redis));
    shop.write("secrets/hooks/secret", "It is one\n");
    let served = Served::start(shop.path(), &[]).unwrap();

    let commit = sources.push("main", "Flags from a database").unwrap();
    assert_eq!(tell(&served, &sources, "d1", ("main", &commit), "another").await.0, 401);
    let (status, told) = tell(&served, &sources, "d1", ("main", &commit), "It is one").await;
    assert_eq!((status, &told["runs"]), (202, &json!(["flags-api-1"])), "{told}");
    assert_eq!(tell(&served, &sources, "d1", ("main", &commit), "It is one").await.0, 409, "told again");
    // Whoever runs it is killed again and again: in a checkout, beside a database, while an image is built or pushed.
    let (view, served) = killed_until_over(&shop, served, "flags-api-1");
    let (status, told) = tell(&served, &sources, "d1", ("main", &commit), "It is one").await;
    assert!(status == 409 || told["runs"] == json!(["flags-api-1"]), "told once more: {status} {told}");
    assert_eq!(view["status"], "Succeeded", "{view:#}\n{}", text(&shop.weir(&["logs", "flags-api-1"])));
    let names: Vec<&str> = view["stages"]
        .as_array()
        .unwrap()
        .iter()
        .take(8)
        .map(|stage| stage["name"].as_str().unwrap())
        .collect();
    let expected = [
        "Checkout",
        "Install Dependencies",
        "Lint",
        "Tests",
        "Check quality: Scan",
        "Check quality: Quality Gate",
        "Build and publish image",
        "Deploy properties",
    ];
    assert_eq!(names, expected);
    assert_eq!(view["stages"][3]["outputs"]["tests"], "3", "{view:#}");
    let attempts = view["stages"].as_array().unwrap().iter().map(|stage| stage["attempt"].as_u64().unwrap());
    assert_eq!(attempts.take(8).collect::<Vec<_>>(), [1; 8], "{view:#}");
    let log = text(&shop.weir(&["logs", "flags-api-1"]));
    for line in journey::ONCE {
        assert_eq!(log.matches(line).count(), 1, "{line:?} in {log}");
    }
    is_published_and_starts(&images, &view, &commit).await;

    an_uncovered_push_stops_at_the_gate(&shop, &served, &sources).await;
    another_branch_is_tested_only(&shop, &served, &sources).await;
    production_finds_the_very_image(&shop, &view, &commit);
}

/// The last run that published one counts, whatever other branches did since.
fn production_finds_the_very_image(shop: &Shop, view: &Value, commit: &str) {
    let digest = view["stages"][6]["outputs"]["digest"].as_str().unwrap();
    shop.write("production.yaml", "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: production}\nspec:\n  stages:\n  - {name: Find, findArtifact: {pipeline: flags-api, artifact: flags-api}}\n  - {name: Say, step: {run: 'echo \"$IMAGE\" > ../../../../../found', env: {IMAGE: '${ image } of ${ run } from ${ commit }'}}}\n");
    let ran = shop.weir(&["run", "production.yaml"]);
    assert!(ran.status.success(), "{}", text(&ran));
    let found = shop.read("found");
    assert!(
        found.trim_end().ends_with(&format!("/team/flags-api@{digest} of flags-api-1 from {commit}")),
        "{found}"
    );
    let listed: Value = serde_json::from_slice(&shop.weir(&["artifacts", "--json"]).stdout).unwrap();
    let runs: Vec<(&Value, &Value)> =
        listed.as_array().unwrap().iter().map(|one| (&one["run"], &one["digest"])).collect();
    assert_eq!(runs, [(&json!("production-1"), &json!(digest)), (&json!("flags-api-1"), &json!(digest))]);
    let shown = text(&shop.weir(&["artifacts", "flags-api"]));
    assert!(shown.contains("published by flags-api-1 ("), "{shown}");
}

async fn an_uncovered_push_stops_at_the_gate(shop: &Shop, served: &Served, sources: &Sources) {
    // What is not covered stops at the gate, which says so; nothing is published.
    for (name, text) in journey::Push::Untested.files() {
        sources.write(name, &text).unwrap();
    }
    let uncovered = sources.push("main", journey::Push::Untested.title()).unwrap();
    assert_eq!(tell(served, sources, "d2", ("main", &uncovered), "It is one").await.0, 202);
    let view = shop.over("flags-api-2");
    assert_eq!(view["status"], "Terminal", "{view:#}");
    let reason = view["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("stage \"Check quality: Quality Gate\" failed: ")
            && reason.contains("coverage is "),
        "{reason}"
    );
    assert_eq!(view["stages"][6]["status"], "NotRun");
}

async fn another_branch_is_tested_only(shop: &Shop, served: &Served, sources: &Sources) {
    // Another branch is tested, and neither judged nor published.
    sources.write("README.md", "Flags.\n").unwrap();
    let feature = sources.push("feature/x", "Nothing new").unwrap();
    assert_eq!(tell(served, sources, "d3", ("feature/x", &feature), "It is one").await.0, 202);
    let view = shop.over("flags-api-3");
    assert_eq!(
        (&view["status"], &view["stages"][6]["status"]),
        (&json!("Succeeded"), &json!("Skipped")),
        "{view:#}"
    );
}

/// The run once it is over, and the last of those who ran it.
fn killed_until_over(shop: &Shop, mut served: Served, run: &str) -> (Value, Served) {
    let mut lives = 0;
    loop {
        std::thread::sleep(Duration::from_millis(300));
        drop(served);
        served = Served::start(shop.path(), &[]).unwrap();
        lives += 1;
        let view = shop.get(run);
        if view["ended"].is_string() {
            assert!(lives > 8, "{lives}");
            return (view, served);
        }
        assert!(lives < 600, "{view:#}");
    }
}

/// The image of the run is in the registry under its commit and digest, and serves once it is pulled.
async fn is_published_and_starts(images: &Images, view: &Value, commit: &str) {
    let registry = images.registry.address();
    let properties = &view["stages"][7]["outputs"];
    let digest = view["stages"][6]["outputs"]["digest"].as_str().unwrap();
    assert_eq!(properties["imageUrl"], json!(format!("{registry}/team/flags-api@{digest}")));
    assert_eq!(
        (&properties["servicePath"], &properties["environment"]["production"]["NODE_ENV"]),
        (&json!("/flags"), &json!("production"))
    );
    let request = format!(
        "GET /v2/team/flags-api/manifests/{commit} HTTP/1.1\r\nhost: registry\r\naccept: application/vnd.docker.distribution.manifest.v2+json\r\n\r\n"
    );
    let answer = ask(registry, &request).await.unwrap();
    assert_eq!(answer.header("docker-content-digest"), Some(digest));
    let name = format!("{registry}/team/flags-api:{commit}");
    let container = images.run(&["from", "--tls-verify=false", &name]).unwrap();
    let port = free_port().unwrap();
    let program = ["--", "/usr/bin/node", "/app/server.js"];
    let mut started =
        images.buildah(&["run", "--isolation", "chroot", "--env", &format!("API_PORT={port}"), &container]);
    let mut server = started.args(program).stdout(Stdio::null()).spawn().unwrap();
    let at = SocketAddr::from(([127, 0, 0, 1], port));
    let body = eventually("the image serves", || async {
        let answer = ask(at, "GET /flags HTTP/1.1\r\nhost: a\r\n\r\n").await;
        answer.map(|answer| answer.body).map_err(|error| error.to_string())
    })
    .await;
    assert_eq!(body, "flags-api at /flags");
    // Its last request ends it: what buildah started would outlive buildah.
    ask(at, "POST /end HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    server.wait().unwrap();
}
