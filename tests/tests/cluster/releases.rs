//! The controller in the cluster, installed from `manifests/controller`, and a Deployment that it releases.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use weir_cluster::program;

use crate::case::Case;
use crate::installed::{NAMESPACE, WITHIN, overlay, until};
use crate::objects;
use crate::told::told;

/// Pods of stable.
const PODS: usize = 2;
/// What was made for a release.
const MADE: [&str; 4] = ["deployments", "services", "replicasets", "pods"];

/// Steps of a release that is judged once and goes through two weights: some ten seconds.
pub(crate) fn judged() -> Value {
    json!([
        {"setWeight": 20},
        {"analysis": {"maxDuration": "60s", "onInsufficient": "abort"}},
        {"setWeight": 50},
        {"pause": {"duration": "1s"}},
    ])
}

/// The Deployment, Service and Canary `shop` of a case, with the controller running.
pub(crate) struct Releases<'c> {
    case: &'c Case,
}

impl<'c> Releases<'c> {
    /// Starts the controller, and deploys version v1.
    pub(crate) fn begin(case: &'c Case) -> Self {
        Self::controller(case);
        let releases = Self::deploy(case);
        releases.until_followed();
        releases
    }

    /// Starts the controller.
    pub(crate) fn controller(case: &Case) {
        install(case, None);
        case.installed.kubectl(&["rollout", "status", "deployment/weir-controller", WITHIN]);
    }

    /// Deploys version v1 where the controller has its rights and is not in the cluster, but beside it.
    pub(crate) fn without_controller(case: &'c Case) -> Self {
        install(case, Some(0));
        Self::deploy(case)
    }

    fn deploy(case: &'c Case) -> Self {
        let releases = Self { case };
        case.apply(&objects::versioned("shop", PODS, &image(case, "v1", "0%"), &[]));
        case.kubectl(&["rollout", "status", "deployment/shop", WITHIN]);
        case.apply(&[
            case.ingress("shop", "/shop", "shop"),
            Releases::canary(&json!([{"setWeight": 20}]), None),
        ]);
        case.everywhere("/shop", "v1");
        releases
    }

    /// Waits until the controller has seen the Canary.
    pub(crate) fn until_followed(&self) {
        until("the controller follows the Canary", || self.is_in("Idle"));
    }

    /// Releases an image by these steps.
    pub(crate) fn release(&self, steps: &Value, image: &str) {
        self.release_with(steps, image, &json!({}));
    }

    /// The same with these fields of the spec instead of its own.
    pub(crate) fn release_with(&self, steps: &Value, image: &str, spec: &Value) {
        let mut canary = Self::canary(steps, Some(image));
        let fields = canary["spec"].as_object_mut().unwrap();
        fields.extend(spec.as_object().unwrap().clone());
        self.case.apply(&[canary]);
    }

    /// The same with at most so many failed requests of users.
    pub(crate) fn release_within(&self, steps: &Value, image: &str, failed_requests: u64) {
        let mut canary = Self::canary(steps, Some(image));
        canary["spec"]["analysis"]["failureBudget"] = json!({"failedRequests": failed_requests});
        self.case.apply(&[canary]);
    }

    /// Takes what is to be released back.
    pub(crate) fn withdraw(&self) {
        self.case.kubectl(&[
            "patch",
            "canary",
            "shop",
            "--type=merge",
            "--patch",
            r#"{"spec": {"release": null}}"#,
        ]);
    }

    /// The judge asks about errors only, and is content with few requests; what does not come by itself is not waited for long.
    pub(crate) fn canary(steps: &Value, image: Option<&str>) -> Value {
        let none = json!({"enabled": false, "margin": {}, "tolerance": {}});
        json!({
            "apiVersion": "weir.dev/v1alpha1",
            "kind": "Canary",
            "metadata": {"name": "shop"},
            "spec": {
                "targetRef": {"name": "shop"},
                "service": "shop",
                "strategy": {"canary": {"steps": steps, "progressDeadline": "4m"}},
                "analysis": {
                    "errors": {"margin": {"absolutePercent": 0.1}, "tolerance": {"absolutePercent": 5}},
                    "latency": none,
                },
                "release": image.map(|image| json!({"image": image})),
            },
        })
    }

    /// Waits until the canary's Deployment and Service are there.
    pub(crate) fn until_made(&self) {
        until("the canary's Deployment and Service are made", || {
            let made = ["deployments", "services"]
                .map(|kind| self.case.objects(kind, "weir.dev/track=canary").len());
            if made == [1, 1] { Ok(()) } else { Err(made) }
        });
    }

    /// The Canary's status.
    pub(crate) fn status(&self) -> Value {
        self.case.object("canaries", "shop").unwrap()["status"].clone()
    }

    fn is_in(&self, phase: &str) -> Result<Value, Value> {
        let status = self.status();
        if status["phase"] == phase { Ok(status) } else { Err(status) }
    }

    /// Waits for the end of the release of this image, and gives the status.
    pub(crate) fn until_over(&self, phase: &str, image: &str) -> Value {
        let status = until(&format!("the release of {image} is {phase}"), || {
            let status = self.status();
            let is_over = status["phase"] == phase && status["release"]["image"] == image;
            if is_over { Ok(status) } else { Err(status) }
        });
        self.case.say(&format!("{phase}: {}", status["message"].as_str().unwrap_or_default()));
        status
    }

