//! Containers: their environment and the expansion of it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Around, ContainerRecord, container, expand};
use crate::local::record::ProbeKind;
use k8s_openapi::api::core::v1::Container;
use weir_api::LocalImageSpec;

fn made(json: &str) -> Result<ContainerRecord, String> {
    let given: Container = serde_json::from_str(json).unwrap();
    let image = LocalImageSpec {
        args: vec!["--of-the-image".to_owned()],
        within: Vec::new(),
        image: "api:v1".to_owned(),
        entrypoint: ["serve", "--listen", "$(POD_IP):$(PORT)"].map(str::to_owned).to_vec(),
        env: BTreeMap::from([("PORT".to_owned(), "1".to_owned()), ("MODE".to_owned(), "image".to_owned())]),
    };
    let unpacked = LocalImageSpec {
        image: "unpacked:v1".to_owned(),
        entrypoint: vec![],
        args: ["node", "server.js"].map(str::to_owned).to_vec(),
        within: ["unshare", "--root=/r"].map(str::to_owned).to_vec(),
        env: BTreeMap::new(),
    };
    let nothing = LocalImageSpec { image: "nothing:v1".to_owned(), args: vec![], ..unpacked.clone() };
    let images = [image, unpacked, nothing].map(|image| (image.image.clone(), image)).into();
    let labels = BTreeMap::from([("app".to_owned(), "api".to_owned())]);
    let around = Around {
        pod: "api-1",
        namespace: "shop",
        address: "127.20.0.9".to_owned(),
        labels: &labels,
        inherited: &BTreeMap::new(),
    };
    let find = |program: &str| (program != "nowhere").then(|| PathBuf::from(format!("/bin/{program}")));
    container(&given, &images, &around, find).map_err(|error| error.to_string())
}

#[test]
fn the_images_entry_point_runs_with_the_containers_environment() {
    let made = made(
        r#"{"name": "api", "image": "api:v1", "args": ["--name", "$(NAME)", "$(UNKNOWN)", "$$(NAME)"],
            "ports": [{"name": "http", "containerPort": 3000}],
            "env": [{"name": "PORT", "value": "3000"},
                    {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "APP", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
                    {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": true}}}],
            "livenessProbe": {"httpGet": {"path": "/health", "port": "http"}, "initialDelaySeconds": 30}}"#,
    )
    .unwrap();
    assert_eq!(made.program, PathBuf::from("/bin/serve"));
    assert_eq!(made.arguments, ["--listen", "127.20.0.9:3000", "--name", "api-1", "$(UNKNOWN)", "$(NAME)"]);
    assert_eq!((made.env["MODE"].as_str(), made.env["APP"].as_str()), ("image", "api"));
    assert!(!made.env.contains_key("SECRET"));
    assert_eq!(made.probe.kind, ProbeKind::Http { port: 3000, path: "/health".to_owned() });
}

#[test]
fn arguments_of_the_image_are_for_containers_without_any() {
    let arguments = |json: &str| made(json).unwrap().arguments;
    assert_eq!(
        arguments(r#"{"name": "a", "image": "api:v1"}"#),
        ["--listen", "127.20.0.9:1", "--of-the-image"]
    );
    assert_eq!(
        arguments(r#"{"name": "a", "image": "api:v1", "args": ["-x"]}"#),
        ["--listen", "127.20.0.9:1", "-x"]
    );
}

#[test]
fn whatever_an_unpacked_image_runs_is_run_within_it() {
    for (own, expected) in [
        ("", ["--root=/r", "node", "server.js"].as_slice()),
        (r#", "args": ["deno"]"#, &["--root=/r", "deno"]),
        (r#", "command": ["sh"], "args": ["-c"]"#, &["--root=/r", "sh", "-c"]),
    ] {
        let made = made(&format!(r#"{{"name": "a", "image": "unpacked:v1"{own}}}"#)).unwrap();
        assert_eq!(
            (made.program, made.arguments),
            (PathBuf::from("/bin/unshare"), expected.iter().map(|&text| text.to_owned()).collect())
        );
    }
    let nothing = made(r#"{"name": "a", "image": "nothing:v1"}"#).unwrap_err();
    assert!(nothing.contains("spec.entrypoint is empty"), "{nothing}");
}

#[test]
fn a_command_of_its_own_needs_no_image() {
    let made =
        made(r#"{"name": "side", "image": "unknown:1", "command": ["sleep"], "args": ["9"]}"#).unwrap();
    assert_eq!((made.program, made.arguments), (PathBuf::from("/bin/sleep"), vec!["9".to_owned()]));
    assert_eq!(made.probe.kind, ProbeKind::Running);
}

#[test]
fn what_cannot_run_here_is_named_with_what_to_do() {
    for (json, words) in [
        (r#"{"name": "a", "image": "api:v2"}"#, ["\"api:v2\"", "add a LocalImage"]),
        (r#"{"name": "a", "image": "x", "command": ["nowhere"]}"#, ["\"nowhere\"", "write its whole path"]),
        (
            r#"{"name": "a", "image": "api:v1", "env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]}"#,
            ["env T: Secret s key k", "give a value"],
        ),
    ] {
        let error = made(json).unwrap_err();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
}

#[test]
fn dollars_are_read_as_kubernetes_reads_them() {
    let env = BTreeMap::from([("A".to_owned(), "1".to_owned())]);
    for (text, expanded) in [
        ("", ""),
        ("$(A)", "1"),
        ("x$(A)$(A)y", "x11y"),
        ("$$(A)", "$(A)"),
        ("$(B)", "$(B)"),
        ("$", "$"),
        ("$(A", "$(A"),
        ("$$$(A)", "$1"),
    ] {
        assert_eq!(expand(text, &env), expanded, "{text}");
    }
}
