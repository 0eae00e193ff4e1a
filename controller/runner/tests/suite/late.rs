//! Who is told of runs when something is in the way: nobody there, a hanging one, a refusal, a program that ends.

use std::collections::HashSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::Instant;
use weir_pipeline::{Run, Status};
use weir_runner::{Options, Runner};

use crate::fixture::{open_with, over, request};
use crate::notices::{WORD, server, trigger, types, world};
use crate::server::{Server, json as reply};
use crate::told;

/// Somebody who is down until he is up, and answers the first try of each beginning badly even then; with all that he took.
async fn down(is_up: Arc<AtomicBool>) -> (Server, Arc<Mutex<Vec<String>>>) {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let (all, tried) = (Arc::clone(&taken), Mutex::new(HashSet::new()));
    let server = Server::new(move |times, asked| {
        let id = asked.header("webhook-id").to_owned();
        if !is_up.load(Ordering::SeqCst) {
            return if times % 2 == 0 { None } else { reply(503, &json!({"error": WORD})) };
        }
        if id.contains("started") && tried.lock().unwrap().insert(id.clone()) {
            return reply(503, &json!({}));
        }
        all.lock().unwrap().push(id);
        reply(200, &json!({}))
    });
    (server.await, taken)
}

#[tokio::test]
async fn who_is_down_for_a_while_is_told_all_in_its_order_and_the_log_once() {
    let is_up = Arc::new(AtomicBool::new(false));
    let (server, taken) = down(Arc::clone(&is_up)).await;
    let world = world(&server.url).await;
    told::forget();
    let spec = "notifications: [{webhook: {secret: chat/url}}]\nconcurrency: {limit: 0}\nstages: [{name: A, variables: []}]\n";
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.start_by(spec, trigger()).await);
        assert_eq!(world.over(ids.last().unwrap()).await.status, Status::Succeeded);
    }
    // Nobody waits for who fails, also not at the end.
    world.runner.told().await;
    server.once_asked(4).await;
    assert_eq!(told::times("cannot be told for now"), 1, "however often it was tried");
    is_up.store(true, Ordering::SeqCst);
    once(|| taken.lock().unwrap().len() == 6).await;
    world.runner.told().await;
    let taken = taken.lock().unwrap().clone();
    for id in &ids {
        let own: Vec<&String> = taken.iter().filter(|one| one.starts_with(&format!("{id}."))).collect();
        let expected = ["started", "succeeded"].map(|what| format!("{id}.0.{what}.p0.webhook"));
        assert_eq!(own, expected.iter().collect::<Vec<_>>());
    }
    assert!(told::times("arrive again") > 0 && told::times(WORD) == 0);
}

/// Until it is so.
async fn once(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "it did not come to that");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn run(runner: &Runner, spec: &str) -> Arc<Run> {
    let id = runner.start(request(spec, trigger())).await.unwrap();
    over(runner, &id).await
}

fn hook(url: &str) -> String {
    format!("notifications: [{{webhook: {{url: {url}/hook}}}}]\nstages: [{{name: A, variables: []}}]\n")
}

#[tokio::test]
async fn what_was_due_when_the_program_ended_is_told_by_the_next_one_and_once_only() {
    let state = TempDir::new().unwrap();
    let down = Server::new(|_, _| None).await;
    let runner = open_with(state.path().to_owned(), |_| {}).await;
    run(&runner, &hook(&down.url)).await;
    runner.told().await;
    runner.close().await;
    let before = down.asked();
    assert!(!before.is_empty() && before.iter().all(|one| one.header("webhook-id").contains("started")));
    // The same address, and now there is somebody.
    let notices = state.path().join("runs/shop-1/notices");
    let up = server().await;
    for entry in fs::read_dir(&notices).unwrap() {
        let path = entry.unwrap().path();
        fs::write(&path, fs::read_to_string(&path).unwrap().replace(&down.url, &up.url)).unwrap();
    }
    for _ in 0..2 {
        let runner = open_with(state.path().to_owned(), |_| {}).await;
        runner.told().await;
        runner.close().await;
        let ids: Vec<String> = up.asked().iter().map(|one| one.header("webhook-id").to_owned()).collect();
        assert_eq!(ids, ["shop-1.0.started.p0.webhook", "shop-1.0.succeeded.p0.webhook"]);
    }
    assert_eq!(up.asked()[0].body, before[0].body, "it is the same message");
}

