//! What the manifests become: by kustomize, and by the chart. Nothing here needs a running cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use weir_cluster::{binaries, prerequisites, tools};

use crate::installed::{NAMESPACE, manifests, relative};

/// Everything that is optional.
const COMPONENTS: [&str; 5] = ["network-policy", "collector", "flags", "autoscaler", "monitoring"];
/// Namespaces that exist once in a cluster do not belong to a chart by default; and what it leaves behind when it goes is its own business.
const KEPT: &str = "helm.sh/resource-policy";

/// Objects by kind and name.
type Objects = BTreeMap<String, Value>;

/// Whether the tools are here, or can be built. Where they are missing, it says so.
fn can_render() -> bool {
    match prerequisites::ensure() {
        Ok(()) => true,
        Err(error) => {
            assert!(!prerequisites::required(), "{error:#}");
            crate::installed::say(&format!("SKIPPED: {error:#}"));
            false
        }
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn objects(text: &str) -> Objects {
    let values = weir_api::manifest::values("rendered", text).unwrap();
    let name = |object: &Value| format!("{} {}", object["kind"], object["metadata"]["name"]);
    values.into_iter().map(|object| (name(&object), object)).collect()
}

/// What kustomize makes of a folder.
fn kustomize(folder: &str) -> Objects {
    let kubectl = binaries::build().unwrap().join("kubectl");
    objects(&run(Command::new(kubectl).args(["kustomize", folder])))
}

/// The same of all of `manifests` with these components, in this namespace.
fn kustomize_with(components: &[&str], namespace: &str) -> Objects {
    let folder = tempfile::tempdir().unwrap();
    let root = relative(&folder.path().canonicalize().unwrap(), &manifests().canonicalize().unwrap());
    let components: Vec<String> = components.iter().map(|name| format!("{root}/components/{name}")).collect();
    let text = json!({"resources": [root], "components": components, "namespace": namespace});
    fs::write(folder.path().join("kustomization.yaml"), text.to_string()).unwrap();
    kustomize(&folder.path().display().to_string())
}

/// What the chart becomes with these values.
fn chart(namespace: &str, values: &[&str]) -> Objects {
    let mut helm = Command::new(tools::helm().unwrap());
    helm.args(["template", "weir"]).arg(manifests());
    helm.args(["--namespace", namespace, "--kube-version", "1.37.2"]);
    helm.args(values.iter().flat_map(|value| ["--set", value]));
    let mut objects = objects(&run(&mut helm));
    for object in objects.values_mut().filter(|object| object["kind"] == "CustomResourceDefinition") {
        let annotations = object["metadata"]["annotations"].as_object_mut().unwrap();
        assert_eq!(annotations.remove(KEPT), Some(json!("keep")), "Canaries survive the release");
        if annotations.is_empty() {
            object["metadata"].as_object_mut().unwrap().remove("annotations");
        }
    }
    objects
}

fn assert_same(one: &Objects, other: &Objects) {
    let names = |objects: &Objects| objects.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(one), names(other));
    for (name, object) in one {
        assert_eq!(object, &other[name], "{name}");
    }
}

#[test]
fn the_chart_is_the_kustomization() {
    if !can_render() {
        return;
    }
    let mut plain = kustomize(&manifests().display().to_string());
    assert!(plain.contains_key("\"Namespace\" \"weir-system\""), "installs without any edit");
    plain.remove("\"Namespace\" \"weir-system\"");
    assert_same(&chart(NAMESPACE, &[]), &plain);

    let all = [
        "networkPolicy.enabled=true",
        "collector.enabled=true",
        "flags.enabled=true",
        "proxy.autoscaling.enabled=true",
        "monitoring.enabled=true",
        "namespace.create=true",
    ];
    let everything = kustomize_with(&COMPONENTS, "elsewhere");
    assert_same(&chart("elsewhere", &all), &everything);
    let pipelines = chart("elsewhere", &["pipelines.enabled=true"]);
    for (name, object) in kustomize(&manifests().join("pipelines").display().to_string()) {
        assert_eq!(pipelines[&name], object, "{name}: in a namespace of its own, wherever the rest is");
    }
    let apis = chart(NAMESPACE, &["metricsApi.enabled=true"]);
    for (name, object) in kustomize(&manifests().join("autoscaling").display().to_string()) {
        assert_eq!(apis[&name], object, "{name}");
    }
    let text = serde_json::to_string(&everything.values().collect::<Vec<_>>()).unwrap();
    assert!(!text.contains(NAMESPACE), "a namespace is named where kustomize does not see it");
}

#[test]
fn values_of_the_chart_arrive_and_wrong_ones_are_refused() {
    if !can_render() {
        return;
    }
    let objects = chart(
        NAMESPACE,
        &[
            "image.registry=registry.example/weir",
            "image.pullSecrets[0].name=pull",
            "proxy.image.tag=9.9.9",
            "proxy.replicas=5",
            "proxy.extraArgs={--max-connections=5}",
            "proxy.claimIngressNginx=true",
            "proxy.service.type=LoadBalancer",
            "proxy.service.externalTrafficPolicy=Local",
            "proxy.nodeSelector.disk=fast",
            "proxy.tolerations[0].operator=Exists",
            "proxy.resources.limits.memory=1Gi",
            "controller.affinity.podAntiAffinity.x=y",
            "ingressClass.name=edge",
            "ingressClass.default=true",
            "commonLabels.team=edge",
            "crds.install=true",
        ],
    );
    let proxy = &objects["\"Deployment\" \"weir-proxy\""]["spec"];
    let pod = &proxy["template"]["spec"];
    let container = &pod["containers"][0];
    let arguments: Vec<&str> =
        container["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(proxy["replicas"], 5);
    assert_eq!(container["image"], "registry.example/weir/weir-proxy:9.9.9");
    assert_eq!(container["resources"], json!({"limits": {"memory": "1Gi"}}));
    assert!(arguments.ends_with(&["--claim-ingress-nginx", "--max-connections=5"]), "{arguments:?}");
    assert_eq!(pod["nodeSelector"], json!({"disk": "fast"}));
    assert_eq!(pod["tolerations"], json!([{"operator": "Exists"}]));
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "pull"}]));
    let service = &objects["\"Service\" \"weir-proxy\""]["spec"];
    assert_eq!(service["type"], "LoadBalancer");
    assert_eq!(service["externalTrafficPolicy"], "Local");
    let class = &objects["\"IngressClass\" \"edge\""]["metadata"]["annotations"];
    assert_eq!(class["ingressclass.kubernetes.io/is-default-class"], "true");
    let controller = &objects["\"Deployment\" \"weir-controller\""]["spec"]["template"]["spec"];
    assert_eq!(controller["affinity"]["podAntiAffinity"]["x"], "y");
    assert!(objects.values().all(|object| object["metadata"]["labels"]["team"] == "edge"));

    let helm = tools::helm().unwrap();
    for wrong in ["proxy.replicas=many", "proxy.replica=3", "proxy.service.type=Balancer"] {
        let chart = manifests();
        let refused =
            Command::new(&helm).args(["template", "weir"]).arg(chart).args(["--set", wrong]).output();
        let refused = refused.unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && said.contains("proxy"), "{wrong}: {said}");
    }
}

