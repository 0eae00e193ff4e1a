//! Gates that wait for `SonarQube`, and its web hook.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use weir_pipeline::Status;

use crate::sent::{Answered, signature};
use crate::server::{Asked, Reply, Server, json};
use crate::triggered::{Triggered, file};

/// The value `webhook` of the secret `sonar`.
const SECRET: &str = "of the web hook";

/// A gate that asks about its analysis every ten minutes.
async fn world(server: &str, webhook: Option<&str>) -> Triggered {
    let folder = TempDir::new().unwrap();
    let pipeline = format!(
        "stages: [{{name: Scan, step: {{run: \"mkdir .scannerwork; printf 'projectKey=shop\\\\nserverUrl={server}\\\\nceTaskId=T1\\\\n' > .scannerwork/report-task.txt\"}}}}, \
         {{name: Gate, gate: {{sonar: {{server: '{server}', secret: sonar, within: 1h}}}}}}]"
    );
    let pipeline = file("shop", "", &pipeline);
    let mut files = vec![("pipelines/shop.yaml", pipeline.as_str()), ("secrets/sonar/token", "squ_1")];
    files.extend(webhook.map(|webhook| ("secrets/sonar/webhook", webhook)));
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let patiently = |options: &mut weir_runner::Options| options.patience.analysis = Duration::from_mins(10);
    let mut world = Triggered::open_with(folder, patiently).await;
    assert_eq!(world.problems, []);
    world.serve().await;
    world
}

async fn start(world: &Triggered) -> String {
    let defined = world.triggers.defined();
    let request = weir_runner::Request {
        pipeline: "shop".to_owned(),
        definition: defined[0].pipeline.clone(),
        trigger: json!({}),
        parameters: serde_json::Map::new(),
        manual: true,
        token: None,
    };
    world.runner.start(request).await.unwrap()
}

/// What `SonarQube` sends about a task, signed with a key.
async fn tell(world: &Triggered, task: &str, key: Option<&str>) -> Answered {
    // What it says about the gate is not what the server says.
    let body = json!({
        "serverUrl": "http://sonar", "taskId": task, "status": "SUCCESS", "analysedAt": "2026-11-27T10:00:00+0000",
        "project": {"key": "shop", "name": "Shop"}, "qualityGate": {"name": "Ours", "status": "ERROR", "conditions": []},
    })
    .to_string();
    let signed = key.map(|key| {
        let signature = signature(key, body.as_bytes());
        format!("x-sonar-webhook-hmac-sha256: {}\r\n", signature.trim_start_matches("sha256="))
    });
    let (signed, length) = (signed.unwrap_or_default(), body.len());
    let call = format!(
        "POST /hooks/sonarqube HTTP/1.1\r\nhost: weir\r\n{signed}content-length: {length}\r\n\r\n{body}"
    );
    world.call(call.as_bytes()).await
}

/// The answer to a question, where the task has this status.
fn says(asked: &Asked, status: &str) -> Reply {
    if asked.path == "/api/ce/task?id=T1" {
        return json(200, &json!({"task": {"id": "T1", "status": status, "analysisId": "A1"}}));
    }
    assert!(asked.path.contains("analysisId=A1"), "{}", asked.path);
    json(200, &json!({"projectStatus": {"status": "OK", "conditions": []}}))
}

async fn over(world: &Triggered, id: &str) -> Status {
    let over = tokio::time::timeout(Duration::from_mins(1), world.over(id));
    over.await.unwrap().status
}

#[tokio::test]
async fn a_gate_that_waits_asks_at_once_when_the_hook_comes_and_no_stranger_wakes_it() {
    let done = Arc::new(AtomicUsize::new(0));
    let asked_since = Arc::clone(&done);
    // The hook comes a little before the task is known to be done.
    let server = Server::new(move |_, asked| {
        let is_known = match asked_since.load(Ordering::SeqCst) {
            0 => "PENDING",
            1 if asked.path.starts_with("/api/ce") => {
                asked_since.store(2, Ordering::SeqCst);
                "IN_PROGRESS"
            }
            _ => "SUCCESS",
        };
        says(asked, is_known)
    })
    .await;
    let world = world(&server.url, Some(SECRET)).await;
    let id = start(&world).await;
    server.once_asked(1).await;
    for (key, why) in [(None, "there is no header"), (Some("another"), "does not fit")] {
        let (status, told) = tell(&world, "T1", key).await;
        assert_eq!(status, 401, "{told}");
        assert!(told["error"].as_str().unwrap().contains(why), "{told}");
        assert!(!told.to_string().contains(SECRET), "{told}");
    }
    assert_eq!(tell(&world, "T2", Some(SECRET)).await, (202, json!({"woken": 0})));
    assert_eq!(server.lines(), ["GET /api/ce/task?id=T1"]);
    done.store(1, Ordering::SeqCst);
    assert_eq!(tell(&world, "T1", Some(SECRET)).await, (202, json!({"woken": 1})));
    assert_eq!(over(&world, &id).await, Status::Succeeded);
    assert_eq!(server.lines().len(), 4, "{:?}", server.lines());
    assert_eq!(tell(&world, "T1", Some(SECRET)).await, (202, json!({"woken": 0})), "nobody waits any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_comes_while_the_first_question_is_answered_is_not_missed() {
    let (arrived, mut first) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let server = Server::new(move |times, asked| {
        if times > 0 {
            return says(asked, "SUCCESS");
        }
        arrived.send(()).unwrap();
        tokio::task::block_in_place(|| released.lock().unwrap().recv().unwrap());
        says(asked, "PENDING")
    })
    .await;
    let world = world(&server.url, Some(SECRET)).await;
    let id = start(&world).await;
    first.recv().await.unwrap();
    assert_eq!(tell(&world, "T1", Some(SECRET)).await, (202, json!({"woken": 1})));
    release.send(()).unwrap();
    assert_eq!(over(&world, &id).await, Status::Succeeded);
}

#[tokio::test]
async fn without_a_secret_nobody_is_believed_and_what_is_no_delivery_is_told() {
    for webhook in [None, Some("\n")] {
        let world = world("http://127.0.0.1:1", webhook).await;
        for key in [None, Some("any")] {
            let (status, told) = tell(&world, "T1", key).await;
            assert_eq!(status, 401, "{told}");
            assert!(told["error"].as_str().unwrap().starts_with("no gate of SonarQube has"), "{told}");
        }
    }
    let world = world("http://127.0.0.1:1", Some(SECRET)).await;
    let get = world.call(b"GET /hooks/sonarqube HTTP/1.1\r\nhost: weir\r\ncontent-length: 0\r\n\r\n").await;
    assert_eq!(get.0, 405);
    let body = "{}";
    let signed = signature(SECRET, body.as_bytes());
    let signed = signed.trim_start_matches("sha256=");
    let call = format!(
        "POST /hooks/sonarqube HTTP/1.1\r\nhost: weir\r\nx-sonar-webhook-hmac-sha256: {signed}\r\ncontent-length: 2\r\n\r\n{body}"
    );
    let (status, told): (u16, Value) = world.call(call.as_bytes()).await;
    assert_eq!(status, 400, "{told}");
    let long = format!("POST /hooks/sonarqube HTTP/1.1\r\nhost: weir\r\ncontent-length: {}\r\n\r\n", 1 << 20);
    assert_eq!(world.call(long.as_bytes()).await.0, 413);
}
