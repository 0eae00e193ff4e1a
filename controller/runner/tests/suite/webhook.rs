//! Calls by HTTP, and what they began.

use serde_json::json;
use weir_pipeline::Status;
use weir_pipeline::event::Ask;

use crate::fixture::{World, open, over, reason, request};
use crate::server::{Reply, Server, json};

fn hook(server: &Server, more: &str) -> String {
    format!("stages:\n- name: Call\n  webhook:\n    url: {}/deploy\n{more}", server.url)
}

#[tokio::test]
async fn a_call_carries_its_key_and_what_was_answered_is_handed_on() {
    let server = Server::new(|_, _| Some((302, "location: /jobs/7\r\n", r#"{"job": 7}"#.to_owned()))).await;
    let world = World::new().await;
    let more = "    method: PUT\n    headers: {x-team: shop}\n    payload: {version: '${ trigger.user }'}\n";
    let run = world.run(&hook(&server, more)).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    let expected = json!({"statusCode": 302, "location": "/jobs/7", "body": {"job": 7}});
    assert_eq!(json!(run.stage("call").unwrap().outputs), expected);
    let asked = server.asked();
    assert_eq!(server.lines(), ["PUT /deploy"], "redirects are not followed");
    assert_eq!(asked[0].header("idempotency-key"), "shop-1.call.1");
    assert_eq!((asked[0].header("x-team"), &asked[0].body), ("shop", &json!({"version": "ann"})));
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_is_a_refusal_is_not() {
    let server = Server::new(|times, _| json([503, 429, 200][times.min(2)], &json!({}))).await;
    let world = World::new().await;
    assert_eq!(world.run(&hook(&server, "")).await.status, Status::Succeeded);
    let keys: Vec<_> =
        server.asked().iter().map(|asked| asked.header("idempotency-key").to_owned()).collect();
    assert_eq!(keys, ["shop-1.call.1"; 3]);

    for (status, more) in [(404, ""), (503, "    failFast: [503]\n"), (200, "    failFast: [200]\n")] {
        let server = Server::new(move |_, _| json(status, &json!({"error": "no such  shop"}))).await;
        let run = world.run(&hook(&server, more)).await;
        let told = reason(&run);
        assert!(told.contains(&format!("/deploy answered {status}")), "{told}");
        assert!(told.contains(r#"{"error":"no such shop"}"#) || told.contains("no such"), "{told}");
        assert_eq!(server.asked().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn who_never_answers_is_given_up_and_who_may_have_heard_is_not_asked_twice() {
    let world = World::new().await;
    let gone = "stages:\n- {name: Call, retries: {limit: 0}, webhook: {url: 'http://127.0.0.1:1/deploy'}}\n";
    let told = reason(&world.run(gone).await);
    assert!(told.contains("127.0.0.1:1/deploy: ") && told.contains("tried for"), "{told}");

    let server = Server::new(|_, _| None).await;
    let told = reason(&world.run(&hook(&server, "")).await);
    assert!(told.contains("nobody knows whether it was done"), "{told}");
    assert_eq!(server.asked().len(), 1);

    let server = Server::new(|times, _| if times == 0 { None } else { json(200, &json!({})) }).await;
    assert_eq!(world.run(&hook(&server, "    method: PUT\n")).await.status, Status::Succeeded);
}

#[tokio::test]
async fn a_secret_is_sent_and_told_to_nobody() {
    let echo = |times: usize, asked: &crate::server::Asked| {
        json(if times == 0 { 200 } else { 400 }, &json!({"you": asked.header("authorization")}))
    };
    let server = Server::new(echo).await;
    let world = World::new().await;
    world.secret("deploy/token", "Bearer s3cr3t-\"quoted\"");
    let more = "    secrets: {Authorization: deploy/token}\n";
    let run = world.run(&hook(&server, more)).await;
    assert_eq!(run.stage("call").unwrap().outputs["body"], json!({"you": "***"}));
    let failed = world.run(&hook(&server, more)).await;
    assert!(reason(&failed).contains("answered 400") && !reason(&failed).contains("s3cr3t"), "{failed:?}");
    assert_eq!(server.asked()[1].header("authorization"), "Bearer s3cr3t-\"quoted\"");
    let kept = world.everything_kept();
    assert!(kept.contains("answer.json") && !kept.contains("s3cr3t"), "{kept}");
}

/// Answers the call, then one status after the other; the last one stays.
fn job(statuses: &'static [&'static str]) -> impl Fn(usize, &crate::server::Asked) -> Reply {
    move |times, _| {
        let Some(time) = times.checked_sub(1) else {
            return Some((202, "location: /jobs/7\r\n", "{}".to_owned()));
        };
        let status = statuses.get(time).or(statuses.last()).unwrap();
        Some((200, "", format!(r#"{{"job": {{"state": {status}, "done": "step {times}"}}}}"#)))
    }
}

const MONITOR: &str =
    "    monitor: {url: location, statusPath: $.job.state, progressPath: $.job.done, every: 5ms}\n";

#[tokio::test]
async fn what_a_call_began_is_waited_for() {
    let world = World::new().await;
    for (statuses, ends) in [
        (&[r#""queued""#, "50", "100"][..], None),
        (&[r#""Running""#, r#""succeeded""#][..], None),
        (&["7", r#""failure""#][..], Some("it failed there: step 2")),
        (&[r#""cancelled""#][..], Some("somebody stopped it there: step 1")),
        (&["{}"][..], Some("$.job.state of what 127.0.0.1")),
    ] {
        let server = Server::new(job(statuses)).await;
        let run = world.run(&hook(&server, MONITOR)).await;
        match ends {
            None => assert_eq!(run.status, Status::Succeeded, "{statuses:?} {run:#?}"),
            Some(why) => assert!(reason(&run).contains(why), "{statuses:?} {}", reason(&run)),
        }
        assert_eq!(server.asked().len(), statuses.len() + 1, "{:?}", server.lines());
        assert_eq!(server.lines()[1], "GET /jobs/7");
    }
}

#[tokio::test]
async fn whoever_takes_over_goes_on_with_the_wait_and_does_not_call_again() {
    let server = Server::new(|times, _| match times {
        0 => Some((202, "location: /jobs/7\r\n", "{}".to_owned())),
        1..10 => json(200, &json!({"job": {"state": "RUNNING"}})),
        _ => json(200, &json!({"job": {"state": "SUCCEEDED"}})),
    })
    .await;
    let world = World::new().await;
    let id = world.start(&hook(&server, MONITOR)).await;
    server.once_asked(3).await;
    let World { folder, runner } = world;
    runner.close().await;
    let runner = open(folder.path().to_owned()).await;
    let run = over(&runner, &id).await;
    assert_eq!(run.status, Status::Succeeded, "{run:#?}");
    assert_eq!(
        server.lines().iter().filter(|line| *line == "PUT /deploy" || *line == "POST /deploy").count(),
        1
    );
    assert_eq!(run.stage("call").unwrap().attempt, 1);
}

#[tokio::test]
async fn whoever_takes_over_before_the_answer_calls_again_with_the_same_key() {
    let server = Server::new(|times, _| json(if times < 3 { 503 } else { 200 }, &json!({}))).await;
    let world = World::with_patience(std::time::Duration::from_millis(50)).await;
    let id = world.start(&hook(&server, "")).await;
    server.once_asked(1).await;
    let World { folder, runner } = world;
    runner.close().await;
    let runner = open(folder.path().to_owned()).await;
    assert_eq!(over(&runner, &id).await.status, Status::Succeeded);
    assert!(server.asked().iter().all(|asked| asked.header("idempotency-key") == "shop-1.call.1"));
}

#[tokio::test]
async fn a_run_that_is_cancelled_asks_no_more() {
    let server = Server::new(job(&["1"])).await;
    let world = World::new().await;
    let id = world.start(&hook(&server, MONITOR)).await;
    let run = world.once(&id, |run| run.stage("call").is_some_and(|stage| stage.message.is_some())).await;
    assert!(run.stage("call").unwrap().message.as_ref().unwrap().starts_with("step "), "{run:?}");
    world.ask(&id, Ask::Cancel { reason: "enough".to_owned(), force: false }).await;
    assert_eq!(world.over(&id).await.status, Status::Canceled);
    let asked = server.asked().len();
    tokio::time::sleep(std::time::Duration::from_millis(60)).await;
    assert!(server.asked().len() <= asked + 1);
}

#[tokio::test]
async fn secrets_go_to_no_server_that_an_answer_names() {
    let other = Server::new(|_, _| json(200, &json!({"state": "success"}))).await;
    let url = other.url.clone();
    let server = Server::new(move |_, _| json(200, &json!({"status": format!("{url}/jobs/7")}))).await;
    let world = World::new().await;
    world.secret("deploy/token", "s3cr3t");
    let more = "    secrets: {Authorization: deploy/token}\n    monitor: {url: {answer: $.status}, statusPath: $.state, every: 5ms}\n";
    let id = world.runner.start(request(&hook(&server, more), json!({}))).await.unwrap();
    assert_eq!(world.over(&id).await.status, Status::Succeeded);
    assert_eq!(server.asked()[0].header("authorization"), "s3cr3t");
    assert_eq!(
        (other.lines(), other.asked()[0].header("authorization")),
        (vec!["GET /jobs/7".to_owned()], "")
    );
}
