//! The API server killed and frozen: what was read last is served on, and what changes afterwards is served too.

use weir_cluster::Component;
use weir_cluster::cluster::Handle;

use crate::case::Case;
use crate::installed::asked_for;
use crate::load::Load;

/// An API server that was killed or frozen. Whatever happens to the case, the next one finds it running.
struct Out<'a>(Handle<'a>, fn(&Handle<'a>) -> anyhow::Result<()>);

impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.1(&self.0).unwrap();
    }
}

/// Seconds of an outage.
fn outage() -> u64 {
    if asked_for("WEIR_CLUSTER_LONG") { 60 } else { 10 }
}

#[test]
fn without_its_api_server_every_request_is_served_and_changes_after_it_are_too() {
    let Some(case) = Case::begin("outages") else { return };
    let Some(own) = case.installed.cluster.own_or_skip("to break the API server") else { return };
    case.upstreams(&[("one", 2), ("two", 1)]);
    case.apply(&[case.ingress("shop", "/shop", "one")]);
    case.everywhere("/shop", "one");
    let api_server = own.component(Component::ApiServer);
    // They are asked for now: nobody says where they are while it is away.
    let proxies = case.proxies();
    let all_are_ready = || {
        for proxy in &proxies {
            let ready = proxy.page(case.installed, "/readyz");
            assert_eq!(ready.status, 200, "{}: {}", proxy.name, ready.body);
        }
    };

    let load = Load::start(&case, &["/shop"]);
    api_server.kill().unwrap();
    let out = Out(api_server, Handle::start);
    load.goes_on_for_seconds(outage());
    all_are_ready();
    drop(out);
    case.apply(&[case.ingress("after-death", "/after-death", "two")]);
    case.everywhere("/after-death", "two");
    load.stop(&case, &format!("{} s with a dead API server", outage()));

    let load = Load::start(&case, &["/shop"]);
    api_server.freeze().unwrap();
    let out = Out(api_server, Handle::thaw);
    load.goes_on_for_seconds(outage());
    all_are_ready();
    drop(out);
    case.apply(&[case.ingress("after-frost", "/after-frost", "two")]);
    case.everywhere("/after-frost", "two");
    load.stop(&case, &format!("{} s with a frozen API server", outage()));
}
