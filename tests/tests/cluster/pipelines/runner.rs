//! The runner of pipelines, as its manifests have it: in the namespace of the case, with a volume that the test sees.

use std::fmt::Write;
use std::fs;
use std::future::ready;
use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};
use weir_tests::eventually::within;
use weir_tests::hooks::ask;

use super::ci_image;
use super::state::State;
use crate::case::Case;
use crate::installed::{DEADLINE, WITHIN, manifests, relative, runtime, until};

/// Where its image has the command.
const WEIR: &str = "/usr/local/bin/weir";
/// Its pods.
const SELECTOR: &str = "--selector=app.kubernetes.io/name=weir-pipelines";

/// The runner. Its volume goes with it.
pub(super) struct Runner<'c> {
    pub(super) case: &'c Case,
    hooks: SocketAddr,
}

impl<'c> Runner<'c> {
    /// Installs it, and waits until it listens.
    pub(super) fn begin(case: &'c Case, image: &str, state: &State) -> Self {
        let namespace = &case.namespace;
        // A cluster of tests has nobody who makes volumes.
        let volume = json!({
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": namespace},
            "spec": {
                "capacity": {"storage": "20Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "",
                "persistentVolumeReclaimPolicy": "Retain", "hostPath": {"path": state.host_path()},
            },
        });
        case.create_anywhere(&[volume]);
        let overlay = overlay(case, image);
        case.installed.cluster.kubectl(["apply", "--kustomize", &overlay]).unwrap();
        case.kubectl(&["rollout", "status", "deployment/weir-pipelines", WITHIN]);
        let address = ["get", "service", "weir-pipelines", "-o", "jsonpath={.spec.clusterIP}"];
        let address: IpAddr = case.kubectl(&address).parse().unwrap();
        Self { case, hooks: SocketAddr::new(address, 80) }
    }

    /// With a volume of its own, for pipelines that need nothing else of the world. `None` where programs are missing, which was said.
    pub(super) fn alone(case: &'c Case) -> Option<(State, Self)> {
        let image = ci_image::loaded(case.installed)?;
        let state = State::new(case.installed.node).unwrap();
        let runner = Self::begin(case, image, &state);
        Some((state, runner))
    }

    /// Sends a request, and reads the answer: its status, and what it says. Where nobody listens just now, it is sent again, as forges do.
    pub(super) fn tell(&self, request: &str) -> (u16, Value) {
        until("the runner answers", || {
            self.case.installed.inside(|| async {
                let answer = ask(self.hooks, request).await.map_err(|error| error.to_string())?;
                Ok::<_, String>((answer.status, serde_json::from_str(&answer.body).unwrap_or_default()))
            })
        })
    }

    /// `weir pipeline`, in its pod.
    pub(super) fn try_weir(&self, arguments: &[&str]) -> Result<String, String> {
        let exec = ["exec", "deployment/weir-pipelines", "--", WEIR, "pipeline"];
        let said = self.case.try_kubectl(&[&exec[..], arguments].concat());
        said.map_err(|error| format!("{error:#}"))
    }

    /// The same, where its pod may be one that has just been killed.
    pub(super) fn weir(&self, arguments: &[&str]) -> String {
        until("the runner's pod runs a command", || self.try_weir(arguments))
    }

    /// A run, once it looks like this.
    pub(super) fn once(&self, run: &str, what: &str, looks: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{run} {what}"), || {
            let found = self.case.object("pipelineruns", run).unwrap_or_default();
            if looks(&found["status"]) { Ok(found["status"].clone()) } else { Err(short(&found["status"])) }
        })
    }

    /// The run once it is over.
    pub(super) fn over(&self, run: &str) -> Value {
        // Eight pods one after the other, each with a start of its own, on a machine that is busy with other tests.
        let look = || {
            let found = self.case.object("pipelineruns", run).unwrap_or_default();
            let status = found["status"].clone();
            ready(if status["ended"].is_string() { Ok(status) } else { Err(short(&found["status"])) })
        };
        runtime().block_on(within(3 * DEADLINE, &format!("{run} is over"), look))
    }

    /// Kills it (SIGKILL): the next one is another pod.
    pub(super) fn kill(&self) {
        self.case.kubectl(&["delete", "pods", SELECTOR, "--grace-period=0", "--force", "--wait=false"]);
    }

    /// What is left of steps: pods and Secrets.
    pub(super) fn left(&self) -> String {
        self.case.kubectl(&[
            "get",
            "pods,secrets",
            "--selector=app.kubernetes.io/managed-by=weir-pipelines",
            "-o",
            "name",
        ])
    }
}

impl Drop for Runner<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for command in [
                &["get", "pods", "-o", "wide"][..],
                &["get", "events", "--sort-by=.lastTimestamp"],
                &["logs", SELECTOR, "--prefix", "--tail=60"],
                &["get", "pipelines.weir.dev,pipelineruns.weir.dev", "-o", "yaml"],
            ] {
                let seen = self.case.try_kubectl(command);
                eprintln!("{}", seen.unwrap_or_else(|error| format!("{error:#}")));
            }
        }
        let cluster = self.case.installed.cluster;
        let _ = cluster.kubectl(["delete", "persistentvolume", &self.case.namespace, "--wait=false"]);
    }
}

/// A line a stage.
fn short(status: &Value) -> String {
    let mut text = format!("{} {}\n", status["status"], status["message"]);
    for stage in status["stages"].as_array().into_iter().flatten() {
        let _ = writeln!(
            text,
            "  {} {} {} {}",
            stage["name"], stage["status"], stage["attempt"], stage["message"]
        );
    }
    text
}

/// What an installation of its own says: where it is, its image, and its volume.
fn overlay(case: &Case, image: &str) -> String {
    let namespace = &case.namespace;
    let (name, tag) = image.rsplit_once(':').unwrap();
    let folder = case.installed.node.folder().join("install").join(namespace);
    fs::create_dir_all(&folder).unwrap();
    let manifests = manifests().join("pipelines").canonicalize().unwrap();
    let resource = relative(&folder.canonicalize().unwrap(), &manifests);
    let claim = json!([
        {"op": "add", "path": "/spec/storageClassName", "value": ""},
        {"op": "add", "path": "/spec/volumeName", "value": namespace},
    ]);
    // The image of the tests has no entry point.
    let command = json!([{"op": "add", "path": "/spec/template/spec/containers/0/command", "value": [WEIR]}]);
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "namespace": namespace, "resources": [resource],
        "images": [{"name": "weir-pipelines", "newName": name, "newTag": tag}],
        "patches": [
            {"target": {"kind": "PersistentVolumeClaim"}, "patch": claim.to_string()},
            {"target": {"kind": "Deployment"}, "patch": command.to_string()},
        ],
    });
    fs::write(folder.join("kustomization.yaml"), kustomization.to_string()).unwrap();
    folder.display().to_string()
}
