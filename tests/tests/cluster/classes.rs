//! Which Ingresses are served: those of our classes, by field, by annotation or by default, and those of ingress-nginx where that is asked for.

use serde_json::{Value, json};

use crate::case::Case;
use crate::load::Load;
use crate::objects;

const DEFAULT: &str = "ingressclass.kubernetes.io/is-default-class";
const CLAIM: &str = "WEIR_CLAIM_INGRESS_NGINX";

/// An Ingress with this class, or without one, and with these annotations.
fn ingress(case: &Case, name: &str, class: Option<&str>, annotations: &Value) -> Value {
    let mut ingress = case.ingress(name, &format!("/{name}"), "one");
    ingress["spec"]["ingressClassName"] = json!(class);
    ingress["metadata"]["annotations"] = annotations.clone();
    ingress
}

/// What was written before it was read by every proxy: Ingresses come in the order in which they were written.
fn all_is_read(case: &Case, witness: &str) {
    case.apply(&[case.ingress(witness, &format!("/{witness}"), "one")]);
    case.everywhere(&format!("/{witness}"), "one");
}

#[test]
fn only_ingresses_of_our_classes_are_served_and_those_of_ingress_nginx_where_asked_for() {
    let Some(case) = Case::begin("classes") else { return };
    let cluster = case.installed.cluster;
    case.upstreams(&[("one", 1)]);
    case.apply(&[
        objects::class("other", "example.com/other"),
        objects::class("nginx", "k8s.io/ingress-nginx"),
        ingress(&case, "annotated", None, &json!({"kubernetes.io/ingress.class": "weir"})),
        ingress(&case, "unclassed", None, &json!({})),
        ingress(&case, "other", Some("other"), &json!({})),
        ingress(&case, "nginx", Some("nginx"), &json!({})),
        ingress(&case, "nginx-annotated", None, &json!({"kubernetes.io/ingress.class": "nginx"})),
    ]);
    all_is_read(&case, "steady");
    for (path, expected) in [
        ("/annotated", "one"),
        ("/unclassed", "404"),
        ("/other", "404"),
        ("/nginx", "404"),
        ("/nginx-annotated", "404"),
    ] {
        case.everywhere(path, expected);
    }

    let load = Load::start(&case, &["/steady"]);
    cluster.kubectl(["annotate", "ingressclass", "weir", &format!("{DEFAULT}=true")]).unwrap();
    case.everywhere("/unclassed", "one");
    cluster.kubectl(["annotate", "ingressclass", "weir", &format!("{DEFAULT}-")]).unwrap();
    case.everywhere("/unclassed", "404");

    claim(&case, &format!("{CLAIM}=true"));
    for path in ["/nginx", "/nginx-annotated", "/annotated"] {
        case.everywhere(path, "one");
    }
    case.everywhere("/other", "404");
    claim(&case, &format!("{CLAIM}-"));
    case.everywhere("/nginx", "404");
    load.stop(&case, "four changes of what is ours, two of them with other proxies");
    cluster.kubectl(["delete", "ingressclass", "other", "nginx"]).unwrap();
}

/// Sets the variable, which replaces every proxy.
fn claim(case: &Case, variable: &str) {
    case.installed.kubectl(&["set", "env", "deployment/weir-proxy", variable]);
    case.installed.wait_for_proxies();
}
