//! Ten thousand Ingresses, and a hundred changes a second: what it costs, and what other requests notice. `WEIR_CLUSTER_SCALE=1` runs it.

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{MissedTickBehavior, interval, sleep};
use weir_tests::client::Client as Connection;
use weir_tests::eventually::eventually;

use crate::case::Case;
use crate::delay::{client, quantile};
use crate::installed::{DEADLINE, asked_for, say};
use crate::load::{Load, RATE};
use crate::objects::{backend, ingress_with};
use crate::proxies::{Proxy, ask, ask_on};

const INGRESSES: usize = 10_000;
/// Requests to the API server at a time while they are made.
const AT_A_TIME: usize = 32;
const CHANGES: usize = 3_000;
const CHANGE_EVERY: Duration = Duration::from_millis(10);
/// Of so many changes one is followed until a request shows it.
const FOLLOWED: usize = 10;
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// Seconds of load that are compared with those of the changes.
const QUIET_SECONDS: u64 = 20;

/// Ten thousand of everything, made and changed.
struct Crowd {
    services: Api<Service>,
    slices: Api<EndpointSlice>,
    ingresses: Api<Ingress>,
    /// Addresses of real pods.
    pods: Vec<String>,
}

impl Crowd {
    async fn of(case: &Case, pods: Vec<String>) -> Rc<Self> {
        let client = client(case.installed).await;
        Rc::new(Self {
            services: Api::namespaced(client.clone(), &case.namespace),
            slices: Api::namespaced(client.clone(), &case.namespace),
            ingresses: Api::namespaced(client, &case.namespace),
            pods,
        })
    }

    /// A Service without an address of its own, which is of no interest to the node, with three endpoints and an Ingress.
    async fn make(&self, number: usize) {
        let name = format!("crowd-{number}");
        let service = json!({"metadata": {"name": name}, "spec": {"clusterIP": "None", "ports": [{"name": "http", "port": 80}]}});
        let slice = json!({
            "metadata": {"name": name, "labels": {"kubernetes.io/service-name": name}},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": 8080}],
            "endpoints": self.pods.iter().map(|pod| json!({"addresses": [pod]})).collect::<Vec<_>>(),
        });
        create(&self.services, service).await;
        create(&self.slices, slice).await;
        create(&self.ingresses, ingress_with(&name, &host(number), &paths("/", &name))).await;
    }

    /// Gives an Ingress another path; the time until the proxy at `address` serves it, for some of them.
    async fn change(&self, change: usize, address: SocketAddr) -> Option<Duration> {
        // A prime number, so that every Ingress has its turn.
        let number = change * 7_919 % INGRESSES;
        let name = format!("crowd-{number}");
        let path = format!("/change-{change}");
        let rules = json!([{"host": host(number), "http": {"paths": paths(&path, &name)}}]);
        let merged = Patch::Merge(json!({"spec": {"rules": rules}}));
        self.ingresses.patch(&name, &PatchParams::default(), &merged).await.unwrap();
        let written = Instant::now();
        if !change.is_multiple_of(FOLLOWED) {
            return None;
        }
        let mut proxy = Connection::connect(address).await.unwrap();
        while ask_on(&mut proxy, &host(number), &path).await.unwrap().status != 200 {
            assert!(written.elapsed() < DEADLINE, "{name} stays as it was");
            sleep(LOOK_EVERY).await;
        }
        Some(written.elapsed())
    }
}

fn host(number: usize) -> String {
    format!("h{number}.crowd.test")
}

fn paths(path: &str, service: &str) -> Value {
    json!([{"path": path, "pathType": "Prefix", "backend": backend(service)}])
}

async fn create<K: Clone + DeserializeOwned + std::fmt::Debug + Serialize>(api: &Api<K>, object: Value) {
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap();
}

async fn fill(crowd: Rc<Crowd>) {
    let next = Rc::new(Cell::new(0));
    let mut makers = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let (crowd, next) = (Rc::clone(&crowd), Rc::clone(&next));
        makers.spawn_local(async move {
            while next.get() < INGRESSES {
                let number = next.replace(next.get() + 1);
                crowd.make(number).await;
                if number % 1_000 == 0 {
                    say(&format!("scale: {number} Ingresses made"));
                }
            }
        });
    }
    makers.join_all().await;
}

