//! Who is told of runs, by HTTP.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use weir_pipeline::Status;
use weir_pipeline::event::Ask;
use weir_runner::Options;

use crate::fixture::{World, open_with};
use crate::server::{Asked, Server, json as reply};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
pub(crate) const WORD: &str = "T0SECRETWORD";

pub(crate) fn trigger() -> Value {
    json!({"type": "git", "user": "ann", "forge": "github", "repository": "acme/shop", "branch": "main", "commit": COMMIT})
}

/// Slack, a web hook and a forge, all at one server.
fn everybody(url: &str) -> String {
    format!(
        "notifications:
- {{slack: {{secret: chat/url}}, message: 'of ${{ trigger.branch }}'}}
- webhook: {{url: {url}/hook/{WORD}, headers: {{x-team: red}}, secrets: {{Authorization: hook/token}}, key: hook/key}}
- status: {{secret: forge, api: {url}/api}}
"
    )
}

pub(crate) async fn world(url: &str) -> World {
    let world = World::new().await;
    secrets(world.folder.path(), url);
    world
}

fn secrets(state: &Path, url: &str) {
    for (name, value) in [
        ("chat/url", format!("{url}/services/{WORD}\n")),
        ("hook/token", format!("Bearer {WORD}")),
        ("hook/key", format!("key-{WORD}")),
        ("forge/token", format!("forge-{WORD}")),
    ] {
        let path = state.join("secrets").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, value).unwrap();
    }
}

pub(crate) async fn server() -> Server {
    Server::new(|_, _| reply(200, &json!({}))).await
}

/// What one of the three was told, in its order.
fn of<'a>(asked: &'a [Asked], place: &str) -> Vec<&'a Asked> {
    asked.iter().filter(|one| one.path.starts_with(place)).collect()
}

fn headlines(asked: &[Asked]) -> Vec<String> {
    let hooks = of(asked, "/hook").into_iter();
    hooks
        .map(|one| one.body["data"]["headline"].as_str().unwrap().split(" after ").next().unwrap().to_owned())
        .collect()
}

pub(crate) fn types(asked: &[Asked]) -> Vec<String> {
    of(asked, "/hook").iter().map(|one| one.body["type"].as_str().unwrap().to_owned()).collect()
}

