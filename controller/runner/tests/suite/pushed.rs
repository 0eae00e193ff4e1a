//! Pipelines whose repositories have a say: the file of the pushed commit, as far as it is allowed.

use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use weir_pipeline::{Run, Status};

use crate::remotes::Remote;
use crate::sent::{genuine, push};
use crate::triggered::{Triggered, file};

const STAGES: &str =
    "stages: [{name: Test, step: {run: 'echo said=served > \"$WEIR_OUTPUT\"'}}, {name: Last, wait: 1ms}]";
const HOOK: &str =
    "{github: {repository: acme/cart, secret: hooks, events: [push, pullRequest], forks: true}}";

/// The served document, which says this of its source.
fn served(trigger: &str, source: &str) -> String {
    file("shop", trigger, &format!("source: {{{source}}}\n  {STAGES}"))
}

/// The same as a repository has it, where nothing of what starts it is said; with this instead of that.
fn own(from: &str, to: &str) -> String {
    assert!(STAGES.contains(from), "{from}");
    file("shop", "", &STAGES.replacen(from, to, 1)).replace("  triggers: []\n", "")
}

struct Shop {
    world: Triggered,
    remote: Remote,
}

impl Shop {
    async fn new(source: &str) -> Self {
        let remote = Remote::new();
        let mut world = Triggered::new(&[("shop.yaml", served(HOOK, source))]).await;
        assert_eq!(world.problems, []);
        world.serve().await;
        Self { world, remote }
    }

    /// Tells of a commit as a push, or otherwise.
    async fn tell(&self, commit: &str, change: impl FnOnce(&mut Value)) -> (String, std::sync::Arc<Run>) {
        let mut body = push("main", 1);
        body["repository"]["clone_url"] = json!(self.remote.bare);
        body["after"] = json!(commit);
        body["head_commit"]["id"] = json!(commit);
        change(&mut body);
        let event = if body.get("pull_request").is_some() { "pull_request" } else { "push" };
        let (status, said) = self.world.call(&genuine(event, commit, &body)).await;
        assert_eq!(status, 202, "{said}");
        let run = said["runs"][0].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
        let over = self.world.over(&run).await;
        (run, over)
    }

    /// Pushes a file, and tells of it: the trigger, and what became of the run.
    async fn pushed(&self, change: impl FnOnce(&Path)) -> (Value, std::sync::Arc<Run>) {
        let commit = self.remote.push_with("main", change);
        let (run, over) = self.tell(&commit, |_| {}).await;
        let trigger = self.world.trigger(&run);
        assert_eq!(trigger["commit"], json!(commit));
        (trigger, over)
    }
}

fn writes(text: &str) -> impl FnOnce(&Path) {
    move |folder| {
        std::fs::create_dir_all(folder.join(".weir")).unwrap();
        std::fs::write(folder.join(".weir/pipeline.yaml"), text).unwrap();
    }
}

fn said(run: &Run) -> &Value {
    assert_eq!(run.status, Status::Succeeded, "{:?}", run.reason);
    &run.stage("test").unwrap().outputs["said"]
}

/// Why a run failed at its first stage, and did nothing else.
fn failure(trigger: &Value, run: &Run) -> String {
    assert_eq!((run.status, &trigger["definition"]), (Status::Terminal, &json!("refused")));
    assert_eq!(run.stages.len(), 1);
    let why = trigger["failure"].as_str().unwrap().to_owned();
    assert!(run.reason.as_ref().unwrap().contains(&why), "{:?} {why}", run.reason);
    why
}

#[tokio::test]
async fn the_pushed_commit_says_what_its_tests_run() {
    let shop = Shop::new("").await;
    let (trigger, run) = shop.pushed(writes(&own("said=served", "said=pushed"))).await;
    assert_eq!((said(&run), &trigger["definition"]), (&json!("pushed"), &json!("commit")));
    // Another commit meanwhile: each run has its own.
    let (_, run) = shop.pushed(writes(&own("said=served", "said=later"))).await;
    assert_eq!(said(&run), "later");
    let (trigger, run) = shop.pushed(|folder| std::fs::remove_dir_all(folder.join(".weir")).unwrap()).await;
    assert_eq!((said(&run), &trigger["definition"]), (&json!("served"), &json!("served")));
    let left: Vec<_> = std::fs::read_dir(shop.world.folder.path().join("remotes")).unwrap().collect();
    assert!(left.is_empty(), "nothing of a fetch stays: {left:?}");
}

#[tokio::test]
async fn what_is_not_allowed_fails_the_run_and_says_how_it_would_be() {
    let shop = Shop::new("").await;
    let secret = own("step: {", "step: {secrets: {A: registry/password}, ");
    let (trigger, run) = shop.pushed(writes(&secret)).await;
    let why = failure(&trigger, &run);
    let commit = trigger["commit"].as_str().unwrap();
    assert!(why.starts_with(&format!(".weir/pipeline.yaml of acme/cart at {commit}: ")), "{why}");
    assert!(why.contains("spec.stages[test].step.secrets.A") && why.contains("stages.step.secrets"), "{why}");
    // What somebody writes there is never evaluated, and no expression has to be one.
    let (trigger, run) = shop.pushed(writes(&own("name: Last", "'${ 1 + ': Last"))).await;
    assert!(trigger["failure"].as_str().unwrap().contains("${ 1 + "), "{trigger}");
    assert_eq!((run.status, run.stages.len()), (Status::Terminal, 1));
    let (trigger, run) = shop.pushed(writes("apiVersion: [")).await;
    assert!(failure(&trigger, &run).contains("it is wrong: "));
}

