//! Whose image it is, and where it went.

use serde_json::{Value, json};

use super::{Artifact, of_runs};
use crate::view::RunView;

fn run(id: &str, stages: &Value) -> RunView {
    let pipeline = id.rsplit_once('-').unwrap().0;
    let view = json!({
        "id": id, "pipeline": pipeline, "status": "Succeeded", "life": 0, "created": "2026-11-23T08:00:00Z",
        "trigger": {"commit": "c0ffee"}, "parameters": {}, "stages": stages,
    });
    serde_json::from_value(view).unwrap()
}

fn stage(kind: &str, status: &str, ended: &str, outputs: &Value) -> Value {
    json!({"id": kind, "name": kind, "kind": kind, "status": status, "attempt": 1, "ended": format!("2026-11-23T{ended}:00Z"), "outputs": outputs})
}

fn said(artifact: &Artifact) -> String {
    let places = artifact.deployed.iter().map(|one| format!(" {} {:?}", one.run, one.namespaces));
    format!("{} {} {}{}", artifact.run, artifact.stage, artifact.image(), places.collect::<String>())
}

#[test]
fn an_image_is_known_by_its_digest_wherever_it_is_deployed() {
    let built = json!({"image": "r.example:5000/team/api", "tag": "v1", "digest": "sha256:aa"});
    let deployed = |image: &str| json!({"images": {"api": image}, "objects": ["Deployment prod/api", "Service prod/api"]});
    let runs = [
        run("ci-1", &json!([stage("image", "Succeeded", "09:00", &built)])),
        run(
            "homolog-1",
            &json!([stage(
                "deploy",
                "Succeeded",
                "10:00",
                &deployed("r.example:5000/team/api:v1@sha256:aa")
            )]),
        ),
        run(
            "prod-1",
            &json!([
                stage(
                    "findArtifact",
                    "Succeeded",
                    "11:00",
                    &json!({"image": "r.example:5000/team/api@sha256:aa"})
                ),
                stage(
                    "release",
                    "Succeeded",
                    "12:00",
                    &json!({"image": "r.example:5000/team/api@sha256:aa", "objects": ["Canary live/api"]})
                ),
            ]),
        ),
        run(
            "other-1",
            &json!([
                stage("deploy", "Succeeded", "10:00", &deployed("r.example:5000/team/api@sha256:bb")),
                stage("deploy", "Terminal", "10:00", &deployed("r.example:5000/team/api@sha256:aa")),
            ]),
        ),
    ];
    let all = of_runs(&runs);
    let places = r#" homolog-1 {"prod"} prod-1 {"live"}"#;
    assert_eq!(
        all.iter().map(said).collect::<Vec<_>>(),
        [
            format!("prod-1 findArtifact r.example:5000/team/api@sha256:aa{places}"),
            format!("ci-1 image r.example:5000/team/api@sha256:aa{places}"),
        ]
    );
    assert_eq!((all[0].found, all[1].found, all[1].commit.as_deref()), (true, false, Some("c0ffee")));
    assert!(
        all[1].is_called("api")
            && all[1].is_called("r.example:5000/team/api")
            && !all[1].is_called("team/api")
    );
}

#[test]
fn what_failed_published_nothing_and_a_tag_is_meant_where_there_is_no_digest() {
    let image = |digest: &str| json!({"image": "api", "tag": "v1", "digest": digest});
    let runs = [
        run("ci-1", &json!([stage("image", "Terminal", "09:00", &image("sha256:aa"))])),
        run(
            "ci-2",
            &json!([
                stage("image", "Succeeded", "09:00", &image("sha256:bb")),
                stage("findImage", "Succeeded", "09:00", &json!({"image": "api:v1"}))
            ]),
        ),
        run(
            "prod-1",
            &json!([stage(
                "deploy",
                "Succeeded",
                "10:00",
                &json!({"images": {"api": "api:v1"}, "objects": ["Deployment a/api"]})
            )]),
        ),
    ];
    assert_eq!(
        of_runs(&runs).iter().map(said).collect::<Vec<_>>(),
        [r#"ci-2 image api@sha256:bb prod-1 {"a"}"#]
    );
}