#[test]
fn controllers_of_the_chart_serve_flags_to_whom_the_values_say() {
    if !can_render() {
        return;
    }
    let values =
        ["flags.enabled=true", "flags.origins={https://shop.example,https://m.example}", "flags.tokens=true"];
    let objects = chart(NAMESPACE, &values);
    let controller =
        &objects["\"Deployment\" \"weir-controller\""]["spec"]["template"]["spec"]["containers"][0];
    let arguments: Vec<&str> =
        controller["args"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let flags = [
        "--ofrep=0.0.0.0:9905",
        "--ofrep-origin=https://shop.example",
        "--ofrep-origin=https://m.example",
        "--ofrep-tokens=/etc/weir/flags/tokens",
    ];
    assert!(arguments.ends_with(&flags), "{arguments:?}");
    let mounted = controller["volumeMounts"]
        .as_array()
        .unwrap()
        .iter()
        .any(|mount| mount["mountPath"] == "/etc/weir/flags");
    assert!(mounted, "{controller}");
}

#[test]
fn alerting_rules_are_such_as_prometheus_loads() {
    if !can_render() {
        return;
    }
    let objects = kustomize_with(&["monitoring"], NAMESPACE);
    let rules = &objects["\"PrometheusRule\" \"weir\""]["spec"];
    // JSON is YAML.
    tools::check_rules(&rules.to_string()).unwrap();
    let broken = rules.to_string().replace("humanizePercentage", "humanise");
    let error = tools::check_rules(&broken).unwrap_err().to_string();
    assert!(error.contains("humanise"), "{error}");
}

#[test]
fn every_pod_is_one_that_the_strictest_profile_lets_in() {
    if !can_render() {
        return;
    }
    let objects = kustomize_with(&COMPONENTS, NAMESPACE);
    let namespace = &objects["\"Namespace\" \"weir-system\""]["metadata"]["labels"];
    assert_eq!(namespace["pod-security.kubernetes.io/enforce"], "restricted");
    let deployments = objects.values().filter(|object| object["kind"] == "Deployment");
    for deployment in deployments {
        let pod = &deployment["spec"]["template"]["spec"];
        let name = &deployment["metadata"]["name"];
        assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{name}");
        assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault", "{name}");
        for container in pod["containers"].as_array().unwrap() {
            let expected = json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": {"drop": ["ALL"]},
            });
            assert_eq!(container["securityContext"], expected, "{name}");
        }
    }
}
