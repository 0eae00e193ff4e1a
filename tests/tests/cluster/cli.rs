//! The command line against the real API server: every verb on a real release, and every mistake with what to do next.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use weir_cluster::program;

use crate::case::Case;
use crate::installed::{WITHIN, until};
use crate::load::{Load, RATE, answered_by, burst};
use crate::objects;
use crate::releases::{Releases, image};

/// `weir` as a user of the case's namespace.
pub(crate) struct Weir<'c> {
    case: &'c Case,
    kubeconfig: PathBuf,
}

/// What one command said, and its exit code.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl<'c> Weir<'c> {
    /// With the administrator's credentials.
    pub(crate) fn new(case: &'c Case) -> Self {
        Self { case, kubeconfig: case.installed.cluster.kubeconfig().to_owned() }
    }

    /// Runs it to its end.
    fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new(program::built("weir").unwrap());
        command.args(arguments).args(["-n", &self.case.namespace]);
        command.env("KUBECONFIG", &self.kubeconfig).env("NO_COLOR", "1").stdin(Stdio::null());
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
        let said = Said { code: status.code(), out: text(stdout), err: text(stderr) };
        self.case.say(&format!("weir {}: {:?} {}{}", arguments.join(" "), said.code, said.out, said.err));
        said
    }

    /// What must work, and says this.
    pub(crate) fn does(&self, arguments: &[&str], part: &str) -> String {
        let Said { code, out, err } = self.run(arguments);
        assert_eq!(code, Some(0), "weir {arguments:?}: {out} {err}");
        assert!(out.contains(part), "{part:?} in the answer to weir {arguments:?}: {out}");
        out
    }

    /// What must not work, with this exit code and these words.
    fn refuses(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        let said = self.run(arguments);
        assert_eq!(said.code, Some(code), "weir {arguments:?}: {} {}", said.out, said.err);
        for part in parts {
            assert!(said.err.contains(part), "{part:?} in the answer to weir {arguments:?}: {}", said.err);
        }
    }
}

#[test]
fn every_verb_commands_a_real_release_and_says_what_it_did() {
    let Some(case) = Case::begin("commands") else { return };
    let releases = Releases::begin(&case);
    let weir = Weir::new(&case);
    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    // Somebody else's Canary would be found as well: the one of `Releases` goes, and the command line makes its own.
    case.kubectl(&["delete", "canary", "shop"]);
    let next = image(&case, "v2", "0%");
    weir.does(&["release", "shop", "--image", &next, "--dry-run"], "setWeight: 25");
    assert!(case.try_kubectl(&["get", "canary", "shop"]).is_err(), "a dry run makes nothing");
    let analysed = weir.does(&["release", "shop", "--image", &next, "--steps", "5,20"], "release to");
    assert!(analysed.contains("5 -> 20 %, guard on"), "{analysed}");
    releases.until_weight(5);

    weir.does(&["pause", "shop"], "paused at weight 5 %; the guard watches on");
    assert_eq!(releases.status()["phase"], "Paused");
    weir.refuses(&["pause", "shop"], 1, &["paused already"]);
    weir.does(&["set-weight", "shop", "30"], "weight 30 % is being set");
    releases.until_weight(30);
    releases.until_in("Paused");
    let tree = weir.does(&["status", "shop"], "shop-canary");
    for part in
        ["Paused", "stable", "baseline", "canary", "30 %", "acknowledged by 3/3 proxies", "2/2", "set-weight"]
    {
        assert!(tree.contains(part), "{part:?} in\n{tree}");
    }
    weir.does(&["list"], "shop");
    let status: Value = serde_json::from_str(&weir.does(&["status", "shop", "-o", "json"], "")).unwrap();
    assert_eq!(status["items"][0]["status"]["phase"], "Paused", "{status}");
    assert_eq!(status["items"][0]["status"]["lastCommand"]["verb"], "setWeight", "{status}");
    retried_and_undone(&case, &weir, &releases, &next);
    let report = load.stop(&case, "a release that was commanded by every verb");
    assert!(answered_by(&report, "v2") > 0);
    assert_eq!(answered_by(&burst(&case, "/shop", 200), "v1"), 200);
    mistakes(&case, &weir);
}

