//! `weir install`, `weir doctor` and `weir uninstall`, and what the API server refuses meanwhile: on a cluster of its own, since Weir is installed once.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use weir_cluster::{Cluster, Node, program};

use crate::installed::{NAMESPACE, say, until};

/// Before the images' names.
const REGISTRY: &str = "weir.test";
/// Kinds that come and go by themselves.
const FLEETING: [&str; 4] =
    ["events", "events.events.k8s.io", "leases.coordination.k8s.io", "componentstatuses"];

struct Fresh {
    cluster: Cluster,
}

impl Fresh {
    /// `None` where no cluster can be had, which was said.
    fn start() -> Option<Self> {
        // Says why there is none.
        Cluster::shared()?.own_or_skip("a cluster that nobody else uses")?;
        Some(Self { cluster: Cluster::fresh().unwrap() })
    }

    fn node(&self) -> &Node {
        self.cluster.node().unwrap()
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        self.cluster.kubectl(arguments).unwrap()
    }

    /// The command, for this cluster.
    fn weir(&self, arguments: &[&str]) -> Output {
        let mut weir = Command::new(program::built("weir").unwrap());
        weir.args(arguments).arg("--kubeconfig").arg(self.cluster.kubeconfig());
        weir.output().unwrap()
    }

    /// What it prints where it works.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.weir(arguments);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "weir {arguments:?}: {said}{error}");
        said
    }

    /// What doctor does not find right: check, state and sentence.
    fn wrong(&self) -> (bool, Vec<(String, String, String)>) {
        let output = self.weir(&["doctor", "-o", "json"]);
        let text = String::from_utf8_lossy(&output.stdout);
        let findings: Vec<Value> = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&output.stderr)));
        assert!(findings.len() > 12, "{findings:#?}");
        let of = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
        let wrong = findings.iter().filter(|finding| finding["state"] != "ok");
        let wrong = wrong.map(|finding| (of(finding, "check"), of(finding, "state"), of(finding, "found")));
        (output.status.code() == Some(0), wrong.collect())
    }

    /// Every object of the cluster, by kind, namespace and name.
    fn everything(&self) -> BTreeSet<String> {
        let kinds = self.kubectl(&["api-resources", "--verbs=list", "--output=name"]);
        let kinds: Vec<&str> = kinds.lines().filter(|kind| !FLEETING.contains(kind)).collect();
        let columns = "custom-columns=K:.kind,S:.metadata.namespace,N:.metadata.name";
        let listed = ["get", &kinds.join(","), "--all-namespaces", "--no-headers", "--output", columns];
        // Columns are as wide as their longest text, which says nothing of the others.
        let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        self.kubectl(&listed).lines().map(line).collect()
    }

    /// What the API server says to a Canary; `Ok`: it takes it.
    fn create(&self, canary: &Value) -> Result<String, String> {
        let file = self.node().folder().join("canary.json");
        fs::write(&file, canary.to_string()).unwrap();
        let file = file.display().to_string();
        let created = self.cluster.kubectl(["create", "--dry-run=server", "--filename", &file]);
        created.map_err(|error| format!("{error:#}"))
    }
}

fn canary(change: impl FnOnce(&mut Value)) -> Value {
    let mut canary = json!({
        "apiVersion": "weir.dev/v1alpha1",
        "kind": "Canary",
        "metadata": {"name": "shop", "namespace": "default"},
        "spec": {
            "targetRef": {"name": "shop"},
            "service": "shop",
            "strategy": {"canary": {"steps": [{"setWeight": 33.33}, {"analysis": {}}]}},
            "release": {"image": "registry.example/shop:v2"},
        },
    });
    change(&mut canary);
    canary
}

/// Each is refused, and the message says how to mend it. By CEL, or by the schema.
fn refused() -> Vec<(Value, &'static str)> {
    vec![
        (canary(|c| c["spec"]["targetRef"]["kind"] = "StatefulSet".into()), "only Deployments are released"),
        (canary(|c| c["spec"]["targetRef"]["name"] = "".into()), "name the Deployment"),
        (canary(|c| c["spec"]["service"] = "a".repeat(60).into()), "at most 54"),
        (canary(|c| c["spec"]["service"] = "Shop".into()), "lower case letters"),
        (canary(|c| c["metadata"]["name"] = "a".repeat(64).into()), "more than 63 characters"),
        (canary(|c| c["spec"]["release"]["image"] = "".into()), "name the image"),
        (canary(|c| c["spec"]["release"]["image"] = "a b".into()), "name the image"),
        (canary(|c| c["spec"]["strategy"] = json!({})), "give exactly one strategy"),
        (canary(|c| c["spec"]["strategy"]["blueGreen"] = json!({})), "give exactly one strategy"),
        (
            canary(|c| c["spec"]["strategy"] = json!({"rollingBlueGreen": {"targetPercentages": [50]}})),
            "end with 100",
        ),
        (canary(|c| c["spec"]["strategy"]["canary"]["steps"] = json!([])), "give either steps"),
        (canary(|c| c["spec"]["strategy"]["canary"]["steps"][0] = json!({})), "steps[0]"),
        (canary(|c| c["spec"]["strategy"]["canary"]["steps"][0]["setWeight"] = json!(0.001)), "two decimals"),
        (canary(|c| c["spec"]["strategy"]["canary"] = json!({"ramp": {"from": 0.005}})), "two decimals"),
        (canary(|c| c["spec"]["strategy"]["canary"]["steps"][0]["setWeight"] = json!(101)), "100"),
        (canary(|c| c["spec"]["analysis"] = json!({"falseAbortPercent": 99.0})), "from 0.001 to 50"),
        (
            canary(|c| c["spec"]["analysis"] = json!({"errors": {"margin": {}, "tolerance": {}}})),
            "relativePercent or absolutePercent",
        ),
    ]
}

