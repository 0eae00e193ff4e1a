//! Feature flags in a cluster: objects read, statuses written, values over HTTP at every controller, whichever leads.

use std::net::{IpAddr, SocketAddr};

use serde_json::{Value, json};
use weir_tests::client::{Answer, Client};

use crate::case::Case;
use crate::installed::{NAMESPACE, WITHIN, manifests, until};
use crate::releases::{Releases, image};

const USERS: usize = 200;
const FLAG: &str = "/ofrep/v1/evaluate/flags/new-basket";

/// Controllers that serve flags, and their Service, which goes with this. The controllers are installed anew by the next case.
struct Served<'c>(&'c Case);

impl<'c> Served<'c> {
    /// What the component does: its Service, and one more argument.
    fn begin(case: &'c Case) -> Self {
        let service = manifests().join("components/flags/service.yaml");
        case.installed.kubectl(&["apply", "--filename", &service.display().to_string()]);
        let argument = r#"[{"op": "add", "path": "/spec/template/spec/containers/0/args/-", "value": "--ofrep=0.0.0.0:9905"}]"#;
        let patch = ["patch", "deployment", "weir-controller", "--type=json", "--patch", argument];
        case.installed.kubectl(&patch);
        case.installed.kubectl(&["rollout", "status", "deployment/weir-controller", WITHIN]);
        Self(case)
    }

    /// Where each controller that stays is asked.
    fn controllers(&self) -> Vec<SocketAddr> {
        let address = |pod: &Value| pod["status"]["podIP"].as_str()?.parse::<IpAddr>().ok();
        let pods = self.0.installed.pods_that_stay("weir-controller");
        pods.iter().filter_map(address).map(|address| SocketAddr::new(address, 9905)).collect()
    }

    /// Where programs ask.
    fn service(&self) -> SocketAddr {
        let path = ["get", "service", "weir-flags", "-o", "jsonpath={.spec.clusterIP}"];
        SocketAddr::new(self.0.installed.kubectl(&path).parse().unwrap(), 80)
    }

    /// How many of the users have the flag.
    fn users(&self, at: SocketAddr) -> Result<usize, String> {
        let asked: Vec<String> = (0..USERS)
            .map(|user| {
                let body = json!({"context": {"targetingKey": format!("u{user}")}}).to_string();
                format!(
                    "POST {FLAG} HTTP/1.1\r\nhost: flags.test\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                )
            })
            .collect();
        let answers = self.0.installed.inside(|| async {
            let mut client = Client::connect(at).await?;
            client.all(&asked).await
        });
        let answers = answers.map_err(|error| error.to_string())?;
        let value = |answer: &Answer| {
            let body: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
            body["value"].as_bool().ok_or_else(|| answer.body.clone())
        };
        let values: Vec<bool> = answers.iter().map(value).collect::<Result<_, _>>()?;
        Ok(values.into_iter().filter(|has| *has).count())
    }

    /// Waits until so many have it, at every controller and behind the Service.
    fn everywhere(&self, users: std::ops::RangeInclusive<usize>) {
        for at in self.controllers().into_iter().chain([self.service()]) {
            until(&format!("{users:?} of {USERS} users have the flag at {at}"), || {
                let seen = self.users(at)?;
                if users.contains(&seen) { Ok(()) } else { Err(seen.to_string()) }
            });
        }
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        let remove = ["--namespace", NAMESPACE, "delete", "--ignore-not-found", "service/weir-flags"];
        let _ = self.0.installed.cluster.kubectl(remove);
    }
}

/// Waits until one that cannot be evaluated is refused: while controllers are replaced, everything is taken.
fn refuses(case: &Case, flag: Value, part: &str) {
    let file = case.written(&[flag]);
    until(&format!("a flag is refused for {part:?}"), || {
        let said = match case.try_kubectl(&["create", "--dry-run=server", "--filename", &file]) {
            Ok(taken) => taken,
            Err(error) => format!("{error:#}"),
        };
        if said.contains("webhook") && said.contains(part) { Ok(()) } else { Err(said) }
    });
}

/// A flag of `shop`, on for as many users as its canary has requests.
pub(crate) fn flag(name: &str, variant: &str) -> Value {
    json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "FeatureFlag", "metadata": {"name": name},
        "spec": {
            "variants": {"on": true, "off": false}, "defaultVariant": "off",
            "rules": [{"follows": {"canary": "shop", "variant": variant}}]
        }
    })
}

#[test]
fn a_flag_follows_its_canary_at_every_controller_and_survives_the_one_that_leads() {
    let Some(case) = Case::begin("flags") else { return };
    let releases = Releases::begin(&case);
    let served = Served::begin(&case);
    let mut taken = flag("taken", "on");
    taken["spec"]["key"] = json!("newer");
    case.apply(&[flag("new-basket", "on"), flag("newer", "on"), taken]);
    refuses(&case, flag("broken", "one"), "spec.rules[0].follows.variant: there is no variant \"one\"");
    for (name, part) in [
        ("new-basket", "True nobody: waits for a release of Canary"),
        ("taken", "False key: \"newer\" is already the key of FeatureFlag flags-"),
    ] {
        until(&format!("the status of {name} says {part:?}"), || {
            let status = case.object("featureflags", name).unwrap()["status"].clone();
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let seen = format!("{} {}", text(&status["conditions"][0]["status"]), text(&status["message"]));
            if seen.starts_with(part) { Ok(()) } else { Err(seen) }
        });
    }
    let listed = case.kubectl(&["get", "featureflags"]);
    assert!(listed.contains("READY") && listed.contains("MESSAGE"), "{listed}");
    served.everywhere(0..=0);

    let image = image(&case, "v2", "0%");
    releases.release(&json!([{"setWeight": 20}, {"pause": {}}]), &image);
    releases.until_weight(20);
    // 40 expected; five standard deviations are 28.
    served.everywhere(12..=68);
    case.kubectl(&["annotate", "canary", "shop", r#"weir.dev/command={"id": "1", "verb": "promote"}"#]);
    releases.until_over("Promoted", &image);
    served.everywhere(USERS..=USERS);

    let leader = case.installed.holder("weir-controller");
    case.installed.kubectl(&["delete", "pod", &leader, WITHIN]);
    case.installed.kubectl(&["rollout", "status", "deployment/weir-controller", WITHIN]);
    served.everywhere(USERS..=USERS);
    let flag = case.object("featureflags", "new-basket").unwrap();
    assert_eq!(flag["status"]["follows"][0]["promoted"]["image"], image);
}
