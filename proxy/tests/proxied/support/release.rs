//! A proxy of the Service `web` beside which a release runs, with what a controller says about it.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::eventually;
use super::manifest::{Service, file, ingress};
use super::proxy::Proxy;

/// A proxy of stable, canary and baseline, and the directory of the Canary's status.
pub(crate) struct Release {
    pub(crate) proxy: Proxy,
    state: TempDir,
    epoch: u64,
}

impl Release {
    /// Starts it without a split.
    pub(crate) async fn start(
        stable: &[SocketAddr],
        canary: &[SocketAddr],
        baseline: &[SocketAddr],
        flags: &[&str],
    ) -> Self {
        let object = json!({
            "apiVersion": "weir.dev/v1alpha1", "kind": "Canary", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"targetRef": {"name": "web"}, "service": "web", "strategy": {"canary": {"steps": [{"setWeight": 50}]}}},
        });
        let services = [
            Service::new("web", stable),
            Service::new("web-canary", canary),
            Service::new("web-baseline", baseline),
        ];
        let objects = file(&[ingress("", "/", "web"), format!("{object}\n---\n")], &services);
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().to_str().unwrap();
        let proxy = Proxy::start(&objects, &[&["--objects", folder], flags].concat()).await;
        Self { proxy, state, epoch: 0 }
    }

    /// Weights of canary and baseline in percent, and whatever else the split says. Waits until the proxy serves it.
    pub(crate) async fn split(&mut self, canary: u64, baseline: u64, more: Value) {
        self.epoch += 1;
        let track =
            |name: &str, weight| json!({"service": name, "revision": format!("{name}-r1"), "weight": weight});
        let mut split = json!({
            "epoch": self.epoch, "stableRevision": "web-r1",
            "canary": track("web-canary", canary), "baseline": track("web-baseline", baseline),
        });
        split.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.tell(&json!({"phase": "Progressing", "epoch": self.epoch, "split": split})).await;
    }

    async fn tell(&self, status: &Value) {
        let object = json!({
            "apiVersion": "weir.dev/v1alpha1", "kind": "Canary", "metadata": {"name": "web", "namespace": "shop"},
            "status": status,
        });
        let path = self.state.path().join("canary.shop.web.yaml");
        std::fs::write(path.with_extension("new"), object.to_string()).unwrap();
        std::fs::rename(path.with_extension("new"), path).unwrap();
        eventually("the epoch is served", || async {
            (self.proxy.report().await.epochs.get("shop/web") == Some(&self.epoch)).then_some(())
        })
        .await;
    }
}