#[tokio::test]
async fn what_a_kill_kept_from_being_noted_follows_from_the_run() {
    let state = TempDir::new().unwrap();
    let server = server().await;
    let runner = open_with(state.path().to_owned(), |_| {}).await;
    run(&runner, &hook(&server.url)).await;
    runner.told().await;
    runner.close().await;
    let notices = state.path().join("runs/shop-1/notices");
    fs::remove_file(notices.join("shop-1.0.succeeded.p0.webhook.json")).unwrap();
    let runner = open_with(state.path().to_owned(), |_| {}).await;
    runner.told().await;
    let ids: Vec<String> = server.asked().iter().map(|one| one.header("webhook-id").to_owned()).collect();
    assert_eq!(ids[1..], ["shop-1.0.succeeded.p0.webhook", "shop-1.0.succeeded.p0.webhook"]);
    assert_eq!(server.asked()[1].body, server.asked()[2].body);
}

#[tokio::test]
async fn nobody_waits_for_a_target_that_hangs() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hangs = format!("http://{}", listener.local_addr().unwrap());
    let server = server().await;
    let world = world(&server.url).await;
    let spec = format!(
        "notifications: [{{webhook: {{url: {hangs}/hook}}}}, {{webhook: {{url: {}/hook}}}}]\nstages: [{{name: A, variables: []}}]\n",
        server.url
    );
    let began = Instant::now();
    for _ in 0..2 {
        let id = world.start_by(&spec, trigger()).await;
        assert_eq!(world.over(&id).await.status, Status::Succeeded);
    }
    server.once_asked(4).await;
    assert!(began.elapsed() < Duration::from_secs(8), "a call may take ten: {:?}", began.elapsed());
    assert_eq!(types(&server.asked())[3], "dev.weir.run.succeeded.v1");
    drop(listener);
}

#[tokio::test]
async fn what_is_refused_or_too_late_is_given_up_and_what_follows_is_told() {
    let refusing = Server::new(|_, asked| {
        let is_first = asked.body["type"].as_str().is_some_and(|one| one.contains("started"));
        if is_first { reply(400, &json!({"why": "no such team"})) } else { reply(200, &json!({})) }
    })
    .await;
    let state = TempDir::new().unwrap();
    told::forget();
    let runner = open_with(state.path().to_owned(), |_| {}).await;
    run(&runner, &hook(&refusing.url)).await;
    runner.told().await;
    assert_eq!(types(&refusing.asked()), ["dev.weir.run.started.v1", "dev.weir.run.succeeded.v1"]);
    let kept = state.path().join("runs/shop-1/notices/shop-1.0.started.p0.webhook.json");
    let kept = fs::read_to_string(kept).unwrap();
    assert!(kept.contains("givenUp") && kept.contains("no such team"), "{kept}");
    assert_eq!(told::times("is given up"), 1);
    runner.close().await;
    let late = Server::new(|_, _| reply(503, &json!({}))).await;
    let short = |options: &mut Options| options.patience.notices = Duration::from_millis(50);
    let runner = open_with(state.path().to_owned(), short).await;
    run(&runner, &hook(&late.url)).await;
    once(|| told::times("is given up") == 3).await;
    let (asked, last) = (late.asked(), late.asked().len());
    assert!(types(&asked).last().unwrap().contains("succeeded"), "the second one had its turn, too");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(late.asked().len(), last);
}

#[tokio::test]
async fn nothing_secret_is_kept_or_told() {
    told::forget();
    let server = Server::new(|times, asked| match times {
        // Who says again what he was told.
        0..3 => reply(503, &json!({"url": asked.path, "token": asked.headers})),
        3..6 => reply(403, &json!({"url": asked.path, "token": asked.headers})),
        _ => reply(200, &json!({})),
    })
    .await;
    let world = world(&server.url).await;
    let spec = "notifications:
- {slack: {secret: chat/url}}
- {slack: {secret: no/such}}
- {webhook: {secret: chat/url, secrets: {Authorization: hook/token}, key: hook/key}}
- {status: {secret: forge, api: URL/api}}
stages: [{name: A, variables: []}]
"
    .replace("URL", &server.url);
    world.secret("bad/url", &format!("mailto:{WORD}"));
    let spec = spec.replace("no/such", "bad/url");
    let id = world.start_by(&spec, trigger()).await;
    world.over(&id).await;
    world.runner.told().await;
    once(|| told::times("is given up") >= 3).await;
    let everything = world.everything_kept();
    assert!(everything.contains("givenUp") && everything.contains("403"), "{everything}");
    assert!(!everything.contains(WORD), "{everything}");
    assert_eq!(told::times(WORD), 0);
    assert!(
        told::times("secret bad/url is no address") == 1,
        "what is wrong with a secret is told without it"
    );
}
