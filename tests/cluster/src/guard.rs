//! The process outside that stands between the starter and the cluster. It lives as long as its standard input is open, so the starter's end,
//! however it comes, is seen at once; then it ends the namespaces and removes what they do not take along: control groups and a folder.
//!
//! ```text
//! starter --pipe--> guard --pipe--> unshare -> init (PID 1 of the namespaces) -> supervisor -> the programs of the cluster
//! ```
//! When the guard itself is killed, its pipe closes too and the supervisor ends; control groups and folder wait for the next sweep then.

pub mod cgroups;
pub mod leftovers;
mod relay;

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines, Stdin};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::signal::unix::{SignalKind, signal};

use crate::control::{Announcement, Answer};
use crate::inside::Site;

/// How all control groups and folders of clusters begin; the guard's process id follows.
pub(crate) const PREFIX: &str = "weir-cluster.";
/// File in the cluster's folder with the process id of init, as it is seen outside.
pub(crate) const INIT: &str = "init";

/// Namespaces that have not ended after this time are killed.
const END_DEADLINE: Duration = Duration::from_secs(5);

/// Runs one cluster until standard input ends, the cluster does, or somebody asks for it (SIGTERM).
pub fn run() -> Result<()> {
    leftovers::sweep()?;
    let name = format!("{PREFIX}{}", std::process::id());
    let folder = std::env::temp_dir().join(&name);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let guarded = runtime.block_on(guard(&name, &folder));
    cgroups::remove(&name);
    let removed = fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()));
    if let Err(error) = &guarded {
        // Nobody may be left to hear it.
        let _ = Answer::Failed(format!("{error:#}")).send();
    }
    // A thread still reads standard input, and the runtime would wait for it.
    std::process::exit(i32::from(guarded.is_err() || removed.is_err()));
}

async fn guard(name: &str, folder: &Path) -> Result<()> {
    fs::DirBuilder::new().mode(0o700).create(folder).with_context(|| folder.display().to_string())?;
    cgroups::create(name)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let site = Site { folder: folder.to_owned(), cgroup: name.to_owned(), relay: listener.local_addr()? };
    let mut terminated = signal(SignalKind::terminate())?;
    let mut namespaces = Namespaces::start(&site)?;
    let mut relay = Some(listener);
    let mut requests = BufReader::new(tokio::io::stdin()).lines();
    loop {
        tokio::select! {
            request = next(&mut requests) => match request {
                Some(request) => namespaces.ask(&request).await?,
                None => break,
            },
            answer = namespaces.answers.next_line() => match answer? {
                Some(answer) => match (serde_json::from_str(&answer)?, relay.take()) {
                    (Answer::Done, Some(listener)) => namespaces.announce(listener, folder)?.send()?,
                    (answer, _) => answer.send()?,
                },
                None => break,
            },
            _ = terminated.recv() => break,
        }
    }
    namespaces.end().await
}

async fn next(lines: &mut Lines<BufReader<Stdin>>) -> Option<String> {
    lines.next_line().await.ok().flatten()
}

/// The namespaces, by the process that made them.
struct Namespaces {
    unshare: Child,
    requests: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Namespaces {
    /// Not by `ip netns exec`: that replaces /sys, and with it the control groups.
    fn start(site: &Site) -> Result<Self> {
        let mut command = Command::new("unshare");
        command.args([
            "--net",
            "--mount",
            "--pid",
            "--ipc",
            "--uts",
            "--mount-proc",
            "--fork",
            "--kill-child",
        ]);
        command.arg(std::env::current_exe()?).arg("init").args(site.arguments());
        let log = File::create(site.folder.join("inside.log"))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut unshare = command.spawn().context("cannot start unshare")?;
        let (requests, answers) =
            unshare.stdin.take().zip(unshare.stdout.take()).context("unshare has two pipes")?;
        Ok(Self { unshare, requests, answers: BufReader::new(answers).lines() })
    }

    async fn ask(&mut self, request: &str) -> Result<()> {
        Ok(self.requests.write_all(format!("{request}\n").as_bytes()).await?)
    }

    /// The cluster is ready: what the starter wants to know.
    fn announce(&self, listener: TcpListener, folder: &Path) -> Result<Answer> {
        let init = self.init()?;
        fs::write(folder.join(INIT), init.to_string())?;
        relay::start(listener, File::open(network_namespace(init))?)?;
        Ok(Answer::Running(Announcement { folder: folder.to_owned(), init }))
    }

    /// The only child of unshare.
    fn init(&self) -> Result<u32> {
        let unshare = self.unshare.id().context("unshare has ended")?;
        let children = fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children"))?;
        children.trim().parse().with_context(|| format!("unshare has the children {children:?}"))
    }

    async fn end(self) -> Result<()> {
        let Self { mut unshare, requests, answers } = self;
        drop((requests, answers));
        if tokio::time::timeout(END_DEADLINE, unshare.wait()).await.is_err() {
            unshare.kill().await?;
        }
        Ok(())
    }
}

/// The file by which a thread or a program enters the network of the namespaces.
pub(crate) fn network_namespace(init: u32) -> PathBuf {
    PathBuf::from(format!("/proc/{init}/ns/net"))
}
