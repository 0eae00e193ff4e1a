//! How long a weight takes from the API to every proxy.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Service;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use serde_json::json;
use tokio::task::{JoinSet, LocalSet};
use weir_tests::client::Client as Connection;

use crate::api;
use crate::case::Case;
use crate::installed::{DEADLINE, Installed};
use crate::load::Load;
use crate::proxies::{Proxy, ask_on};
use crate::weights::share;

/// Changes that are timed.
const CHANGES: u32 = 60;
/// Time between two looks at one proxy: what is measured is too long by half of it.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// A client of the API server, for threads in the cluster's network.
pub(crate) async fn client(installed: &Installed) -> Client {
    api::client(&installed.node.kubeconfig_inside()).await
}

/// Times in milliseconds, at the quantile `per_cent`.
pub(crate) fn quantile(times: &mut [Duration], per_cent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * per_cent / 100).min(times.len() - 1)]
}

/// Looks until this proxy has the weight; the time of the answer that showed it.
async fn has(mut proxy: Connection, page: String, percent: f64) -> (Connection, Instant) {
    let end = Instant::now() + DEADLINE;
    loop {
        let answer = ask_on(&mut proxy, "admin", &page).await.unwrap();
        let seen = share(&answer.body);
        if seen.is_some_and(|seen| (seen - percent).abs() < 1e-9) {
            return (proxy, Instant::now());
        }
        assert!(Instant::now() < end, "{percent} % is not served; last seen: {seen:?}");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Changes the weight again and again; from the API server's answer to the last proxy and to each, and what the API server itself took.
async fn measure(case: &Case, proxies: &[Proxy]) -> [Vec<Duration>; 3] {
    let services: Api<Service> = Api::namespaced(client(case.installed).await, &case.namespace);
    let page = format!("/debug/routes?host={}&path=/shop", case.host);
    let mut connections = Vec::new();
    for proxy in proxies {
        connections.push(Connection::connect(proxy.admin()).await.unwrap());
    }
    let [mut last, mut each, mut writes] = [const { Vec::new() }; 3];
    for change in 1..=CHANGES {
        let percent = f64::from(change) / 2.0;
        let annotations = json!({
            "weir.dev/canary-service": "two",
            "weir.dev/canary-weight": percent.to_string(),
        });
        let patch = Patch::Merge(json!({"metadata": {"annotations": annotations}}));
        let mut looks = JoinSet::new();
        for connection in connections.drain(..) {
            looks.spawn_local(has(connection, page.clone(), percent));
        }
        let before = Instant::now();
        services.patch("one", &PatchParams::default(), &patch).await.unwrap();
        let written = Instant::now();
        writes.push(written - before);
        let seen = looks.join_all().await;
        let delays: Vec<Duration> =
            seen.iter().map(|(_, at)| at.saturating_duration_since(written)).collect();
        last.extend(delays.iter().max());
        each.extend(delays);
        connections.extend(seen.into_iter().map(|(connection, _)| connection));
    }
    [last, each, writes]
}

#[test]
fn a_weight_set_in_the_api_is_served_by_every_proxy() {
    let Some(case) = Case::begin("delay") else { return };
    case.upstreams(&[("one", 2), ("two", 1)]);
    case.apply(&[case.ingress("shop", "/shop", "one")]);
    case.everywhere("/shop", "one");
    let load = Load::start(&case, &["/shop"]);
    let proxies = case.proxies();
    let [mut last, mut each, mut writes] =
        case.installed.inside(|| async { LocalSet::new().run_until(measure(&case, &proxies)).await });
    let report = load.stop(&case, "sixty changes of weight");
    assert_eq!((last.len(), each.len()), (60, 60 * proxies.len()));
    assert!(report.groups.contains_key("two"), "{:?}", report.groups.keys());
    case.say(&format!(
        "{CHANGES} weights, from the API server's answer: to all {} proxies p50 {:.1?}, p99 {:.1?}; to each p50 {:.1?}, p99 {:.1?}; the write itself p50 \
         {:.1?}, p99 {:.1?}",
        proxies.len(),
        quantile(&mut last, 50),
        quantile(&mut last, 99),
        quantile(&mut each, 50),
        quantile(&mut each, 99),
        quantile(&mut writes, 50),
        quantile(&mut writes, 99)
    ));
}
