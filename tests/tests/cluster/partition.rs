//! A network that drops what proxies and the API server send each other: nothing is refused, and nothing is answered.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use weir_cluster::Node;

use crate::case::Case;
use crate::installed::until;
use crate::load::Load;

/// Seconds without a packet, under load.
const SECONDS: u64 = 60;
/// Within this time a proxy has noticed that a watch leads nowhere.
const NOTICED: Duration = Duration::from_secs(45);
/// Within this time a change is served once packets come through again.
const SERVED: Duration = Duration::from_secs(20);

/// No packet between pods and the API server, until this is dropped.
pub(crate) struct Cut<'n>(&'n Node);

impl<'n> Cut<'n> {
    fn begin(node: &'n Node) -> Self {
        Self::between(node, "", "")
    }

    /// Of this pod alone.
    pub(crate) fn of(node: &'n Node, pod: IpAddr) -> Self {
        Self::between(node, &format!("ip saddr {pod}"), &format!("ip daddr {pod}"))
    }

    fn between(node: &'n Node, from: &str, to: &str) -> Self {
        let cut = Self(node);
        cut.nft(&format!(
            "table inet weir-cut {{
                chain to {{ type filter hook input priority 0; iifname != \"lo\" {from} tcp dport 6443 drop; }}
                chain from {{ type filter hook output priority 0; oifname != \"lo\" {to} tcp sport 6443 drop; }}
            }}"
        ));
        cut
    }

    fn nft(&self, rules: &str) {
        let output = self.0.command("nft").arg(rules).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        self.nft("delete table inet weir-cut");
    }
}

#[test]
fn proxies_notice_that_a_watch_leads_nowhere_and_serve_changes_as_soon_as_it_does_again() {
    let Some(case) = Case::begin("partition") else { return };
    case.upstreams(&[("one", 2), ("two", 1)]);
    case.apply(&[case.ingress("shop", "/shop", "one")]);
    case.everywhere("/shop", "one");
    let proxies = case.proxies();
    let load = Load::start(&case, &["/shop"]);
    let cut = Cut::begin(case.installed.node);
    let begun = Instant::now();
    case.apply(&[case.ingress("meanwhile", "/meanwhile", "two")]);
    for proxy in &proxies {
        until("a proxy tells that its watches lead nowhere", || {
            let problems = proxy.page(case.installed, "/debug/problems").body;
            if problems.contains("watch of services") { Ok(()) } else { Err(problems) }
        });
        let ready = proxy.page(case.installed, "/readyz");
        assert_eq!(ready.status, 200, "{}: {}", proxy.name, ready.body);
    }
    let noticed = begun.elapsed();
    load.goes_on_for_seconds(SECONDS.saturating_sub(noticed.as_secs()));
    drop(cut);
    let healed = Instant::now();
    case.everywhere("/meanwhile", "two");
    let served = healed.elapsed();
    load.stop(&case, &format!("{SECONDS} s without a packet between proxies and the API server"));
    case.say(&format!(
        "noticed by all after {noticed:.0?}; the change was served {served:.1?} after the end of it"
    ));
    assert!(noticed < NOTICED && served < SERVED, "{noticed:?}, {served:?}");
}
