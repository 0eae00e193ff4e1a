//! A cluster with Weir in it, installed as a user would: images, an overlay over `manifests/base`, `kubectl apply -k`.

use std::fmt::Debug;
use std::fs;
use std::future::{Future, ready};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

use serde_json::Value;
use weir_cluster::{Cluster, Node, program};
pub(crate) use weir_tests::eventually::DEADLINE;
use weir_tests::eventually::eventually;

use crate::api;

/// [`DEADLINE`] for kubectl.
pub(crate) const WITHIN: &str = "--timeout=300s";
const _: () = assert!(DEADLINE.as_secs() == 300, "kubectl waits for as long as everybody");
/// Where Weir is installed.
pub(crate) const NAMESPACE: &str = "weir-system";
/// How many proxies the manifests ask for.
pub(crate) const PROXIES: usize = 3;

/// When this process began, as progress has it.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The cluster, with Weir running in it.
pub(crate) struct Installed {
    pub(crate) cluster: &'static Cluster,
    pub(crate) node: &'static Node,
    /// Image of the sample upstream.
    pub(crate) upstream: String,
    /// The Service of the proxies.
    pub(crate) service: SocketAddr,
    /// Image of the controller, once a case has asked for it.
    pub(crate) controller: OnceLock<String>,
    /// Image of a pipeline's commands, likewise.
    pub(crate) commands: OnceLock<String>,
}

impl Installed {
    /// Installs it.
    pub(crate) fn on(cluster: &'static Cluster, node: &'static Node) -> Self {
        say("the cluster is ready; building images");
        let proxy = node.load(&program::built("weir-proxy").unwrap()).unwrap();
        let upstream = node.load(&program::built("weir-load").unwrap()).unwrap();
        let overlay = overlay(node, "base", &proxy);
        cluster.kubectl(["apply", "--kustomize", &overlay]).unwrap();
        let service =
            ["get", "service", "weir-proxy", "--namespace", NAMESPACE, "-o", "jsonpath={.spec.clusterIP}"];
        let service: IpAddr = cluster.kubectl(service).unwrap().parse().unwrap();
        let service = SocketAddr::new(service, 80);
        let [controller, commands] = [OnceLock::new(), OnceLock::new()];
        let installed = Self { cluster, node, upstream, service, controller, commands };
        installed.wait_for_proxies();
        // The node takes a moment to serve a new Service.
        installed.inside(|| {
            eventually("the proxies' Service answers", || tokio::net::TcpStream::connect(service))
        });
        say("weir is installed, and its proxies are ready");
        installed
    }

    /// kubectl where Weir is installed.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        self.cluster.kubectl([&["--namespace", NAMESPACE], arguments].concat()).unwrap()
    }

    /// What the API server has at this path, which is there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let found = api::get(self.cluster.kubeconfig(), path).unwrap();
        found.unwrap_or_else(|| panic!("there is no {path}"))
    }

    /// The pods of one of Weir's programs; those that another case had may still be ending.
    pub(crate) fn pods(&self, program: &str) -> Vec<Value> {
        let selector = format!("app.kubernetes.io/name={program}");
        self.get(&api::selected(NAMESPACE, "pods", &selector))["items"].as_array().unwrap().clone()
    }

    /// The same without those that end.
    pub(crate) fn pods_that_stay(&self, program: &str) -> Vec<Value> {
        let mut pods = self.pods(program);
        pods.retain(|pod| pod["metadata"]["deletionTimestamp"].is_null());
        pods
    }

    /// Who has this lease: the one that leads. Empty: nobody.
    pub(crate) fn holder(&self, lease: &str) -> String {
        let lease = self.get(&format!("{}/{lease}", api::path(NAMESPACE, "leases")));
        lease["spec"]["holderIdentity"].as_str().unwrap_or_default().to_owned()
    }

    /// Runs a future on a thread in the cluster's network.
    pub(crate) fn inside<T: Send, F: Future<Output = T>>(&self, future: impl FnOnce() -> F + Send) -> T {
        self.cluster.thread(|| runtime().block_on(future())).unwrap()
    }

    /// For whoever looks for the reason of a failure: the proxies' pods, and what they said last.
    pub(crate) fn tell(&self) {
        for command in [
            &["get", "pods", "-o", "wide"][..],
            &["get", "events", "--sort-by=.lastTimestamp"],
            &["logs", "--selector=app.kubernetes.io/name=weir-proxy", "--prefix", "--tail=15"],
            &["logs", "--selector=app.kubernetes.io/name=weir-proxy", "--prefix", "--tail=15", "--previous"],
        ] {
            let seen = self.cluster.kubectl([&["--namespace", NAMESPACE], command].concat());
            let _ = writeln!(std::io::stderr(), "{}", seen.unwrap_or_else(|error| format!("{error:#}")));
        }
    }

    /// Waits until every proxy of the present generation is ready.
    pub(crate) fn wait_for_proxies(&self) {
        self.kubectl(&["rollout", "status", "deployment/weir-proxy", WITHIN]);
    }

    /// As `wait_for_proxies`, and until those of earlier generations, which still end, are gone.
    pub(crate) fn wait_for_only_proxies(&self) {
        self.wait_for_proxies();
        until("every proxy of before is gone", || {
            let pods = self.pods("weir-proxy").len();
            if pods == PROXIES { Ok(()) } else { Err(pods) }
        });
    }
}

/// A runtime of one thread, so that its sockets are where the thread is.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Looks until `look` gives `Ok`.
pub(crate) fn until<T, E: Debug>(what: &str, mut look: impl FnMut() -> Result<T, E>) -> T {
    runtime().block_on(eventually(what, || ready(look())))
}

/// Progress, past the test harness, which hides what passing tests print.
pub(crate) fn say(text: &str) {
    let seconds = BEGAN.elapsed().as_secs();
    let _ = writeln!(std::io::stderr(), "  {:2}:{:02}  {text}", seconds / 60, seconds % 60);
}

/// Whether the run may take its time: outages of a minute, ten thousand Ingresses.
pub(crate) fn asked_for(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| !matches!(value.as_str(), "" | "0" | "false"))
}

/// Folder of a kustomization over one of `manifests` that says where its image is, as every installation has one.
pub(crate) fn overlay(node: &Node, of: &str, image: &str) -> String {
    let (name, tag) = image.rsplit_once(':').unwrap();
    let program = name.rsplit('/').next().unwrap();
    let folder = node.folder().join("install").join(of);
    fs::create_dir_all(&folder).unwrap();
    let list = if of.starts_with("components/") { "components" } else { "resources" };
    let text = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n{list}: [{}]\nimages: [{{name: {program}, newName: {name}, newTag: {tag}}}]\n",
        relative(&folder.canonicalize().unwrap(), &manifests().join(of).canonicalize().unwrap())
    );
    fs::write(folder.join("kustomization.yaml"), text).unwrap();
    folder.display().to_string()
}

/// The manifests under test.
pub(crate) fn manifests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests"))
}

/// kustomize takes no absolute paths.
pub(crate) fn relative(from: &Path, to: &Path) -> String {
    let up = "../".repeat(from.components().count() - 1);
    format!("{up}{}", to.strip_prefix("/").unwrap().display())
}
