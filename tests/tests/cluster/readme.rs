//! The README's commands, from its own text, on a cluster in which nothing is: from there to the first automatic verdict.

use std::path::Path;
use std::process::{Command, Output};

use weir_cluster::{Cluster, prerequisites, program};

use crate::installed::say;
use crate::turns::Turn;

/// What stands before the commands.
const ABOVE: &str = "<!-- run by tests/tests/cluster/readme.rs -->\n```sh\n";

/// The commands, without their comments.
fn commands() -> Vec<String> {
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md"));
    let (_, rest) = readme.split_once(ABOVE).expect("README.md: the commands of a first release");
    let (block, _) = rest.split_once("```").unwrap();
    let lines = block.lines().map(|line| line.split(" #").next().unwrap_or_default().trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn five_commands_lead_from_an_empty_cluster_to_a_verdict() {
    let commands = commands();
    assert!(commands.len() <= 5, "{commands:?}");
    if prerequisites::ensure().is_err() && !prerequisites::required() {
        return say("SKIPPED: the README's commands need a cluster of their own");
    }
    let Some(_turn) = Turn::take() else { return };
    let cluster = Cluster::fresh().unwrap();
    let node = cluster.node().unwrap();
    for program in ["weir-proxy", "weir-controller", "weir-load"] {
        node.load_as(&format!("{program}:{}", env!("CARGO_PKG_VERSION")), &program::built(program).unwrap())
            .unwrap();
    }
    for (version, error_share) in [("v1", "0%"), ("v2", "0%"), ("v3-failing", "20%")] {
        let environment = [("WEIR_LOAD_VERSION_NAME", version), ("WEIR_LOAD_ERROR_SHARE", error_share)];
        let program = program::built("weir-load").unwrap();
        node.load_version(&format!("weir-example:{version}"), &program, &environment).unwrap();
    }
    say("readme: the images of the manifests are there");
    let said: Vec<(Option<i32>, String)> = commands.iter().map(|command| run(&cluster, command)).collect();
    let codes: Vec<Option<i32>> = said.iter().map(|(code, _)| *code).collect();
    assert_eq!(codes, [Some(0), Some(0), Some(0), Some(1), Some(0)], "{said:?}");
    let [_, _, (_, good), (_, failing), (_, status)] = said.as_slice() else { panic!("{said:?}") };
    assert!(good.contains("shop/shop: promoted after"), "{good}");
    assert!(failing.contains("shop/shop: aborted after") && failing.contains("errors"), "{failing}");
    assert!(failing.contains("production runs weir-example:v2"), "{failing}");
    assert!(status.contains("Aborted") && status.contains("weir-example:v2"), "{status}");
    let kinds = ["get", "deployments", "-n", "shop", "-o", "name"];
    assert_eq!(cluster.kubectl(kinds).unwrap().trim(), "deployment.apps/shop", "nothing is left beside it");
}

/// One command as a reader of the README types it: its exit code, and what it says.
fn run(cluster: &Cluster, command: &str) -> (Option<i32>, String) {
    let weir = program::built("weir").unwrap();
    let path = [weir.parent().unwrap(), &weir_cluster::binaries::folder().unwrap()];
    let path = path.map(|folder| folder.display().to_string()).join(":");
    let mut shell = Command::new("timeout");
    shell.args(["300", "sh", "-c", command]).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    shell.env("PATH", format!("{path}:{}", std::env::var("PATH").unwrap_or_default()));
    shell.env("KUBECONFIG", cluster.kubeconfig());
    let Output { status, stdout, stderr } = shell.output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    say(&format!("readme: $ {command}\n{text}"));
    (status.code(), text)
}
