//! What forges are told.

use serde_json::{Value, json};
use weir_pipeline::Status;

use crate::fixture::{World, reason};
use crate::server::{Server, json};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn trigger(forge: &str, mut more: Value) -> Value {
    let mut trigger =
        json!({"type": "git", "user": "ann", "forge": forge, "repository": "acme/shop", "commit": COMMIT});
    trigger.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
    trigger
}

fn status(server: &Server, state: &str) -> String {
    format!(
        "stages:\n- name: Tell\n  status: {{state: {state}, description: all green, url: 'https://ci.test/1', api: {}/api/, secret: forge}}\n",
        server.url
    )
}

async fn world() -> World {
    let world = World::new().await;
    world.secret("forge/token", "s3cr3t-token");
    world
}

#[tokio::test]
async fn each_forge_is_told_in_its_own_form() {
    let world = world().await;
    let common = json!({"state": "failure", "context": "weir/shop", "description": "all green", "target_url": "https://ci.test/1"});
    for (forge, path, field, value, body) in [
        (
            "github",
            format!("/api/repos/acme/shop/statuses/{COMMIT}"),
            "authorization",
            "Bearer s3cr3t-token",
            common.clone(),
        ),
        (
            "gitea",
            format!("/api/repos/acme/shop/statuses/{COMMIT}"),
            "authorization",
            "token s3cr3t-token",
            common,
        ),
        (
            "gitlab",
            format!("/api/projects/acme%2Fshop/statuses/{COMMIT}"),
            "private-token",
            "s3cr3t-token",
            json!({"state": "failed", "name": "weir/shop", "description": "all green", "target_url": "https://ci.test/1"}),
        ),
        (
            "bitbucket",
            format!("/api/repositories/acme/shop/commit/{COMMIT}/statuses/build"),
            "authorization",
            "Bearer s3cr3t-token",
            json!({"state": "FAILED", "key": "weir/shop", "name": "weir/shop", "description": "all green", "url": "https://ci.test/1"}),
        ),
    ] {
        let server =
            Server::new(|times, _| if times == 0 { None } else { json(201, &json!({"id": 1})) }).await;
        let id = world.start_by(&status(&server, "failure"), trigger(forge, json!({}))).await;
        let run = world.over(&id).await;
        assert_eq!(run.status, Status::Succeeded, "{forge} {run:#?}");
        let asked = server.asked();
        assert_eq!(asked.len(), 2, "a connection that breaks is no reason to say nothing");
        assert_eq!(
            (asked[1].line(), asked[1].header(field), &asked[1].body),
            (format!("POST {path}"), value, &body),
            "{forge}"
        );
        assert!(asked[1].header("user-agent").starts_with("weir/"), "GitHub refuses who has no name");
    }
}

#[tokio::test]
async fn what_is_missing_or_refused_is_named() {
    let world = world().await;
    let server = Server::new(|_, asked| {
        json(401, &json!({"message": "Bad credentials", "got": asked.header("authorization")}))
    })
    .await;
    let green = status(&server, "success");
    for (trigger, why) in [
        (trigger("github", json!({})), "answered 401"),
        (trigger("svn", json!({})), "its `forge` is \"svn\""),
        (trigger("github", json!({"commit": null})), "nobody says which commit"),
        (trigger("github", json!({"commit": "main/../x"})), "is no commit"),
        (trigger("github", json!({"repository": "shop"})), "it is OWNER/NAME"),
    ] {
        let id = world.start_by(&green, trigger).await;
        let told = reason(&world.over(&id).await);
        assert!(told.contains(why) && !told.contains("s3cr3t"), "{told}");
    }
    assert_eq!(server.asked().len(), 1);
    let own = "stages:\n- {name: Tell, status: {state: success, secret: forge}}\n";
    let id = world.start_by(own, trigger("gitea", json!({}))).await;
    assert!(reason(&world.over(&id).await).contains("every Gitea has its own"));
}

/// What stands beside a pull request: as many comments of others, and ours if `own` is its text.
fn comments(forge: &str, page: usize, own: Option<&str>) -> Value {
    let comment = |id: usize, text: &str| match forge {
        "bitbucket" => json!({"id": id, "content": {"raw": text}}),
        _ => json!({"id": id, "body": text}),
    };
    let others = if page == 1 { 100 } else { 1 };
    let mut all: Vec<Value> =
        (0..others).map(|id| comment(id, "looks good <!-- weir shop-1.tel -->")).collect();
    all.extend(own.filter(|_| page == 2).map(|text| comment(777, text)));
    if forge == "bitbucket" { json!({"values": all}) } else { json!(all) }
}

#[tokio::test]
async fn a_comment_is_written_once_and_then_over() {
    let world = world().await;
    let mut number = 0;
    for (forge, list, one, verb, mark) in [
        (
            "github",
            "/repos/acme/shop/issues/5/comments",
            "/repos/acme/shop/issues/comments/777",
            "PATCH",
            "<!-- weir {}.tell -->",
        ),
        (
            "gitlab",
            "/projects/acme%2Fshop/merge_requests/5/notes",
            "/projects/acme%2Fshop/merge_requests/5/notes/777",
            "PUT",
            "<!-- weir {}.tell -->",
        ),
        (
            "bitbucket",
            "/repositories/acme/shop/pullrequests/5/comments",
            "/repositories/acme/shop/pullrequests/5/comments/777",
            "PUT",
            "[//]: # (weir {}.tell)",
        ),
    ] {
        for is_there in [false, true] {
            number += 1;
            let mark = mark.replace("{}", &format!("shop-{number}"));
            let own = is_there.then(|| format!("old words {mark}"));
            let server = Server::new(move |_, asked| {
                let page = if asked.path.ends_with("page=1") { 1 } else { 2 };
                let listed = comments(forge, page, own.as_deref());
                json(200, &if asked.method == "GET" { listed } else { json!({"id": 777}) })
            })
            .await;
            let stage = format!(
                "stages:\n- {{name: Tell, comment: {{text: new words, api: {}, secret: forge}}}}\n",
                server.url
            );
            let id = world.start_by(&stage, trigger(forge, json!({"pullRequest": {"number": 5}}))).await;
            let run = world.over(&id).await;
            assert_eq!(run.status, Status::Succeeded, "{forge} {run:#?}");
            assert_eq!(run.stage("tell").unwrap().outputs["comment"], "777");
            let asked = server.asked();
            assert_eq!(asked.len(), 3, "{:?}", server.lines());
            assert!(asked[0].line().starts_with(&format!("GET {list}?")), "{:?}", server.lines());
            let expected = if is_there { format!("{verb} {one}") } else { format!("POST {list}") };
            assert_eq!(asked[2].line(), expected);
            let text = format!("new words\n\n{mark}");
            let body =
                if forge == "bitbucket" { json!({"content": {"raw": text}}) } else { json!({"body": text}) };
            assert_eq!(asked[2].body, body);
        }
    }
}

#[tokio::test]
async fn a_comment_needs_a_pull_request() {
    let world = world().await;
    let stage = "stages:\n- {name: Tell, comment: {text: a, secret: forge}}\n";
    let id = world.start_by(stage, trigger("github", json!({}))).await;
    assert!(reason(&world.over(&id).await).contains("the run is about no pull request"));
}
