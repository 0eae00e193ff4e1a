//! Calls of web hooks.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use weir_pipeline::Status;

use crate::sent::{Answered, KEY, commit, exchange, genuine, github, push, signature};
use crate::triggered::{NOTHING, Triggered, file};

const GITHUB: &str = "{github: {repository: acme/cart, branches: [main], secret: hooks}}";

async fn world() -> Triggered {
    let spec = "stages: [{name: Look, variables: [{key: seen, value: '${ trigger.branch } ${ trigger.commit } ${ trigger.cloneUrls[0] }'}]}]";
    let mut world = Triggered::new(&[("shop.yaml", file("shop", GITHUB, spec))]).await;
    assert_eq!(world.problems, []);
    world.serve().await;
    world
}

/// No answer has anything of the secret, or of a signature that would be right.
fn silent((status, body): &Answered, about: &[u8]) {
    let (text, right) = (body.to_string(), signature(KEY, about));
    assert!(!text.contains(KEY) && !text.contains(right.trim_start_matches("sha256=")), "{status} {text}");
}

#[tokio::test]
async fn a_signed_push_starts_the_pipeline_that_wants_it() {
    let world = world().await;
    let answered = world.call(&genuine("push", "d1", &push("main", 1))).await;
    assert_eq!(answered, (202, json!({"runs": ["shop-1"], "declined": []})));
    let run = world.over("shop-1").await;
    assert_eq!(run.status, Status::Succeeded);
    let seen = format!("main {} https://git.example/acme/cart.git", commit(1));
    assert_eq!(run.stage("look").unwrap().outputs["seen"], Value::from(seen));
    let trigger = world.trigger("shop-1");
    let urls = json!(["https://git.example/acme/cart.git", "git@git.example:acme/cart.git"]);
    assert_eq!((&trigger["cloneUrls"], &trigger["user"]), (&urls, &json!("ann")));
    assert_eq!(trigger["branch"], json!("main"));
}

#[tokio::test]
async fn what_is_not_genuine_or_was_here_before_starts_nothing() {
    let world = world().await;
    let body = push("main", 1).to_string().into_bytes();
    let forged = signature("another", &body);
    for signed in [None, Some(forged.as_str()), Some("sha256=00"), Some("")] {
        let answered = world.call(&github("push", "d1", signed, &body)).await;
        assert_eq!(answered.0, 401, "{signed:?}: {}", answered.1);
        silent(&answered, &body);
    }
    assert_eq!(world.runs(), [""; 0]);
    assert_eq!(world.call(&genuine("push", "d1", &push("main", 1))).await.0, 202);
    // The same name with another body, and the same body under another name.
    for (id, number) in [("d1", 2), ("d2", 1)] {
        let answered = world.call(&genuine("push", id, &push("main", number))).await;
        assert_eq!(answered.0, 409, "{}", answered.1);
        silent(&answered, push("main", number).to_string().as_bytes());
    }
    assert_eq!(world.runs(), ["shop-1"]);
}

#[tokio::test]
async fn what_starts_nothing_says_why() {
    let world = world().await;
    let ping = world.call(&genuine("ping", "d1", &json!({"zen": "Keep it"}))).await;
    assert_eq!(ping.0, 202);
    assert!(ping.1["ignored"].as_str().unwrap().starts_with("ping"), "{}", ping.1);
    let other = world.call(&genuine("push", "d2", &push("feature/x", 2))).await;
    assert_eq!((other.0, &other.1["runs"]), (202, &json!([])));
    let declined = other.1["declined"][0].as_str().unwrap();
    assert!(declined.starts_with("shop: ") && declined.contains("feature/x"), "{declined}");
    assert_eq!(world.runs(), [""; 0]);
}

