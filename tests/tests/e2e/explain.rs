//! `weir explain` on manifests, by its output and its exit code.

use std::process::{Command, Output, Stdio};

use serde_json::Value;
use weir_tests::program::path_of;

const SHOP: &str = r#"
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: web
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /$2
    nginx.ingress.kubernetes.io/configuration-snippet: "more_set_headers x"
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - {path: "/api(/|$)(.*)", pathType: ImplementationSpecific, backend: {service: {name: api, port: {number: 80}}}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: web}
spec: {ports: [{name: http, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: api-1, namespace: web, labels: {kubernetes.io/service-name: api}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.0.0.1], conditions: {ready: true}}]
"#;

/// The same with something that nothing here does.
fn protected() -> String {
    let annotation = "nginx.ingress.kubernetes.io/modsecurity-snippet: \"SecRuleEngine On\"";
    SHOP.replace("  annotations:\n", &format!("  annotations:\n    {annotation}\n"))
}

/// Runs `weir explain` over a manifest.
fn explain(manifest: &str, args: &[&str]) -> Output {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("shop.yaml");
    std::fs::write(&path, manifest).unwrap();
    let mut command = Command::new(path_of("weir").unwrap());
    command.args(["explain", "-f"]).arg(&path).args(args).stdin(Stdio::null()).output().unwrap()
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_annotation_is_named_with_what_becomes_of_it() {
    let output = explain(SHOP, &["http://SHOP.example:80/api/cart?x=1"]);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for line in [
        "Ingress web/shop",
        "honoured  nginx.ingress.kubernetes.io/rewrite-target: \"/$2\"",
        "changed   nginx.ingress.kubernetes.io/configuration-snippet:",
        "is nginx's own configuration, which is not read here: headers of responses: custom-headers",
        "GET http://shop.example/api/cart?x=1",
        "the upstream gets /cart",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
}

#[test]
fn what_is_refused_is_seen_in_the_exit_code_too() {
    let output = explain(&protected(), &["-o", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{report}");
    let annotations = report.pointer("/ingresses/0/annotations").and_then(Value::as_array).unwrap();
    let becomes = |name: &str| {
        let named = |annotation: &&Value| annotation["name"].as_str().is_some_and(|n| n.ends_with(name));
        annotations.iter().find(named).map(|annotation| annotation["becomes"].clone()).unwrap()
    };
    assert_eq!(becomes("/modsecurity-snippet"), "refused");
    assert_eq!(becomes("/rewrite-target"), "honoured");
}

#[test]
fn a_manifest_that_is_no_yaml_is_named_and_seen_in_the_exit_code_too() {
    let output = explain(&format!("{SHOP}---\nkind: Service\n  metadata: [\n"), &[]);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("shop.yaml:") && text.contains("Ingress web/shop"), "{text}");
}

#[test]
fn a_mistake_on_the_command_line_says_what_and_how() {
    for (args, expected) in [
        (&["ftp://shop.example/"][..], "ftp is neither http nor https"),
        (&["http://shop.example/%2e%zz"], "path:"),
        (&["http://shop.example/", "-H", "no colon"], "not Name: Value"),
    ] {
        let output = explain(SHOP, args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(64), "{said}");
        assert!(said.contains(expected), "{expected} in {said}");
    }
}

#[test]
fn a_name_elsewhere_is_taken_to_have_an_address_and_that_is_said() {
    let service = "spec: {ports: [{name: http, port: 80}]}";
    let external = "spec: {type: ExternalName, externalName: edge.invalid}";
    assert!(SHOP.contains(service));
    let output = explain(&SHOP.replace(service, external), &["http://shop.example/api/cart"]);
    let text = printed(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("Service web/api is the ExternalName \"edge.invalid\": only the proxy looks names up"),
        "{text}"
    );
    assert!(text.contains("stable 100 %") && !text.contains("503") && !text.contains("0.0.0.0"), "{text}");
}
