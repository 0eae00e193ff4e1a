//! Changes while requests are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::support::client::Client;
use crate::support::eventually;
use crate::support::manifest::{Service, file, ingress, simple, split};
use crate::support::proxy::Proxy;
use crate::support::upstream::Upstream;

/// Clients that ask without pause until told to stop; gives requests and failures.
struct Load {
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    tasks: Vec<tokio::task::JoinHandle<u64>>,
}

impl Load {
    fn start(address: std::net::SocketAddr, clients: usize) -> Self {
        let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let tasks = (0..clients).map(|_| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                let mut client = Client::connect(address).await;
                let mut failed = 0;
                while !stop.load(Ordering::Relaxed) {
                    let reply = client.get("/", &[]).await;
                    failed += u64::from(reply.status != 200 || !reply.complete);
                    done.fetch_add(1, Ordering::Relaxed);
                }
                failed
            })
        });
        let tasks = tasks.collect();
        Self { stop, done, tasks }
    }

    /// Waits for `n` more requests.
    async fn pass(&self, n: u64) {
        let target = self.done.load(Ordering::Relaxed) + n;
        eventually("the load goes on", || async {
            (self.done.load(Ordering::Relaxed) >= target).then_some(())
        })
        .await;
    }

    async fn finish(self) -> (u64, u64) {
        self.stop.store(true, Ordering::Relaxed);
        let mut failed = 0;
        for task in self.tasks {
            failed += task.await.unwrap();
        }
        (self.done.load(Ordering::Relaxed), failed)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_weights_under_load_fails_no_request_and_keeps_every_connection() {
    let (a, b) = (Upstream::echo("stable").await, Upstream::echo("canary").await);
    let objects = |weight| split(&[a.address], &[b.address], weight);
    let proxy = Proxy::start(&objects("50"), &[]).await;
    let load = Load::start(proxy.http(), 4);
    load.pass(300).await;
    let (before_a, before_b) = (a.connections(), b.connections());
    for weight in ["10", "90", "33.33", "1", "50"] {
        proxy.apply(&objects(weight)).await;
        load.pass(200).await;
    }
    let (requests, failed) = load.finish().await;
    assert_eq!(failed, 0, "of {requests}");
    assert!(
        a.connections() <= before_a.max(4) && b.connections() <= before_b.max(4),
        "pools were thrown away"
    );
    let (stable, canary) = (proxy.settled("stable").await, proxy.settled("canary").await);
    assert_eq!(stable.outcomes.total() + canary.outcomes.total(), requests, "counts go on over five tables");
    assert_eq!((stable.outcomes.total(), canary.outcomes.total()), (a.requests(), b.requests()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changing_endpoints_and_routes_under_load_fails_no_request() {
    let ups = [Upstream::echo("a").await, Upstream::echo("b").await, Upstream::echo("c").await];
    let of = |which: &[usize]| simple(&which.iter().map(|i| ups[*i].address).collect::<Vec<_>>());
    let proxy = Proxy::start(&of(&[0]), &[]).await;
    let load = Load::start(proxy.http(), 4);
    for which in [&[0, 1][..], &[1], &[1, 2], &[0, 1, 2], &[2]] {
        load.pass(100).await;
        proxy.apply(&of(which)).await;
    }
    load.pass(100).await;
    let (requests, failed) = load.finish().await;
    assert_eq!(failed, 0, "of {requests}");
    assert_eq!(ups.iter().map(Upstream::requests).sum::<u64>(), requests);
    assert!(ups.iter().all(|upstream| upstream.requests() > 0));
}

#[tokio::test]
async fn a_new_weight_holds_from_the_next_request_on() {
    let (a, b) = (Upstream::echo("stable").await, Upstream::echo("canary").await);
    let proxy = Proxy::start(&split(&[a.address], &[b.address], "50"), &[]).await;
    let mut client = Client::connect(proxy.http()).await;
    for (weight, name) in [("0", "stable"), ("100", "canary"), ("0", "stable")] {
        proxy.apply(&split(&[a.address], &[b.address], weight)).await;
        for _ in 0..10 {
            assert_eq!(client.get("/", &[]).await.text().lines().next(), Some(name), "{weight}");
        }
    }
}

#[tokio::test]
async fn a_broken_file_keeps_the_last_good_routes_and_says_where_it_is_broken() {
    let web = Upstream::echo("web").await;
    let good = simple(&[web.address]);
    let proxy = Proxy::start(&good, &[]).await;
    let path = proxy.path().join("objects.yaml");
    std::fs::write(&path, format!("{good}\nkind: [\n")).unwrap();
    let problems = eventually("the problem is shown", || async {
        let text = proxy.admin("/debug/problems").await.text();
        text.contains("objects.yaml").then_some(text)
    })
    .await;
    assert!(problems.contains("\"severity\": \"error\"") && problems.contains("\"line\": "), "{problems}");
    assert!(proxy.metric("weir_problems{severity=\"error\"}").await >= 1);
    assert_eq!(proxy.get("/").await.status, 200);
    std::fs::write(&path, &good).unwrap();
    eventually("the problem is solved", || async {
        (proxy.admin("/debug/problems").await.text().trim() == "[]").then_some(())
    })
    .await;
    assert_eq!(proxy.get("/").await.status, 200);
}

#[tokio::test]
async fn a_fault_in_one_object_has_its_line_and_does_not_stop_the_others() {
    let web = Upstream::echo("web").await;
    let objects = file(
        &[ingress("", "/", "web"), ingress("", "/gone", "missing")],
        &[Service::new("web", &[web.address]).annotate("weir.dev/canary-wieght", "5")],
    );
    let proxy = Proxy::start(&objects, &[]).await;
    assert_eq!(proxy.get("/").await.status, 200);
    let text = proxy.admin("/debug/problems").await.text();
    let problems: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (message, line_of) in
        [("missing", "name: missing, port"), ("canary-wieght", "weir.dev/canary-wieght")]
    {
        let problem =
            problems.as_array().unwrap().iter().find(|p| p.to_string().contains(message)).expect(&text);
        let line = 1 + objects.lines().position(|line| line.contains(line_of)).unwrap();
        assert_eq!(problem["line"], line, "{message}: {text}");
    }
}

#[tokio::test]
async fn counts_of_a_revision_outlive_the_revision() {
    let web = Upstream::echo("web").await;
    let of = |revision: &str| {
        file(&[ingress("", "/", "web")], &[Service::new("web", &[web.address]).revision(revision)])
    };
    let proxy = Proxy::start(&of("v1"), &[]).await;
    assert_eq!(proxy.get("/").await.status, 200);
    proxy.apply(&of("v2")).await;
    assert_eq!(proxy.get("/").await.status, 200);
    proxy.apply(&file(&[], &[])).await;
    let report = proxy.report().await;
    let of =
        |revision| report.series.iter().find(|s| s.key.revision == revision).unwrap().counts.outcomes.total();
    assert_eq!((of("v1"), of("v2")), (1, 1));
    assert_eq!(proxy.get("/").await.status, 404);
}

/// A Canary of `web` and what its controller says about it.
fn canary(epoch: u64, weight: &str) -> (String, String) {
    let head = "apiVersion: weir.dev/v1alpha1\nkind: Canary\nmetadata: {name: web, namespace: shop}\n";
    let spec = "spec:\n  targetRef: {name: web}\n  service: web\n  strategy: {canary: {steps: [{setWeight: 50}]}}\n---\n";
    let status = format!(
        "status:\n  phase: Progressing\n  epoch: {epoch}\n  split:\n    epoch: {epoch}\n    stableRevision: web-r1\n    \
         canary: {{service: web-canary, revision: web-canary-r1, weight: {weight}}}\n"
    );
    (format!("{head}{spec}"), format!("{head}{status}"))
}

#[tokio::test]
async fn the_controllers_status_moves_the_weights_and_its_epoch_is_reported() {
    let (a, b) = (Upstream::echo("stable").await, Upstream::echo("canary").await);
    let services = [Service::new("web", &[a.address]), Service::new("web-canary", &[b.address])];
    let objects = file(&[ingress("", "/", "web"), canary(0, "0").0], &services);
    let state = tempfile::tempdir().unwrap();
    // Made later by the controller.
    let later = state.path().join("objects");
    let proxy = Proxy::start(&objects, &["--objects", later.to_str().unwrap()]).await;
    assert_eq!(proxy.get("/").await.text().lines().next(), Some("stable"));
    std::fs::create_dir(&later).unwrap();
    for (epoch, weight, track) in [(1, "100", "canary"), (2, "0", "stable"), (3, "100", "canary")] {
        std::fs::write(later.join("new"), canary(epoch, weight).1).unwrap();
        std::fs::rename(later.join("new"), later.join("canary.shop.web.yaml")).unwrap();
        eventually("the epoch is served", || async {
            (proxy.report().await.epochs.get("shop/web") == Some(&epoch)).then_some(())
        })
        .await;
        for _ in 0..5 {
            let text = proxy.get("/").await.text();
            assert_eq!(text.lines().next(), Some(track), "epoch {epoch}: what is reported is served");
        }
    }
    assert_eq!(proxy.metric("weir_split_epoch{canary=\"shop/web\"}").await, 3);
}
