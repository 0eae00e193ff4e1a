//! The API server killed and frozen: what was read last is served on, every proxy stays ready, and what changes afterwards is served too.

use weir_cluster::Component;
use weir_cluster::cluster::Handle;

use crate::case::Case;
use crate::installed::{asked_for, until};
use crate::load::Load;
use crate::proxies::Proxy;

/// What is done to the API server.
pub(crate) type Act = fn(&Handle<'_>) -> anyhow::Result<()>;

/// An API server that was killed or frozen. Whatever happens to the case, the next one finds it running.
pub(crate) struct Out<'a>(pub(crate) Handle<'a>, pub(crate) Act);

impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.1(&self.0).unwrap();
    }
}

/// Seconds of an outage.
pub(crate) fn seconds() -> u64 {
    if asked_for("WEIR_CLUSTER_LONG") { 60 } else { 10 }
}

/// Name and starts of the container of each of these proxies: one that was started anew has nothing to serve while nobody tells it what. Those that
/// another case has replaced may still be ending.
fn starts(case: &Case, proxies: &[Proxy]) -> Vec<String> {
    let starts = r#"jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].restartCount}{"\n"}{end}"#;
    let all = ["get", "pods", "--selector=app.kubernetes.io/name=weir-proxy", "-o", starts];
    let is_ours = |line: &&str| proxies.iter().any(|proxy| line.split(' ').next() == Some(&proxy.name));
    case.installed.kubectl(&all).lines().filter(is_ours).map(str::to_owned).collect()
}

/// No proxy may say anything else, however long the API server is away: without routes is only who has just started.
fn all_are_ready(case: &Case, proxies: &[Proxy]) {
    for proxy in proxies {
        let ready = proxy.page(case.installed, "/readyz");
        assert_eq!((ready.status, ready.body.as_str()), (200, "ok\n"), "{}", proxy.name);
    }
}

/// Under load the API server is away for a while: looked at every second. Then something new is served.
fn outage(case: &Case, api_server: Handle<'_>, what: &str, (begin, end): (Act, Act)) {
    // They are asked for before: nobody says where they are while it is away.
    let proxies = case.proxies();
    let starts_before = starts(case, &proxies);
    assert_eq!(starts_before.len(), proxies.len(), "{starts_before:?}");
    let load = Load::start(case, &["/shop"]);
    begin(&api_server).unwrap();
    let out = Out(api_server, end);
    for _ in 0..seconds() {
        load.goes_on_for_seconds(1);
        all_are_ready(case, &proxies);
    }
    let told = |proxy: &Proxy| proxy.problems_with(case.installed, "API server, watch of ");
    if what == "dead" {
        assert!(proxies.iter().all(|proxy| !told(proxy).is_empty()), "an outage is told");
    }
    drop(out);
    all_are_ready(case, &proxies);
    let path = format!("/after-{what}");
    case.apply(&[case.ingress(&format!("after-{what}"), &path, "two")]);
    case.everywhere(&path, "two");
    all_are_ready(case, &proxies);
    // Of the kinds, too, that nobody changes meanwhile.
    until("no proxy tells of an interruption any more", || {
        let left: Vec<String> = proxies.iter().flat_map(told).collect();
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
    load.stop(case, &format!("{} s with a {what} API server", seconds()));
    assert_eq!(starts(case, &proxies), starts_before, "a proxy was started anew");
}

#[test]
fn without_its_api_server_every_request_is_served_and_changes_after_it_are_too() {
    let Some(case) = Case::begin("outages") else { return };
    let Some(own) = case.installed.cluster.own_or_skip("to break the API server") else { return };
    case.upstreams(&[("one", 2), ("two", 1)]);
    case.apply(&[case.ingress("shop", "/shop", "one")]);
    case.everywhere("/shop", "one");
    let api_server = own.component(Component::ApiServer);
    outage(&case, api_server, "dead", (|server| server.kill(), |server| server.start()));
    outage(&case, api_server, "frozen", (|server| server.freeze(), |server| server.thaw()));
}