#[tokio::test]
async fn what_is_no_call_is_told_what_one_is() {
    let world = world().await;
    let line =
        |line: &str| format!("{line} HTTP/1.1\r\nhost: weir\r\ncontent-length: 0\r\n\r\n").into_bytes();
    for (request, status) in [
        ("POST /hooks/forgejo", 404),
        ("POST /", 404),
        ("POST /hooks/webhook", 404),
        ("GET /hooks/github", 405),
        ("GET /livez", 200),
        ("GET /readyz", 200),
        // Nobody listens to such ones, so nobody has a secret for them.
        ("POST /hooks/gitlab", 401),
        ("POST /hooks/webhook/deploys", 401),
    ] {
        let answered = world.call(&line(request)).await;
        assert_eq!(answered.0, status, "{request}: {}", answered.1);
    }
    assert_eq!(world.call(&genuine("push", "d1", &json!({"ref": 3}))).await.0, 400);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_it_is_there() {
    let world = world().await;
    let most = 5 << 20;
    let head = "POST /hooks/github HTTP/1.1\r\nhost: weir\r\n";
    let said = format!("{head}content-length: {}\r\n\r\n", most + 1);
    assert_eq!(world.call(said.as_bytes()).await.0, 413);
    let chunk = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{}", most + 1, " ".repeat(most + 1));
    assert_eq!(world.call(chunk.as_bytes()).await.0, 413);
    // The largest one that may come is looked at, and is not signed.
    let largest = format!("{head}content-length: {most}\r\n\r\n{}", " ".repeat(most));
    assert_eq!(world.call(largest.as_bytes()).await.0, 401);
}

#[tokio::test]
async fn slow_senders_keep_nobody_waiting() {
    let world = world().await;
    let head = format!("POST /hooks/github HTTP/1.1\r\nhost: weir\r\ncontent-length: {}\r\n\r\n{{", 5 << 20);
    let mut slow = Vec::new();
    for _ in 0..20 {
        let mut connection = world.connect().await;
        connection.write_all(head.as_bytes()).await.unwrap();
        slow.push(connection);
    }
    assert_eq!(world.call(b"GET /livez HTTP/1.1\r\nhost: weir\r\n\r\n").await.0, 200);
    let began = Instant::now();
    assert_eq!(world.call(&genuine("push", "d1", &push("main", 1))).await.0, 202);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    for mut connection in slow {
        assert_eq!(exchange(&mut connection, b"").await.0, 408, "nothing came for three seconds");
    }
}

#[tokio::test]
async fn senders_may_have_the_same_names_for_their_deliveries() {
    let triggers = "{webhook: {source: one, secret: hooks}}, {webhook: {source: two, secret: hooks}}";
    let mut world = Triggered::new(&[("shop.yaml", file("shop", triggers, NOTHING))]).await;
    world.serve().await;
    let mut connection = world.connect().await;
    let at = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    for (number, source) in ["one", "two"].into_iter().enumerate() {
        let body = json!({"from": source}).to_string();
        let signed = signature(KEY, format!("7.{at}.{body}").as_bytes());
        let call = format!(
            "POST /hooks/webhook/{source} HTTP/1.1\r\nhost: weir\r\nx-weir-id: 7\r\nx-weir-timestamp: {at}\r\nx-weir-signature: {signed}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let answered = exchange(&mut connection, call.as_bytes()).await;
        assert_eq!(answered.1["runs"], json!([format!("shop-{}", number + 1)]), "{}", answered.1);
    }
}

#[tokio::test]
async fn a_delivery_that_comes_again_after_a_restart_starts_nothing() {
    let world = world().await;
    let delivery = genuine("push", "d1", &push("main", 1));
    assert_eq!(world.call(&delivery).await.0, 202);
    world.over("shop-1").await;
    let mut world = world.again().await;
    world.serve().await;
    assert_eq!(world.call(&delivery).await.0, 409);

    // Killed before it was stored that the delivery was here: the run's token tells.
    let folder = world.close().await;
    std::fs::remove_file(folder.path().join("triggers.json")).unwrap();
    let mut world = Triggered::open(folder).await;
    world.serve().await;
    assert_eq!(world.call(&delivery).await, (202, json!({"runs": ["shop-1"], "declined": []})));
    assert_eq!(world.runs(), ["shop-1"]);
    assert!(world.state().parent().unwrap().join("runs/shop-1").is_dir());
}
