//! The controller as a process beside the cluster, under its own service account, with the injector between it and the API server.
//!
//! One that ends is started again at once, as by a kubelet without patience.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client as ApiClient, Config};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::oneshot;
use tokio::task::LocalSet;
use weir_cluster::program;
use weir_tests::client::Client;

use super::injector::{Asked, Fault, Plan, Shared, serve};
use crate::case::Case;
use crate::installed::{Installed, NAMESPACE, runtime, until};
use crate::proxies::ask;

/// Where its admin port is, in the cluster's network.
const ADMIN: &str = "127.0.0.1:19902";
/// What it is called, whichever process it is.
const IDENTITY: &str = "beside";

/// The running controller; it ends with this.
pub(crate) struct Beside {
    installed: &'static Installed,
    shared: Arc<Shared>,
    process: Arc<Process>,
    log: PathBuf,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Process {
    /// Its number; 0 while there is none.
    id: AtomicI32,
    starts: AtomicUsize,
}

impl Process {
    fn signal(&self, signal: Signal) {
        // One that has just ended needs no signal.
        let _ended = Pid::from_raw(self.id.load(Ordering::Acquire)).map(|id| kill_process(id, signal));
    }
}

impl Beside {
    /// Starts it; nothing goes wrong until a plan says so.
    pub(crate) fn start(case: &Case) -> Self {
        Self::start_with(case, Box::new(|_| None))
    }

    /// Starts it with this plan of what goes wrong.
    pub(crate) fn start_with(case: &Case, plan: Plan) -> Self {
        let installed = case.installed;
        let process = Arc::new(Process::default());
        let killed = Arc::clone(&process);
        let kill = Box::new(move || killed.signal(Signal::KILL));
        let shared = Arc::new(Shared { plan: Mutex::new(plan), asked: Mutex::default(), kill });
        let log = installed.node.folder().join(format!("{}.log", case.namespace));
        let (end, ended) = oneshot::channel();
        let running = (Arc::clone(&shared), Arc::clone(&process), log.clone());
        let token = installed.kubectl(&["create", "token", "weir-controller", "--duration=1h"]);
        let (started, starts) = channel();
        let thread = std::thread::spawn(move || {
            let (shared, process, log) = running;
            let run = move || {
                LocalSet::new().block_on(&runtime(), async move {
                    let client = client(installed, token.trim()).await;
                    let (bound, address) = oneshot::channel();
                    tokio::task::spawn_local(serve(client, shared, move |at| bound.send(at).unwrap()));
                    let address = address.await.unwrap();
                    started.send(()).unwrap();
                    keep(&process, address, &log, ended).await;
                });
            };
            installed.cluster.thread(run).unwrap();
        });
        starts.recv().unwrap();
        Self { installed, shared, process, log, end: Some(end), thread: Some(thread) }
    }

    /// From now on this goes wrong.
    pub(crate) fn plan(&self, plan: impl FnMut(&Asked) -> Option<Fault> + Send + 'static) {
        *self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(plan);
    }

    /// What it has asked of the API server so far, and what went wrong with that; not whether it is the one that acts.
    pub(crate) fn asked(&self) -> Vec<(Asked, Option<Fault>)> {
        let asked = self.shared.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().filter(|(asked, _)| !asked.target.contains("/leases")).cloned().collect()
    }

    /// How often it was started.
    pub(crate) fn starts(&self) -> usize {
        self.process.starts.load(Ordering::Acquire)
    }

    /// Sends a signal to the process.
    pub(crate) fn signal(&self, signal: Signal) {
        self.process.signal(signal);
    }

    /// Number of the process, as it is numbered here.
    pub(crate) fn id(&self) -> i32 {
        self.process.id.load(Ordering::Acquire)
    }

    /// What it has printed, in all its lives.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// What keeps it from its work, as its admin port has it, with every Canary; nothing while there is none to ask.
    pub(crate) fn problems(&self) -> String {
        let pages = ["/v1/problems", "/v1/canaries"];
        let asked = pages.map(|page| self.installed.inside(|| ask(ADMIN.parse().unwrap(), "admin", page)));
        asked.into_iter().filter_map(Result::ok).map(|answer| answer.body).collect()
    }

    /// Promotes the Canary `shop` of a case, as somebody would who may do that: as soon as somebody takes the command, and as often as nobody lived to answer it.
    pub(crate) fn promote(&self, case: &Case) {
        let request = format!(
            "POST /v1/canaries/{}/shop/promote HTTP/1.1\r\nhost: admin\r\ncontent-length: 0\r\n\r\n",
            case.namespace
        );
        until("the command to promote is taken", || {
            let asked = self.installed.inside(|| async {
                let mut client = Client::connect(ADMIN.parse().unwrap()).await?;
                client.send(&request).await?;
                client.answer().await
            });
            match asked {
                Ok(Some(answer)) if answer.status == 200 => Ok(()),
                other => Err(other.map(|answer| answer.map(|answer| answer.body))),
            }
        });
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ended = self.end.take().map(|end| end.send(()));
        let _panicked = self.thread.take().map(JoinHandle::join);
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let asked = self.asked();
            let asked = asked.iter().rev().take(30).rev();
            let asked: Vec<_> = asked.map(|(asked, fault)| (&asked.method, &asked.target, fault)).collect();
            crate::installed::say(&format!(
                "{}\n{asked:#?}",
                lines[lines.len().saturating_sub(60)..].join("\n")
            ));
        }
        let _gone = fs::remove_file(&self.log);
    }
}

/// Runs it, again and again, until it is told to end.
async fn keep(process: &Process, api: SocketAddr, log: &PathBuf, mut ended: oneshot::Receiver<()>) {
    let state = TempDir::new().unwrap();
    let kubeconfig = state.path().join("kubeconfig");
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "weir", "cluster": {"server": format!("http://{api}")}}],
        "users": [{"name": "weir", "user": {}}],
        "contexts": [{"name": "weir", "context": {"cluster": "weir", "user": "weir", "namespace": NAMESPACE}}],
        "current-context": "weir",
    });
    fs::write(&kubeconfig, config.to_string()).unwrap();
    loop {
        let log = fs::File::options().create(true).append(true).open(log).unwrap();
        let mut command = Command::new(program::built("weir-controller").unwrap());
        command.args(["--kubernetes", "--exit-with-parent", "--admin", ADMIN, "--state"]).arg(state.path());
        command.env("KUBECONFIG", &kubeconfig).env("WEIR_IDENTITY", IDENTITY).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut child = command.spawn().unwrap();
        let id = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
        process.id.store(id, Ordering::Release);
        process.starts.fetch_add(1, Ordering::AcqRel);
        tokio::select! {
            _ = child.wait() => {}
            _ = &mut ended => {
                process.id.store(0, Ordering::Release);
                // It may be frozen.
                process_ends(id);
                let _status = tokio::time::timeout(std::time::Duration::from_secs(5), child.wait()).await;
                return;
            }
        }
    }
}

fn process_ends(id: i32) {
    for signal in [Signal::CONT, Signal::TERM] {
        let _ended = Pid::from_raw(id).map(|id| kill_process(id, signal));
    }
}

/// A client that is the controller's service account.
async fn client(installed: &Installed, token: &str) -> ApiClient {
    let mut kubeconfig = Kubeconfig::read_from(installed.node.kubeconfig_inside()).unwrap();
    for user in kubeconfig.auth_infos.iter_mut().filter_map(|user| user.auth_info.as_mut()) {
        *user = serde_json::from_value(json!({"token": token})).unwrap();
    }
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    ApiClient::try_from(config).unwrap()
}
