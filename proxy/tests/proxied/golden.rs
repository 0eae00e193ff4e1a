//! The golden cases of hosts, paths, redirects and canaries through the whole proxy, with real upstreams, over either codec of HTTP/1.1.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::support::client::{Reply, get};
use crate::support::eventually;
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

#[path = "../../routing/tests/golden/table.rs"]
mod table;

use table::{Ask, Case, Expected, Step};

const PATHS: &str = include_str!("../../routing/tests/golden/paths.txt");
const CANARIES: &str = include_str!("../../routing/tests/golden/canaries.txt");
const REDIRECTS: &str = include_str!("../../routing/tests/golden/redirects.txt");

/// One upstream for each Service that any case names.
struct Upstreams(BTreeMap<&'static str, Upstream>);

impl Upstreams {
    async fn start() -> Self {
        let mut upstreams = BTreeMap::new();
        for name in ["a", "b", "c", "d"] {
            upstreams.insert(name, Upstream::echo(name).await);
        }
        Self(upstreams)
    }

    fn address(&self, service: &str) -> SocketAddr {
        self.0[service].address
    }
}

/// The objects of one step, and one that shows when they are served.
fn objects(step: &Step, upstreams: &Upstreams, number: usize) -> String {
    let mark = serde_json::json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": { "name": "mark", "namespace": table::NAMESPACE, "annotations": {
            "nginx.ingress.kubernetes.io/permanent-redirect": format!("https://step.example/{number}"),
        } },
        "spec": { "rules": [{ "host": "mark.example", "http": { "paths": [
            { "path": "/", "pathType": "Prefix", "backend": { "service": { "name": "a", "port": { "number": 80 } } } },
        ] } }] },
    });
    let all = step.objects(|service| upstreams.address(service)).into_iter().flatten().chain([mark]);
    all.map(|object| object.to_string() + "\n---\n").collect()
}

async fn apply(proxy: &Proxy, objects: &str, number: usize) {
    let path = proxy.path().join("objects.yaml");
    std::fs::write(path.with_extension("new"), objects).unwrap();
    std::fs::rename(path.with_extension("new"), path).unwrap();
    let expected = format!("https://step.example/{number}");
    eventually("the step's objects are served", || async {
        let reply = get(proxy.http(), "/", &[("Host", "mark.example")]).await;
        (reply.header("location") == Some(&expected)).then_some(())
    })
    .await;
}

fn seen(reply: &Reply) -> Expected {
    match reply.status {
        200 => {
            let text = reply.text();
            let mut lines = text.lines();
            let (name, line) = (lines.next().unwrap(), lines.next().unwrap());
            Expected::Served(name.to_owned(), line.strip_prefix("GET ").unwrap().to_owned())
        }
        status @ 300..400 => Expected::Redirect(status, reply.header("location").unwrap().to_owned()),
        status => Expected::Status(status),
    }
}

async fn asked(proxy: &Proxy, ask: &Ask) -> Expected {
    let mut headers = vec![("Host", ask.host.as_str())];
    headers.extend(ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    seen(&get(proxy.http(), &ask.path, &headers).await)
}

async fn check(proxy: &Proxy, case: &Case, step: &Step) {
    assert!(step.services().all(|name| ["a", "b", "c", "d"].contains(&name.as_str())), "{}", case.name);
    for ask in &step.asks {
        let label = format!("{}: {} {} {:?}", case.name, ask.host, ask.path, ask.headers);
        if let Expected::Share(n, service, count) = &ask.expected {
            let mut got = 0;
            for _ in 0..*n {
                got += usize::from(
                    matches!(asked(proxy, ask).await, Expected::Served(name, _) if name == *service),
                );
            }
            assert_eq!(got, *count, "{label}");
        } else {
            assert_eq!(asked(proxy, ask).await, ask.expected, "{label}");
        }
    }
    let problems = proxy.admin("/debug/problems").await.text();
    for words in &step.said {
        let words = serde_json::to_string(words).unwrap();
        assert!(problems.contains(words.trim_matches('"')), "{}: {words} in {problems}", case.name);
    }
}

/// Runs every case against two proxies that follow their objects: one as it is, one with ingress-nginx's own canaries.
async fn run(text: &str) {
    let upstreams = Upstreams::start().await;
    let nothing = objects(&Step::default(), &upstreams, 0);
    // Whoever tests says that it is a proxy in front, so that https can be had without TLS.
    let trusting = ["--trust-forwarded", "127.0.0.0/8"];
    let proxy = Proxy::start(&nothing, &trusting).await;
    let strict = Proxy::start(&nothing, &[&trusting[..], &["--strict-nginx-canary"]].concat()).await;
    let mut number = 0;
    for case in table::parse(text) {
        let proxy = if case.is_strict { &strict } else { &proxy };
        for step in &case.steps {
            number += 1;
            apply(proxy, &objects(step, &upstreams, number), number).await;
            check(proxy, &case, step).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_and_paths_are_as_in_ingress_nginx() {
    run(PATHS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn canaries_are_as_in_ingress_nginx() {
    run(CANARIES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_as_in_ingress_nginx() {
    run(REDIRECTS).await;
}
