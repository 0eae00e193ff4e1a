//! Proxies that end: another one takes the duties over at once, and the last one removes the addresses at which nobody answers any more.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::case::Case;
use crate::installed::{PROXIES, WITHIN, until};
use crate::proxies::Proxy;
use crate::told::published_at;

/// Far less than the 20 s after which the lease of a proxy that does not end in an orderly way is free.
const AT_ONCE: Duration = Duration::from_secs(5);
const SWITCH: &str = "WEIR_UPDATE_STATUS_ON_SHUTDOWN";

/// The pod of the proxy that has the duties.
pub(crate) fn leader(case: &Case) -> Proxy {
    until("one of the proxies has the duties", || {
        let holder = case.installed.holder("weir-proxy");
        let is_it = |proxy: &Proxy| {
            let report: Value = serde_json::from_str(&proxy.page(case.installed, "/report/v1").body).unwrap();
            report["instance"] == holder.as_str()
        };
        case.proxies().into_iter().find(is_it).ok_or(holder)
    })
}

/// The addresses in the status of the Ingress `web`.
fn addresses(case: &Case) -> String {
    published_at(case, "web")
}

fn version(case: &Case) -> String {
    case.object("ingresses", "web").unwrap()["metadata"]["resourceVersion"].to_string()
}

/// An Ingress, and the address that its status has.
fn published(case: &Case) -> String {
    case.upstreams(&[("one", 1)]);
    case.apply(&[case.ingress("web", "/", "one")]);
    let service = ["get", "service", "weir-proxy", "-o", "jsonpath={.spec.clusterIP}"];
    let address = case.installed.kubectl(&service);
    is_published(case, &address);
    address
}

fn is_published(case: &Case, address: &str) {
    until("the status has the address of the Service", || match addresses(case) {
        seen if seen == address => Ok(()),
        seen => Err(seen),
    });
}

#[test]
fn the_duties_go_to_another_proxy_at_once_and_no_rolling_update_touches_the_status() {
    let Some(case) = Case::begin("handover") else { return };
    published(&case);
    let before = version(&case);
    let (leader, held) = (leader(&case), case.installed.holder("weir-proxy"));
    case.installed.kubectl(&["delete", "pod", &leader.name, "--wait=false"]);
    let told = Instant::now();
    let taken = until("another proxy has the duties", || {
        let now = case.installed.holder("weir-proxy");
        if now.is_empty() || now == held { Err(now) } else { Ok(told.elapsed()) }
    });
    case.say(&format!("{taken:.1?} after the leader was told to end, another proxy had the duties"));
    assert!(taken < AT_ONCE, "{taken:?}");

    case.installed.kubectl(&["rollout", "restart", "deployment/weir-proxy"]);
    case.installed.wait_for_only_proxies();
    assert_eq!(version(&case), before, "somebody has written the status meanwhile");
}

/// The proxies come back whatever happens to the case: the next one needs them.
struct Scaled<'c>(&'c Case);

impl Scaled<'_> {
    /// Ends every proxy, and waits until they are gone.
    fn none(&self) {
        self.0.installed.kubectl(&["scale", "deployment/weir-proxy", "--replicas=0"]);
        let selected =
            ["wait", "--for=delete", "pod", "--selector=app.kubernetes.io/name=weir-proxy", WITHIN];
        self.0.installed.kubectl(&selected);
    }

    fn all(&self) {
        let replicas = format!("--replicas={PROXIES}");
        self.0.installed.kubectl(&["scale", "deployment/weir-proxy", &replicas]);
        self.0.installed.wait_for_proxies();
    }
}

impl Drop for Scaled<'_> {
    fn drop(&mut self) {
        self.0.installed.kubectl(&["set", "env", "deployment/weir-proxy", &format!("{SWITCH}-")]);
        self.all();
    }
}

#[test]
fn the_last_proxy_removes_its_addresses_unless_it_is_told_not_to() {
    let Some(case) = Case::begin("lasts") else { return };
    let address = published(&case);
    let scaled = Scaled(&case);
    scaled.none();
    assert_eq!(addresses(&case), "", "every proxy is gone");
    assert_eq!(case.installed.holder("weir-proxy"), "", "nobody has the duties");
    scaled.all();
    is_published(&case, &address);

    case.installed.kubectl(&["set", "env", "deployment/weir-proxy", &format!("{SWITCH}=false")]);
    // A proxy of before, which is not told so, may be the last of all to end.
    case.installed.wait_for_only_proxies();
    let before = version(&case);
    scaled.none();
    assert_eq!((addresses(&case), version(&case)), (address, before), "it was not to be removed");
}