/// From the API server's answer to a request that is routed.
async fn churn(crowd: Rc<Crowd>, proxies: Vec<SocketAddr>) -> Vec<Duration> {
    let mut ticks = interval(CHANGE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut changes = JoinSet::new();
    for change in 0..CHANGES {
        ticks.tick().await;
        let crowd = Rc::clone(&crowd);
        let address = proxies[change / FOLLOWED % proxies.len()];
        changes.spawn_local(async move { crowd.change(change, address).await });
    }
    changes.join_all().await.into_iter().flatten().collect()
}

/// Gives proxies, load and upstreams the last CPU, and everything else the others: on a machine of two, an API server that writes and a proxy would else
/// wait for each other, and what is measured were the machine. Threads that begin later inherit it.
fn apart(case: &Case) {
    let script = "last=$(($(nproc --all) - 1)); [ $last -gt 0 ] || exit 1; \
        for task in /proc/[0-9]*/task/[0-9]*; do \
            case $(cat ${task%/task/*}/comm $task/comm 2>/dev/null) in *weir-*) cpus=$last ;; *) cpus=0-$((last - 1)) ;; esac; \
            taskset --cpu-list --pid $cpus ${task##*/} >/dev/null 2>&1; \
        done; true";
    let done = case.installed.node.command("sh").args(["-c", script]).status().unwrap();
    assert!(done.success(), "this needs two CPUs, and taskset");
}

fn memory(case: &Case, proxies: &[Proxy]) -> u64 {
    let all: Vec<u64> = proxies.iter().map(|proxy| proxy.memory(case.installed)).collect();
    all.iter().sum::<u64>() / u64::try_from(all.len()).unwrap()
}

#[test]
fn ten_thousand_ingresses_and_a_hundred_changes_a_second() {
    if !asked_for("WEIR_CLUSTER_SCALE") {
        return;
    }
    let Some(case) = Case::begin("scale") else { return };
    case.upstreams(&[("one", 3)]);
    case.apply(&[case.ingress("steady", "/steady", "one")]);
    case.everywhere("/steady", "one");
    let pods = case.kubectl(&["get", "pods", "-o", "jsonpath={.items[*].status.podIP}"]);
    let pods: Vec<String> = pods.split(' ').map(str::to_owned).collect();
    let proxies = case.proxies();
    let addresses: Vec<SocketAddr> = proxies.iter().map(Proxy::http).collect();
    let empty = memory(&case, &proxies);

    let began = Instant::now();
    case.installed.inside(|| async {
        LocalSet::new().run_until(async { fill(Crowd::of(&case, pods.clone()).await).await }).await;
        for address in &addresses {
            let last = host(INGRESSES - 1);
            eventually("the last one is served", || async {
                let seen = ask(*address, &last, "/").await.map(|answer| answer.status);
                if matches!(seen, Ok(200)) { Ok(()) } else { Err(seen) }
            })
            .await;
        }
    });
    case.say(&format!("{INGRESSES} Ingresses made and served in {:.1?}", began.elapsed()));
    let full = memory(&case, &proxies);

    let load = Load::start(&case, &["/steady"]);
    apart(&case);
    load.goes_on_for_seconds(QUIET_SECONDS);
    load.stop(&case, "without changes");
    let load = Load::start(&case, &["/steady"]);
    apart(&case);
    let mut delays = case.installed.inside(|| async {
        let churning = async { churn(Crowd::of(&case, pods.clone()).await, addresses.clone()).await };
        LocalSet::new().run_until(churning).await
    });
    load.goes_on_for(RATE);
    load.stop(&case, "with 100 changes a second");
    let after = memory(&case, &proxies);

    let kib = |bytes: u64| bytes / 1024;
    case.say(&format!(
        "from the API server's answer to a routed request: p50 {:.0?}, p99 {:.0?}, max {:.0?} ({} changes)",
        quantile(&mut delays, 50),
        quantile(&mut delays, 99),
        quantile(&mut delays, 100),
        delays.len()
    ));
    case.say(&format!(
        "a proxy's memory (PSS): {} KiB before, {} KiB with {INGRESSES} Ingresses ({} bytes each), {} KiB after {CHANGES} changes",
        kib(empty),
        kib(full),
        full.saturating_sub(empty) / u64::try_from(INGRESSES).unwrap(),
        kib(after)
    ));
    assert_eq!(delays.len(), CHANGES / FOLLOWED);
}