    /// Waits for a phase, and gives the status.
    pub(crate) fn until_in(&self, phase: &str) -> Value {
        let status = until(&format!("the release is in phase {phase}"), || self.is_in(phase));
        self.case.say(&format!("{phase}: {}", status["message"].as_str().unwrap_or_default()));
        status
    }

    /// Waits until every proxy serves this weight of the canary, in percent.
    pub(crate) fn until_weight(&self, percent: u64) {
        until(&format!("weight {percent} % is acknowledged"), || {
            let status = self.status();
            let (weight, seen) = (&status["split"]["canary"]["weight"], &status["acknowledged"]);
            let is_served = *weight == percent && seen["proxies"] == seen["of"] && seen["of"] != 0;
            if is_served { Ok(()) } else { Err(status) }
        });
    }

    /// The Canary's finalizers.
    pub(crate) fn finalizers(&self) -> Vec<String> {
        let finalizers =
            self.case.kubectl(&["get", "canary", "shop", "-o", "jsonpath={.metadata.finalizers[*]}"]);
        finalizers.split_whitespace().map(str::to_owned).collect()
    }

    /// Waits until Events of this type with these reasons are at the Canary.
    pub(crate) fn until_told(&self, reasons: &[&str], kind: &str) {
        until(&format!("Events say {reasons:?}"), || {
            let told = told(self.case, "Canary", "shop");
            let is_told =
                |reason: &&str| told.iter().any(|event| event["reason"] == *reason && event["type"] == kind);
            if reasons.iter().all(is_told) { Ok(()) } else { Err(told) }
        });
    }

    /// Waits until nothing is left of canary and baseline.
    pub(crate) fn until_clean(&self) {
        until("nothing is left of the release", || {
            let left = MADE.map(|kind| self.case.objects(kind, "weir.dev/canary").len());
            if left == [0; 4] { Ok(()) } else { Err(left) }
        });
    }

    /// The image of the Deployment, and how many of its pods are ready.
    pub(crate) fn stable(&self) -> (String, u64) {
        let stable = self.case.object("deployments", "shop").unwrap();
        let image = &stable["spec"]["template"]["spec"]["containers"][0]["image"];
        (image.as_str().unwrap().to_owned(), stable["status"]["readyReplicas"].as_u64().unwrap_or_default())
    }
}

impl Drop for Releases<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for command in [
                &["logs", "--selector=app.kubernetes.io/name=weir-controller", "--tail=60"][..],
                &["get", "pods", "-o", "wide"],
            ] {
                let seen =
                    self.case.installed.cluster.kubectl([&["--namespace", NAMESPACE], command].concat());
                self.case.say(&seen.unwrap_or_else(|error| format!("{error:#}")));
            }
            let seen = {
                let kinds = "canaries,deployments,pods,services,endpointslices";
                self.case.try_kubectl(&["get", kinds, "-o", "wide"])
            };
            self.case.say(&seen.unwrap_or_else(|error| format!("{error:#}")));
        }
        // Other cases count what is asked of the API server.
        let scale = ["--namespace", NAMESPACE, "scale", "deployment/weir-controller", "--replicas=0"];
        let _ = self.case.installed.cluster.kubectl(scale);
    }
}

/// The image of a version, which fails this share of its requests.
pub(crate) fn image(case: &Case, version: &str, error_share: &str) -> String {
    image_with(case, version, &[("WEIR_LOAD_ERROR_SHARE", error_share)])
}

/// The image of a version that behaves so.
pub(crate) fn image_with(case: &Case, version: &str, behaviour: &[(&str, &str)]) -> String {
    let environment = [&[("WEIR_LOAD_VERSION_NAME", version)], behaviour].concat();
    let program = program::built("weir-load").unwrap();
    case.installed.node.load_version(&format!("weir.test/shop:{version}"), &program, &environment).unwrap()
}

/// Installs the controller with as many replicas as its manifests ask for, or with this many.
fn install(case: &Case, replicas: Option<u32>) {
    let node = case.installed.node;
    let image = case
        .installed
        .controller
        .get_or_init(|| node.load(&program::built("weir-controller").unwrap()).unwrap());
    let overlay = overlay(node, "controller", image);
    if let Some(replicas) = replicas {
        let file = Path::new(&overlay).join("kustomization.yaml");
        let text = fs::read_to_string(&file).unwrap();
        let count = format!("replicas: [{{name: weir-controller, count: {replicas}}}]\n");
        fs::write(file, format!("{text}{count}")).unwrap();
    }
    case.installed.kubectl(&["apply", "--kustomize", &overlay]);
}

/// How often the container of each of the controller's pods was started; those that another case had may still be ending.
pub(crate) fn controller_starts(case: &Case) -> Vec<String> {
    let starts = |pod: &Value| {
        format!("{} {}", pod["metadata"]["name"], pod["status"]["containerStatuses"][0]["restartCount"])
    };
    case.installed.pods_that_stay("weir-controller").iter().map(starts).collect()
}

/// What keeps the controller that leads from its work, as it says; the others look at nothing, and do not answer.
pub(crate) fn controller_problems(case: &Case) -> Option<String> {
    let names = ["get", "pods", "--selector=app.kubernetes.io/name=weir-controller", "-o", "name"];
    let names = case.installed.kubectl(&names);
    names.lines().find_map(|name| {
        let pod = name.replace("pod/", "pods/");
        let page = format!("/api/v1/namespaces/{NAMESPACE}/{pod}:9902/proxy/v1/problems");
        case.installed.cluster.kubectl(["get", "--raw", &page]).ok()
    })
}
