//! One case: its turn, a namespace of its own, and sample upstreams in it.

use std::fs;
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::api;
use crate::installed::{Installed, WITHIN, say, until};
use crate::objects;
use crate::proxies::{Proxy, ask, said};
use crate::turns::Turn;

/// A case whose turn it is. Its namespace is removed with it.
pub(crate) struct Case {
    pub(crate) installed: &'static Installed,
    pub(crate) namespace: String,
    /// A host of its own.
    pub(crate) host: String,
    name: &'static str,
    _turn: Turn,
}

impl Case {
    /// Waits for its turn. `None` where no cluster can be had, which was said.
    pub(crate) fn begin(name: &'static str) -> Option<Self> {
        let turn = Turn::take()?;
        let installed = turn.installed()?;
        say(&format!("{name}: begins"));
        let namespace = format!("{name}-{}", std::process::id());
        installed.cluster.kubectl(["create", "namespace", &namespace]).unwrap();
        let host = format!("{name}.test");
        Some(Self { installed, namespace, host, name, _turn: turn })
    }

    /// Progress.
    pub(crate) fn say(&self, text: &str) {
        say(&format!("{}: {text}", self.name));
    }

    /// kubectl in its namespace.
    pub(crate) fn try_kubectl(&self, arguments: &[&str]) -> anyhow::Result<String> {
        self.installed.cluster.kubectl([&["--namespace", self.namespace.as_str()], arguments].concat())
    }

    /// The same for what must work.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> String {
        self.try_kubectl(arguments).unwrap()
    }

    /// One of its objects, by the plural of its kind; `None`: there is none.
    pub(crate) fn object(&self, kind: &str, name: &str) -> Option<Value> {
        let path = format!("{}/{name}", api::path(&self.namespace, kind));
        api::get(self.installed.cluster.kubeconfig(), &path).unwrap()
    }

    /// All of a kind that these labels select.
    pub(crate) fn objects(&self, kind: &str, selector: &str) -> Vec<Value> {
        self.installed.get(&api::selected(&self.namespace, kind, selector))["items"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// `kubectl apply`.
    pub(crate) fn apply(&self, objects: &[Value]) {
        self.kubectl(&["apply", "--filename", &self.written(objects)]);
    }

    /// `kubectl create`, which does not write the object down a second time, in an annotation.
    pub(crate) fn create(&self, objects: &[Value]) -> anyhow::Result<String> {
        self.try_kubectl(&["create", "--filename", &self.written(objects)])
    }

    /// The same for objects that name their namespace.
    pub(crate) fn create_anywhere(&self, objects: &[Value]) {
        self.installed.cluster.kubectl(["create", "--filename", &self.written(objects)]).unwrap();
    }

    /// A file with these objects.
    pub(crate) fn written(&self, objects: &[Value]) -> String {
        let file = self.installed.node.folder().join(format!("{}.json", self.namespace));
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
        fs::write(&file, list.to_string()).unwrap();
        file.display().to_string()
    }

    /// A Deployment and a Service `name` of sample upstreams that call themselves `name`, for each of these, with so many pods; all are ready.
    pub(crate) fn upstreams(&self, upstreams: &[(&str, usize)]) {
        let objects: Vec<Value> = upstreams
            .iter()
            .flat_map(|(name, pods)| objects::upstream(name, *pods, &self.installed.upstream))
            .collect();
        self.apply(&objects);
        for (name, _) in upstreams {
            self.kubectl(&["rollout", "status", &format!("deployment/{name}"), WITHIN]);
        }
    }

    /// An Ingress `name` of the class weir that sends `path` of this case's host to the Service `service`.
    pub(crate) fn ingress(&self, name: &str, path: &str, service: &str) -> Value {
        objects::ingress(name, &self.host, path, service)
    }

    /// Every proxy that is ready and stays.
    pub(crate) fn proxies(&self) -> Vec<Proxy> {
        Proxy::all(self.installed)
    }

    /// Waits until every proxy answers `path` as `expected` has it: with the upstream of this name, or with this status.
    pub(crate) fn everywhere(&self, path: &str, expected: &str) {
        for proxy in self.proxies() {
            until(&format!("{} answers {}{path} with {expected}", proxy.name, self.host), || {
                let seen = self.answer(proxy.http(), &self.host, path);
                if seen == expected { Ok(()) } else { Err(seen) }
            });
        }
    }

    /// Who answers one request that any of the proxies may get.
    pub(crate) fn answered_by(&self, host: &str, path: &str) -> String {
        self.answer(self.installed.service, host, path)
    }

    /// Who answers one request at this address.
    pub(crate) fn answer(&self, address: SocketAddr, host: &str, path: &str) -> String {
        self.installed.inside(|| async {
            ask(address, host, path).await.map_or_else(|error| error.to_string(), |answer| said(&answer))
        })
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        let result = if std::thread::panicking() { "FAILED" } else { "holds" };
        self.say(result);
        if std::thread::panicking() {
            self.installed.tell();
        }
        // The cluster may be gone before it.
        let delete = ["delete", "namespace", &self.namespace, "--wait=false"];
        let _ = self.installed.cluster.kubectl(delete);
    }
}