#[test]
fn weir_is_installed_found_right_or_wrong_and_removed() {
    let Some(fresh) = Fresh::start() else { return };
    let before = fresh.everything();
    for name in ["weir-proxy", "weir-controller"] {
        let version = env!("CARGO_PKG_VERSION");
        let image = format!("{REGISTRY}/{name}:{version}");
        fresh.node().load_by_dockerfile(&image, &program::built(name).unwrap()).unwrap();
    }
    let said = fresh.done(&["install", "--image-registry", REGISTRY, "--timeout", "2m"]);
    say(said.trim());
    assert!(said.contains("weir-proxy: 3 of 3 ready"), "{said}");
    let labels = fresh.kubectl(&["get", "namespace", NAMESPACE, "--show-labels"]);
    assert!(labels.contains("pod-security.kubernetes.io/enforce=restricted"), "{labels}");
    until("doctor finds nothing wrong", || match fresh.wrong() {
        (true, wrong) if wrong.is_empty() => Ok(()),
        (_, wrong) => Err(wrong),
    });

    refuses_what_cannot_be_followed(&fresh);
    names_what_is_broken(&fresh);
    keeps_what_a_release_is_about(&fresh);

    let said = fresh.done(&["install", "--image-registry", REGISTRY, "--timeout", "2m"]);
    say(said.trim());
    let said = fresh.done(&["install", "--image-registry", REGISTRY]);
    assert!(said.contains(" 0 made, 0 changed"), "a second time nothing changes: {said}");

    // A finalizer of ours that no controller takes away keeps nothing.
    let said = fresh.done(&["uninstall", "--purge", "--force", "--timeout", "110s"]);
    say(said.trim());
    until("nothing stays, and nothing of others is gone", || {
        let after = fresh.everything();
        // Kubernetes makes some of its own a while after its start.
        let left = after.difference(&before).filter(|one| one.contains("weir"));
        let different: Vec<String> = before.difference(&after).chain(left).cloned().collect();
        if different.is_empty() { Ok(()) } else { Err(different) }
    });
}

fn refuses_what_cannot_be_followed(fresh: &Fresh) {
    fresh.create(&canary(|_| ())).unwrap();
    for (canary, part) in refused() {
        let error = fresh.create(&canary).expect_err(part);
        assert!(error.contains(part), "{part:?} in {error}");
        assert!(!error.contains("webhook"), "CEL and schema say it: {error}");
    }
    let long = canary(|c| {
        c["spec"]["strategy"]["canary"]["steps"][1]["analysis"] =
            json!({"minDuration": "2m", "maxDuration": "1m"});
    });
    let error = fresh.create(&long).expect_err("only the webhook reads durations");
    assert!(error.contains("webhook") && error.contains("is shorter than minDuration"), "{error}");
}

fn names_what_is_broken(fresh: &Fresh) {
    fresh.kubectl(&["delete", "clusterrolebinding", "weir-proxy-tell"]);
    fresh.kubectl(&["--namespace", NAMESPACE, "scale", "deployment/weir-controller", "--replicas=0"]);
    let wrong = until("doctor names what was broken", || {
        let (is_right, wrong) = fresh.wrong();
        let names = |check: &str, part: &str| {
            wrong
                .iter()
                .any(|(found, state, sentence)| found == check && state == "fail" && sentence.contains(part))
        };
        let all = !is_right
            && names("objects", "weir-proxy-tell")
            && names("rights", "weir-proxy may not")
            && names("controller", "scaled to 0")
            && names("leader", "no controller is ready");
        if all { Ok(wrong) } else { Err(wrong) }
    });
    say(&format!("{wrong:#?}"));
    let text = fresh.weir(&["doctor"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("fix: weir install"), "{text}");
}

/// With no controller there that would write the status too.
fn keeps_what_a_release_is_about(fresh: &Fresh) {
    let file = fresh.node().folder().join("stored.json");
    fs::write(&file, canary(|_| ()).to_string()).unwrap();
    fresh.kubectl(&["create", "--filename", &file.display().to_string()]);
    let status = r#"{"status": {"phase": "Progressing"}}"#;
    fresh.kubectl(&["patch", "canary", "shop", "--subresource=status", "--type=merge", "--patch", status]);
    let patch =
        |patch: &str| fresh.cluster.kubectl(["patch", "canary", "shop", "--type=merge", "--patch", patch]);
    let error = format!("{:#}", patch(r#"{"spec": {"service": "other"}}"#).unwrap_err());
    assert!(error.contains("cannot change while a release goes on"), "{error}");
    patch(r#"{"spec": {"release": {"image": "registry.example/shop:v3"}}}"#).unwrap();
    let held = r#"{"metadata": {"finalizers": ["weir.dev/held"]}}"#;
    patch(held).unwrap();
    let going = fresh.weir(&["uninstall"]);
    let error = String::from_utf8_lossy(&going.stderr).into_owned();
    assert!(going.status.code() == Some(64) && error.contains("default/shop"), "{error}");
}
