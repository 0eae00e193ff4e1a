//! Several controllers: one of them looks and writes, and the others take over from where it was, whether it ends or is only stopped.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};

use crate::case::Case;
use crate::installed::{Installed, until};
use crate::load::{Load, RATE, answered_by};
use crate::proxies::ask;
use crate::releases::{Releases, image};

/// A pod of the controller.
pub(crate) struct Controller {
    pub(crate) name: String,
    pub(crate) address: IpAddr,
}

impl Controller {
    fn all(installed: &Installed) -> Vec<Self> {
        let pods = installed.pods_that_stay("weir-controller").into_iter();
        pods.map(|pod| Self {
            name: pod["metadata"]["name"].as_str().unwrap().to_owned(),
            address: pod["status"]["podIP"].as_str().unwrap().parse().unwrap(),
        })
        .collect()
    }

    /// The two that the manifests ask for: the one that leads, and the other one.
    pub(crate) fn pair(case: &Case) -> (Self, Self) {
        let first = another_leads(case, "");
        let (mut leader, mut other): (Vec<_>, Vec<_>) =
            Self::all(case.installed).into_iter().partition(|one| one.name == first);
        assert_eq!((leader.len(), other.len()), (1, 1), "of two pods {first} leads");
        (leader.remove(0), other.remove(0))
    }

    fn page(&self, installed: &Installed, path: &str) -> (u16, String) {
        let admin = SocketAddr::new(self.address, 9902);
        let answer = installed.inside(|| ask(admin, "admin", path)).unwrap();
        (answer.status, answer.body)
    }

    /// What it says of who leads: the name, and whether it is that one.
    pub(crate) fn leader(&self, installed: &Installed) -> (String, bool) {
        let said: Value = serde_json::from_str(&self.page(installed, "/v1/leader").1).unwrap();
        (said["name"].as_str().unwrap_or_default().to_owned(), said["isThis"] == true)
    }

    /// Sends its process a signal.
    fn signal(&self, installed: &Installed, signal: &str) {
        let script = "for process in $(grep -lsx weir-controller /proc/[0-9]*/comm | cut -d/ -f3); do
            tr '\\0' '\\n' < /proc/$process/environ | grep -qx \"WEIR_IDENTITY=$1\" && kill -$2 $process && exit 0
        done; exit 1";
        let mut command = installed.node.command("sh");
        let done = command.args(["-c", script, "signal", &self.name, signal]).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    /// What it has asked to write so far, but for the lease, with the answer: from the audit, which knows the pod of a token.
    pub(crate) fn writes(&self, installed: &Installed) -> Vec<(String, u64)> {
        let audit = installed.node.audit();
        let events = audit.lines().map_while(|line| serde_json::from_str::<Value>(line).ok());
        let pod = |event: &Value| event["user"]["extra"]["authentication.kubernetes.io/pod-name"][0].clone();
        events
            .filter(|event| pod(event) == self.name.as_str() && event["objectRef"]["resource"] != "leases")
            .filter(|event| !matches!(event["verb"].as_str(), Some("get" | "list" | "watch")))
            .map(|event| {
                let answer = event["responseStatus"]["code"].as_u64().unwrap_or_default();
                (format!("{} {}", event["verb"], event["requestURI"]), answer)
            })
            .collect()
    }
}

/// A controller whose process is stopped. It goes on whatever happens to the case.
struct Stopped<'c>(&'c Case, &'c Controller);

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        self.1.signal(self.0.installed, "CONT");
    }
}

/// Waits until another one than `before` leads, and gives its name.
pub(crate) fn another_leads(case: &Case, before: &str) -> String {
    until("another controller leads", || {
        let now = case.installed.holder("weir-controller");
        if now.is_empty() || now == before { Err(now) } else { Ok(now) }
    })
}

#[test]
fn a_leader_that_is_stopped_is_replaced_and_writes_nothing_when_it_goes_on() {
    let Some(case) = Case::begin("leaders") else { return };
    let installed = case.installed;
    let releases = Releases::begin(&case);
    let (leader, other) = Controller::pair(&case);
    let first = leader.name.clone();
    assert_eq!(leader.leader(installed), (first.clone(), true));
    until("the other one knows who leads", || match other.leader(installed) {
        (name, false) if name == first => Ok(()),
        said => Err(said),
    });
    assert_eq!(other.page(installed, "/readyz"), (200, "ok\n".to_owned()), "it is ready to take over");
    let (status, said) = other.page(installed, "/v1/canaries");
    assert!(status == 503 && said.contains(&first), "{status} {said}");
    assert!(other.page(installed, "/metrics").1.contains("weir_controller_leader 0"), "it follows");

    let load = Load::start(&case, &["/shop"]);
    load.goes_on_for(RATE);
    let next = image(&case, "v2", "0%");
    let steps = json!([{"setWeight": 20}, {"pause": {"duration": "3s"}}, {"setWeight": 50}, {"pause": {"duration": "1s"}}]);
    releases.release(&steps, &next);
    releases.until_weight(20);
    leader.signal(installed, "STOP");
    let stopped = Stopped(&case, &leader);
    assert_eq!(another_leads(&case, &first), other.name);
    let before = leader.writes(installed);
    drop(stopped);
    until("the one that was stopped only follows", || match leader.leader(installed) {
        (name, false) if name == other.name => Ok(()),
        said => Err(said),
    });
    let status = releases.until_in("Promoted");
    // 20, 50, 0: each weight was set once.
    assert_eq!(
        (&status["release"]["outcome"], &status["epoch"]),
        (&json!("promoted"), &json!(3)),
        "{status}"
    );
    releases.until_clean();
    assert_eq!(releases.stable(), (next, 2));
    assert_eq!(leader.writes(installed), before, "it has written nothing since");
    let report = load.stop(&case, "a release whose leader was stopped");
    assert!(answered_by(&report, "v2") > 0);
}
