//! Git remotes that are asked: a repository of git's own, served by HTTP as files.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::server::{Asked, Reply, Server};
use crate::triggered::{NOTHING, Triggered, file};

/// `robin:letmein` as a browser would send it.
const SIGNED_IN: &str = "Basic cm9iaW46bGV0bWVpbg==";

pub(crate) struct Remote {
    _folder: TempDir,
    work: PathBuf,
    pub(crate) bare: PathBuf,
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=ann",
        "-c",
        "user.email=ann@example.com",
        "-c",
        "init.defaultBranch=main",
    ]);
    command.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null");
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Remote {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (work, bare) = (folder.path().join("work"), folder.path().join("cart.git"));
        git(folder.path(), &["init", "-q", "work"]);
        git(folder.path(), &["init", "-q", "--bare", "cart.git"]);
        let this = Self { _folder: folder, work, bare };
        this.push("main");
        this
    }

    /// A new commit on a branch.
    pub(crate) fn push(&self, branch: &str) -> String {
        git(&self.work, &["commit", "-q", "--allow-empty", "-m", "Count"]);
        self.send(&format!("HEAD:refs/heads/{branch}"));
        git(&self.work, &["rev-parse", "HEAD"])
    }

    /// A new commit on a branch, with what `change` does in the sources.
    pub(crate) fn push_with(&self, branch: &str, change: impl FnOnce(&Path)) -> String {
        change(&self.work);
        git(&self.work, &["add", "--all"]);
        self.push(branch)
    }

    fn send(&self, what: &str) {
        git(&self.work, &["push", "-q", "--force", &self.bare.to_string_lossy(), what]);
        git(&self.bare, &["update-server-info"]);
    }

    /// Its files, for everybody, or for who signs in.
    pub(crate) async fn serve(&self, is_private: bool) -> Server {
        let bare = self.bare.clone();
        Server::new(move |_, asked| served(&bare, is_private, asked)).await
    }
}

impl Remote {
    /// All of it, objects too, for who signs in: its address.
    pub(crate) async fn serve_objects(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bare = self.bare.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let bare = bare.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await.unwrap() > 0 {}
                    let path = head.split([' ', '?']).nth(1).unwrap_or_default().to_owned();
                    let path = path.strip_prefix("/acme/cart.git/").unwrap_or_default();
                    let file = std::fs::read(bare.join(path));
                    let (status, body) = match file {
                        _ if !head.contains(SIGNED_IN) => {
                            ("401 -\r\nwww-authenticate: Basic realm=\"cart\"", vec![])
                        }
                        Ok(body) => ("200 -", body),
                        Err(_) => ("404 -", vec![]),
                    };
                    let length = body.len();
                    let head =
                        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
                    let _gone = stream.write_all(&[head.into_bytes(), body].concat()).await;
                });
            }
        });
        url
    }
}

fn served(bare: &Path, is_private: bool, asked: &Asked) -> Reply {
    if is_private && asked.header("authorization") != SIGNED_IN {
        return Some((401, "www-authenticate: Basic realm=\"cart\"\r\n", String::new()));
    }
    let path = asked.path.split('?').next().unwrap_or_default();
    let file = path.strip_prefix("/acme/cart.git/").map(|path| bare.join(path));
    match file.and_then(|file| std::fs::read_to_string(file).ok()) {
        Some(text) => Some((200, "content-type: text/plain\r\n", text)),
        None => Some((404, "", String::new())),
    }
}

async fn world(server: &Server, further: &str) -> Triggered {
    let trigger = format!("{{git: {{url: '{}/acme/cart.git', every: 10s, {further}}}}}", server.url);
    let world = Triggered::new(&[("shop.yaml", file("shop", &trigger, NOTHING))]).await;
    assert_eq!(world.problems, []);
    world
}

#[tokio::test]
async fn a_push_starts_a_run_and_what_was_there_before_does_not() {
    let remote = Remote::new();
    let server = remote.serve(false).await;
    let world = world(&server, "branches: [main]").await;
    world.triggers.look().await;
    assert_eq!(world.runs(), [""; 0]);
    let commit = remote.push("main");
    remote.push("feature");
    world.triggers.look().await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1"]);
    let trigger = world.trigger("shop-1");
    assert_eq!((&trigger["branch"], &trigger["commit"]), (&json!("main"), &json!(commit)));
    assert_eq!(trigger["cloneUrls"], json!([format!("{}/acme/cart.git", server.url)]));
    assert_eq!(trigger["repository"], json!("acme/cart"));
}

#[tokio::test]
async fn a_branch_that_is_deleted_starts_nothing_and_one_that_is_put_back_does() {
    let remote = Remote::new();
    let first = remote.push("release");
    let server = remote.serve(false).await;
    let world = world(&server, "branches: ['**']").await;
    world.triggers.look().await;
    remote.send(":refs/heads/release");
    world.triggers.look().await;
    assert_eq!(world.runs(), [""; 0]);
    let second = remote.push("main");
    world.triggers.look().await;
    for commit in [&first, &second] {
        remote.send(&format!("{commit}:refs/heads/main"));
        world.triggers.look().await;
    }
    let commits: Vec<_> = world.runs().iter().map(|run| world.trigger(run)["commit"].clone()).collect();
    assert_eq!(commits, [json!(second), json!(first), json!(second)]);
}

#[tokio::test]
async fn who_was_away_sees_what_was_pushed_meanwhile_once() {
    let remote = Remote::new();
    let server = remote.serve(false).await;
    let world = world(&server, "branches: [main]").await;
    world.triggers.look().await;
    let kept = std::fs::read(world.state()).unwrap();
    let folder = world.close().await;
    let commit = remote.push("main");
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    assert_eq!(world.trigger("shop-1")["commit"], json!(commit));
    world.over("shop-1").await;
    // Killed before it was stored what the remote has: the run's token tells.
    let folder = world.close().await;
    std::fs::write(folder.path().join("triggers.json"), kept).unwrap();
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1"]);
}

#[tokio::test]
async fn a_remote_of_few_is_asked_with_the_secret() {
    let remote = Remote::new();
    let server = remote.serve(true).await;
    let world = world(&server, "credentials: forge").await;
    world.triggers.look().await;
    assert_eq!(server.asked().len(), 0, "without the secret nobody is asked");
    let secret = world.folder.path().join("secrets/forge");
    std::fs::create_dir_all(&secret).unwrap();
    std::fs::write(secret.join("username"), "robin\n").unwrap();
    std::fs::write(secret.join("password"), "letmein\n").unwrap();
    world.triggers.look().await;
    let commit = remote.push("main");
    world.triggers.look().await;
    assert_eq!(world.trigger("shop-1")["commit"], json!(commit));
    let kept = std::fs::read_to_string(world.state()).unwrap();
    assert!(!kept.contains("letmein"), "{kept}");
}