/// From the pause to the abort, again to a promotion, and back.
fn retried_and_undone(case: &Case, weir: &Weir<'_>, releases: &Releases<'_>, next: &str) {
    weir.does(&["resume", "shop"], "going on: step");
    weir.does(&["abort", "shop"], "weight 0 comes first");
    releases.until_in("Aborted");
    weir.refuses(&["release", "shop", "--image", next], 1, &["was aborted", "weir retry"]);
    weir.does(&["retry", "shop"], "the release begins again");
    releases.until_weight(5);
    weir.does(&["promote", "shop", "--full"], "going on: stable is being given");
    let status = releases.until_in("Promoted");
    assert_eq!(status["release"]["unproven"], true, "{status}");
    assert_eq!(releases.stable().0, next);
    weir.does(&["release", "shop", "--image", next], "there is nothing to release");
    weir.does(&["report", "shop"], "not every step was proven");
    weir.refuses(&["report", "shop", "v99"], 64, &["remembers no release v99"]);
    weir.does(&["history", "shop"], "undo goes back to");
    weir.does(&["undo", "shop"], "without analysis");
    weir.refuses(&["undo", "shop"], 1, &["was aborted: production runs"]);
    releases.until_clean();
    case.kubectl(&["rollout", "status", "deployment/shop", WITHIN]);
    case.everywhere("/shop", "v1");
    weir.refuses(&["promote", "shop"], 1, &["nothing is being released", "retry releases it again"]);
}

/// Every mistake is named, with what to do next.
fn mistakes(case: &Case, weir: &Weir<'_>) {
    weir.refuses(&["abort", "shopp"], 64, &["there is no Canary", "did you mean shop?"]);
    weir.refuses(
        &["release", "shpo", "--image", "a:1"],
        64,
        &["there is no Service, Canary or Deployment shpo: did you mean shop?"],
    );
    weir.refuses(&["release", "shop", "--image", "A B"], 2, &["is in no image's name"]);
    weir.refuses(&["list", "--context", "nowhere"], 64, &["there is no context nowhere"]);
    weir.refuses(&["list", "--kubeconfig", "nowhere.yaml"], 64, &["nowhere.yaml"]);
    let changed = |name: &str, place: &str, value: Value| {
        let mut config: Value = serde_json::from_str(&fs::read_to_string(&weir.kubeconfig).unwrap()).unwrap();
        *config.pointer_mut(place).unwrap() = value;
        let kubeconfig = case.installed.node.folder().join(name);
        fs::write(&kubeconfig, config.to_string()).unwrap();
        Weir { case, kubeconfig }
    };
    let expired = changed("expired.kubeconfig", "/users/0/user/token", json!("expired"));
    expired.refuses(&["list"], 64, &["does not accept these credentials", "log in again"]);
    case.kubectl(&["create", "serviceaccount", "guest"]);
    let token = case.kubectl(&["create", "token", "guest"]);
    let guest = changed("guest.kubeconfig", "/users/0/user/token", json!(token.trim()));
    guest.refuses(&["abort", "shop"], 64, &["cannot", "\"canaries\"", "ask an administrator", "auth can-i"]);
    let away = changed("away.kubeconfig", "/clusters/0/cluster/server", json!("https://127.0.0.1:1"));
    away.refuses(&["list"], 69, &["does not answer", "kubectl cluster-info"]);
    without_controller(case, weir);
    case.apply(&[objects::service("lonely")]);
    weir.refuses(&["release", "lonely", "--image", "a:1"], 64, &["selects app=lonely", "no Deployment"]);
}

/// A command waits while no controller runs, and is done once when one comes back.
fn without_controller(case: &Case, weir: &Weir<'_>) {
    case.installed.kubectl(&["scale", "deployment/weir-controller", "--replicas=0"]);
    until("the controller is gone", || {
        let pods = ["get", "pods", "--selector=app.kubernetes.io/name=weir-controller", "-o", "name"];
        let pods = case.installed.kubectl(&pods);
        if pods.is_empty() { Ok(()) } else { Err(pods) }
    });
    weir.refuses(&["retry", "shop"], 69, &["written down", "no answer after 10 s", "weir-controller"]);
    weir.refuses(&["undo", "shop"], 1, &["retry was asked for and has no answer yet"]);
    case.installed.kubectl(&["scale", "deployment/weir-controller", "--replicas=1"]);
    until("the command that waited is answered", || {
        let last = &case.object("canaries", "shop").unwrap()["status"]["lastCommand"];
        if last["verb"] == "retry" && last["accepted"] == true { Ok(()) } else { Err(last.clone()) }
    });
    let annotation = json!({"metadata": {"annotations": {"weir.dev/command": "nonsense"}}}).to_string();
    case.kubectl(&["patch", "canary", "shop", "--type=merge", "--patch", &annotation]);
    until("a command that cannot be read is refused in the status", || {
        let said = case.kubectl(&["get", "canary", "shop", "-o", "jsonpath={.status.lastCommand.message}"]);
        if said.contains("annotation weir.dev/command") { Ok(()) } else { Err(said) }
    });
}