#[tokio::test]
async fn what_is_no_plain_file_counts_as_none() {
    let shop = Shop::new("").await;
    let (trigger, run) = shop
        .pushed(|folder| {
            std::fs::create_dir_all(folder.join(".weir")).unwrap();
            symlink("/etc/passwd", folder.join(".weir/pipeline.yaml")).unwrap();
        })
        .await;
    assert!(failure(&trigger, &run).contains("it is no plain file"));
    let (trigger, run) = shop
        .pushed(|folder| {
            std::fs::remove_file(folder.join(".weir/pipeline.yaml")).unwrap();
            std::fs::write(folder.join(".weir/pipeline.yaml"), "#".repeat((1 << 20) + 1)).unwrap();
        })
        .await;
    assert!(failure(&trigger, &run).contains("it has more than 1048576 bytes"));
}

#[tokio::test]
async fn a_fork_s_file_counts_only_where_that_is_said() {
    let requested = |head: &str| {
        let (head, base) = (
            json!({"ref": "mine", "sha": head, "repo": {"full_name": "eve/cart"}}),
            json!({"ref": "main", "sha": "0"}),
        );
        move |body: &mut Value| {
            body["action"] = json!("opened");
            body["number"] = json!(7);
            body["pull_request"] = json!({"title": "Mine", "head": head, "base": base});
        }
    };
    for (source, expected) in [("", "served"), ("forks: true", "commit")] {
        let shop = Shop::new(source).await;
        let commit = shop.remote.push_with("mine", writes(&own("said=served", "said=pushed")));
        let (run, over) = shop.tell(&commit, requested(&commit)).await;
        assert_eq!(shop.world.trigger(&run)["definition"], json!(expected));
        assert_eq!(said(&over), if expected == "served" { "served" } else { "pushed" });
    }
}

#[tokio::test]
async fn a_commit_that_cannot_be_had_fails_the_run() {
    let shop = Shop::new("").await;
    let unknown = "1".repeat(40);
    let (run, over) = shop.tell(&unknown, |_| {}).await;
    assert!(failure(&shop.world.trigger(&run), &over).contains("does not have the commit"));
    let nowhere = |body: &mut Value| body["repository"]["clone_url"] = json!("--upload-pack=touch /tmp/x");
    let (run, over) = shop.tell(&"2".repeat(40), nowhere).await;
    assert!(failure(&shop.world.trigger(&run), &over).contains("cannot be fetched"));
    let shop = Shop::new("repository: acme/other").await;
    let (run, over) = shop.tell(&unknown, |_| {}).await;
    assert_eq!((said(&over), &shop.world.trigger(&run)["definition"]), (&json!("served"), &json!("served")));
}

#[tokio::test]
async fn a_delivery_that_was_being_done_when_the_program_ended_may_come_again() {
    let Shop { mut world, .. } = Shop::new("").await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut body = push("main", 1);
    body["repository"]["clone_url"] = json!(format!("http://{}/cart.git", silent.local_addr().unwrap()));
    let delivery = genuine("push", "d1", &body);
    let mut sender = world.connect().await;
    sender.write_all(&delivery).await.unwrap();
    let (fetching, _) = silent.accept().await.unwrap();
    // Meanwhile it is here, and its sender has gone.
    drop(sender);
    assert_eq!(world.call(&delivery).await.0, 409);
    world = world.again().await;
    drop((fetching, silent));
    world.serve().await;
    assert_eq!(world.call(&delivery).await, (202, json!({"runs": ["shop-1"], "declined": []})));
    assert_eq!(world.call(&delivery).await.0, 409);
}

#[tokio::test]
async fn a_private_remote_that_is_polled_is_asked_with_the_source_s_secret() {
    let remote = Remote::new();
    let url = remote.serve_objects().await;
    let trigger = format!("{{git: {{url: '{url}/acme/cart.git', credentials: forge}}}}");
    let world = Triggered::new(&[("shop.yaml", served(&trigger, "secret: forge"))]).await;
    let secret = world.folder.path().join("secrets/forge");
    std::fs::create_dir_all(&secret).unwrap();
    std::fs::write(secret.join("username"), "robin\n").unwrap();
    std::fs::write(secret.join("password"), "letmein\n").unwrap();
    world.triggers.look().await;
    remote.push_with("main", writes(&own("said=served", "said=pushed")));
    world.triggers.look().await;
    let run = world.over("shop-1").await;
    assert_eq!((said(&run), &world.trigger("shop-1")["definition"]), (&json!("pushed"), &json!("commit")));
}
