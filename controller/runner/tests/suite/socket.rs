//! Runs by HTTP on the socket file.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::BufReader;
use tokio::net::UnixStream;
use tokio_util::sync::CancellationToken;
use weir_pipeline::Status;
use weir_runner::{Runner, serve};

use crate::fixture::{open, over};
use crate::sent::{Answered, exchange};
use crate::triggered::file;

struct Served {
    folder: TempDir,
    runner: Arc<Runner>,
}

impl Served {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        // What another one left there is in nobody's way.
        std::fs::write(serve::socket(folder.path()), "").unwrap();
        let runner = Arc::new(open(folder.path().to_owned()).await);
        tokio::spawn(serve::serve(Arc::clone(&runner), CancellationToken::new()).unwrap());
        Self { folder, runner }
    }

    async fn ask(&self, line: &str, body: &str) -> Answered {
        let stream = UnixStream::connect(serve::socket(self.folder.path())).await.unwrap();
        let length = body.len();
        let text = format!("{line} HTTP/1.1\r\nhost: weir\r\ncontent-length: {length}\r\n\r\n{body}");
        exchange(&mut BufReader::new(stream), text.as_bytes()).await
    }

    async fn start(&self, stages: &str) -> Answered {
        let asked = json!({"file": file("shop", "", stages), "trigger": {"user": "ann"}, "token": "t1"});
        self.ask("POST /v1/runs", &asked.to_string()).await
    }

    async fn command(&self, run: &str, ask: Value) -> Answered {
        let asked = json!({"by": "ann", "ask": ask}).to_string();
        self.ask(&format!("POST /v1/runs/{run}/commands"), &asked).await
    }
}

#[tokio::test]
async fn a_run_is_started_looked_at_and_told_what_to_do() {
    let served = Served::new().await;
    let mode = serve::socket(served.folder.path()).metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "who may write there may ask");
    let stages = "stages: [{name: Say, step: {run: echo hello}}, {name: Hold, needs: [Say], judgment: {}}]";
    assert_eq!(served.start(stages).await, (201, json!({"run": "shop-1"})));
    assert_eq!(served.start(stages).await, (201, json!({"run": "shop-1"})), "asked again with its token");
    let mut watched = served.runner.watch("shop-1").unwrap();
    watched
        .wait_for(|run| run.stage("hold").is_some_and(|hold| hold.message.is_some() || hold.began.is_some()))
        .await
        .unwrap();

    let (status, view) = served.ask("GET /v1/runs/shop-1", "").await;
    assert_eq!((status, &view["id"], &view["trigger"]["user"]), (200, &json!("shop-1"), &json!("ann")));
    assert_eq!(view["stages"][0]["kind"], json!("step"));
    let (_, list) = served.ask("GET /v1/runs?pipeline=shop&limit=5", "").await;
    assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (1, &json!("shop-1")));
    assert_eq!(served.ask("GET /v1/runs?pipeline=other", "").await, (200, json!([])));
    assert_eq!(served.ask("GET /v1/runs/shop-1/logs/say", "").await, (200, json!("hello\n")));
    assert_eq!(served.ask("GET /v1/runs/shop-1/logs/say?from=4", "").await, (200, json!("o\n")));

    let judged = json!({"judge": {"stage": "Hold", "goOn": true, "input": null}});
    assert_eq!(served.command("shop-1", judged.clone()).await.0, 200);
    assert_eq!(over(&served.runner, "shop-1").await.status, Status::Succeeded);
    let (status, refused) = served.command("shop-1", judged).await;
    assert_eq!(status, 409, "{refused}");
    assert!(!refused["error"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn what_cannot_be_done_says_why() {
    let served = Served::new().await;
    for (line, body, status) in [
        ("POST /v1/runs", "{", 400),
        ("POST /v1/runs", r#"{"file": "", "who": "ann"}"#, 400),
        ("POST /v1/runs", r#"{"file": "kind: Pipeline"}"#, 400),
        ("GET /v1/runs/shop-7", "", 404),
        ("GET /v1/runs/..", "", 404),
        ("GET /v1/runs/%2e%2e", "", 404),
        ("GET /v1/runs/shop-7/logs/say", "", 404),
        ("POST /v1/runs/shop-7/commands", r#"{"by": "ann", "ask": "pause"}"#, 404),
        ("GET /v1/everything", "", 404),
        ("DELETE /v1/runs/shop-7", "", 404),
    ] {
        let (got, answer) = served.ask(line, body).await;
        assert_eq!(got, status, "{line} {body}: {answer}");
        assert!(answer["error"].as_str().is_some_and(|why| !why.is_empty()), "{line}: {answer}");
    }
    assert_eq!(served.start("stages: [{name: A, wait: 1s}, {name: B, needs: [C], wait: 1s}]").await.0, 400);
    assert_eq!(served.runner.store().ids().unwrap(), [""; 0]);
}