fn states(asked: &[Asked]) -> Vec<&str> {
    of(asked, "/api").iter().map(|one| one.body["state"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn everybody_is_told_in_his_own_form_when_it_begins_and_when_it_ends() {
    let server = server().await;
    let mut world = world(&server.url).await;
    world.runner = {
        let state = world.folder.path().to_owned();
        world.runner.close().await;
        let link = Some("https://ci.test/{pipeline}/{run}".to_owned());
        open_with(state, |options: &mut Options| options.link = link).await
    };
    let stages = "stages:\n- {name: A, variables: [{key: a, value: 1}]}\n";
    let id = world.start_by(&(everybody(&server.url) + stages), trigger()).await;
    assert_eq!(world.over(&id).await.status, Status::Succeeded);
    world.runner.told().await;
    let asked = server.asked();
    assert_eq!(asked.len(), 6, "{:?}", server.lines());
    let slack = of(&asked, "/services");
    assert_eq!(slack[0].line(), format!("POST /services/{WORD}"));
    let text = |one: &Asked| one.body["text"].as_str().unwrap().to_owned();
    let link = "https://ci.test/shop/shop-1";
    let origin = "acme/shop · main · commit 0123456789ab · by ann";
    assert_eq!(text(slack[0]), format!("▶ shop-1 has begun\n{link}\nof main\n{origin}"));
    assert_eq!(text(slack[1]), format!("✅ shop-1 succeeded after 0s\n{link}\nof main\n{origin}"));
    let hook = of(&asked, "/hook")[1];
    assert_eq!(types(&asked), ["dev.weir.run.started.v1", "dev.weir.run.succeeded.v1"]);
    assert_eq!(hook.body["data"]["commit"], COMMIT);
    assert_eq!(hook.header("content-type"), "application/cloudevents+json; charset=utf-8");
    assert_eq!((hook.header("x-team"), hook.header("authorization")), ("red", "Bearer T0SECRETWORD"));
    let own = "shop-1.0.succeeded.p1.webhook";
    assert_eq!((&hook.body["id"], hook.header("webhook-id")), (&json!(own), own));
    assert!(hook.header("webhook-signature").starts_with("v1,"));
    let forge = of(&asked, "/api");
    assert_eq!(forge[0].line(), format!("POST /api/repos/acme/shop/statuses/{COMMIT}"));
    let expected = json!({"state": "success", "context": "weir/shop", "description": "shop-1 succeeded after 0s", "target_url": link});
    assert_eq!((states(&asked), &forge[1].body), (vec!["pending", "success"], &expected));
}

#[tokio::test]
async fn a_failure_names_the_stage_and_why_and_one_that_is_ignored_keeps_nobody_from_merging() {
    let server = server().await;
    let world = world(&server.url).await;
    let stages = "stages:\n- name: Test\n  onFailure: HOW\n  preconditions: [{message: it is red, expression: '1 == 2'}]\n";
    let spec = everybody(&server.url) + stages;
    for (how, status, state) in
        [("halt", Status::Terminal, "failure"), ("ignore", Status::FailedContinue, "success")]
    {
        let id = world.start_by(&spec.replace("HOW", how), trigger()).await;
        assert_eq!(world.over(&id).await.status, status);
        world.runner.told().await;
        let asked = server.asked();
        let data = &of(&asked, "/hook").last().unwrap().body["data"];
        assert_eq!(data["failed"], json!([{"name": "Test", "reason": "it is red (1 == 2 is false)"}]));
        assert_eq!(
            (data["what"].as_str(), states(&asked).last().unwrap()),
            (Some("failed"), &state),
            "{how}"
        );
        let text = of(&asked, "/services").last().unwrap().body["text"].to_string();
        assert!(text.contains("Test: it is red (1 == 2 is false)"), "{text}");
    }
}

#[tokio::test]
async fn a_stage_tells_of_itself_and_of_a_judgment_everybody_hears() {
    let server = server().await;
    let world = world(&server.url).await;
    let spec = format!(
        "notifications:\n- {{when: [waiting, canceled], webhook: {{url: {0}/hook}}}}\nstages:
- name: Build it
  variables: [{{key: tag, value: v7}}]
  notifications: [{{webhook: {{url: {0}/hook}}, message: 'tag ${{ tag }}, ${{ notification.when }}'}}]
- name: Go?
  judgment: {{instructions: look twice}}
  notifications: [{{when: [started, succeeded], webhook: {{url: {0}/hook}}}}]
- {{name: Never, variables: [{{key: a, value: 1}}], notifications: [{{webhook: {{url: {0}/hook}}}}]}}\n",
        server.url
    );
    let id = world.start_by(&spec, trigger()).await;
    world.once(&id, |run| run.stage("go").unwrap().standing.status() == Status::Running).await;
    server.once_asked(4).await;
    let asked = server.asked();
    let expected = [
        "shop-1: stage Build it has begun",
        "shop-1: stage Build it succeeded",
        "shop-1: stage Go? has begun",
        "shop-1: stage Go? waits for a judgment",
    ];
    assert_eq!(headlines(&asked), expected);
    assert_eq!(asked[1].body["data"]["message"], "tag v7, succeeded");
    assert_eq!(asked[1].body["subject"], "shop-1/build-it");
    assert_eq!(asked[3].body["data"]["reason"], "look twice");
    world.ask(&id, Ask::Cancel { reason: "not today".to_owned(), force: false }).await;
    assert_eq!(world.over(&id).await.status, Status::Canceled);
    world.runner.told().await;
    assert_eq!(headlines(&server.asked())[4..], ["shop-1 was canceled"], "what never began is nobody's news");
    assert!(server.asked()[4].body["data"]["reason"].as_str().unwrap().contains("not today"));
}

#[tokio::test]
async fn a_run_that_is_restarted_begins_and_ends_again() {
    let server = server().await;
    let world = world(&server.url).await;
    let spec = format!(
        "notifications:\n- {{webhook: {{url: {0}/hook}}}}\nstages:
- {{name: A, variables: [{{key: a, value: 1}}], notifications: [{{when: [succeeded], webhook: {{url: {0}/hook}}}}]}}
- {{name: B, variables: [{{key: b, value: 1}}], notifications: [{{when: [succeeded], webhook: {{url: {0}/hook}}}}]}}\n",
        server.url
    );
    let id = world.start_by(&spec, trigger()).await;
    world.over(&id).await;
    world.runner.told().await;
    world.ask(&id, Ask::Restart { stage: "B".to_owned() }).await;
    world.over(&id).await;
    world.runner.told().await;
    let ids: Vec<String> = server
        .asked()
        .iter()
        .map(|one| one.header("webhook-id").trim_end_matches(".webhook").to_owned())
        .collect();
    let life = |life: u32| {
        [
            format!("shop-1.{life}.started.p0"),
            format!("shop-1.{life}.b.succeeded.s0"),
            format!("shop-1.{life}.succeeded.p0"),
        ]
    };
    let mut expected = life(0).to_vec();
    expected.insert(1, "shop-1.0.a.succeeded.s0".to_owned());
    expected.extend(life(1));
    assert_eq!(ids, expected, "A did not run again");
}

#[tokio::test]
async fn words_without_a_value_keep_nobody_from_being_told() {
    let server = server().await;
    let world = world(&server.url).await;
    let spec = format!(
        "notifications:\n- {{when: [succeeded], webhook: {{url: {}/hook}}, message: '${{ nothing.there }}'}}\nstages: [{{name: A, variables: []}}]\n",
        server.url
    );
    let id = world.start_by(&spec, trigger()).await;
    world.over(&id).await;
    world.runner.told().await;
    let said = server.asked()[0].body["data"]["message"].as_str().unwrap().to_owned();
    assert!(said.contains("have no value") && said.contains("nothing"), "{said}");
}
