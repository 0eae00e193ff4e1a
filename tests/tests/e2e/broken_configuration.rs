//! Broken manifests while requests are served: each fault is named by file, line and field, what it said last stays in force, and everything else
//! goes on without a failed request.

use std::cell::Cell;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use weir_load::{drive, report::Report, serve::Server};
use weir_tests::client::once;
use weir_tests::eventually::eventually;
use weir_tests::sample::{ingress, service, split};
use weir_tests::standalone::Standalone;
use weir_tests::traffic::{closed, open, received, upstream};

/// Requests that show that a weight is in force.
const REQUESTS: u64 = 2_000;
/// Threads of the proxy.
const WORKERS: u64 = 2;

/// A file that is written, and the fault that must be named.
struct Fault {
    what: &'static str,
    file: &'static str,
    broken: String,
    /// Text of the line that is named.
    line: &'static str,
    field: &'static str,
    says: &'static str,
}

struct Stage {
    proxy: Standalone,
    stable: Server,
    canary: Server,
    good: String,
}

impl Stage {
    async fn start() -> Self {
        let (stable, canary) =
            (upstream("stable", "0").await.unwrap(), upstream("canary", "0").await.unwrap());
        let good = split("web", &[stable.address()], ("33.33", &[canary.address()]), None, &[]);
        let calm = ingress("calm") + &service("calm", &[], &[stable.address()]);
        let manifests = [("web.yaml", good.clone()), ("calm.yaml", calm)];
        let proxy = Standalone::proxy(&manifests, &["--workers", &WORKERS.to_string()]).await.unwrap();
        Self { proxy, stable, canary, good }
    }

    fn faults(&self) -> Vec<Fault> {
        let lost = ingress("lost").replace("name: lost, port", "name: nobody, port");
        vec![
            Fault {
                what: "no YAML",
                file: "web.yaml",
                broken: format!("{}kind: }}\n", self.good),
                line: "kind: }",
                field: "",
                says: "",
            },
            Fault {
                what: "unknown field",
                file: "web.yaml",
                broken: self
                    .good
                    .replace("pathType: Prefix", "pathType: Prefix\n            pathTipe: Exact"),
                line: "pathTipe",
                field: "spec.rules[0].http.paths[0].pathTipe",
                says: "unknown",
            },
            Fault {
                what: "bad weight",
                file: "web.yaml",
                broken: self.good.replace("\"33.33\"", "\"5%%\""),
                line: "5%%",
                field: "metadata.annotations[\"weir.dev/canary-weight\"]",
                says: "5%%",
            },
            Fault {
                what: "missing Service",
                file: "lost.yaml",
                broken: lost,
                line: "name: nobody",
                field: "spec.rules[0].http.paths[0].backend.service.name",
                says: "nobody",
            },
        ]
    }

    /// Writes the fault, and waits until it is shown; the problem.
    async fn shown(&self, fault: &Fault) -> Value {
        self.proxy.apply(fault.file, &fault.broken).unwrap();
        let look = || async {
            let problems = self.proxy.problems().await.map_err(|error| format!("{error:#}"))?;
            let found = problems.iter().find(|problem| {
                let file = problem["file"].as_str().unwrap_or_default();
                file.ends_with(fault.file)
                    && problem["field"].as_str().unwrap_or_default().contains(fault.field)
            });
            found.cloned().ok_or_else(|| format!("{problems:#?}"))
        };
        eventually(fault.what, look).await
    }

    async fn mended(&self, fault: &Fault) {
        match fault.file {
            "web.yaml" => self.proxy.apply(fault.file, &self.good).unwrap(),
            other => self.proxy.delete(other).unwrap(),
        }
        let look = || async {
            match self.proxy.problems().await {
                Ok(problems) if problems.is_empty() => Ok(()),
                other => Err(format!("{other:?}")),
            }
        };
        eventually("the problem is gone", look).await;
    }

    /// The split is served with its weight of 33.33 %.
    async fn assert_weight(&self, when: &str) {
        let before = (received(&self.stable, "/web"), received(&self.canary, "/web"));
        let load =
            drive::run(closed(self.proxy.listen().unwrap(), "/web", 8, REQUESTS).unwrap()).await.unwrap();
        let (stable, canary) =
            (received(&self.stable, "/web") - before.0, received(&self.canary, "/web") - before.1);
        println!("{when}: {canary} of {REQUESTS} requests on the canary, {} failed", load.results.errors);
        assert_eq!(
            (load.results.completed, load.results.errors, stable + canary),
            (REQUESTS, 0, REQUESTS),
            "{when}"
        );
        // A window of the draw may be open at either end, in each worker.
        assert!(
            (canary * 10_000).abs_diff(REQUESTS * 3_333) < 2 * WORKERS * 10_000,
            "{when}: {canary} of {REQUESTS}"
        );
    }
}

/// Number of the line that holds `text`, from 1.
fn line_of(file: &str, text: &str) -> u64 {
    let place = file.lines().position(|line| line.contains(text)).unwrap();
    u64::try_from(place).unwrap() + 1
}

/// Runs `work` while another route is asked all the time; what that load saw.
async fn beside_load(proxy: &Standalone, work: impl Future<Output = ()>) -> Report {
    let plan = open(proxy.listen().unwrap(), "/calm", 300.0, Duration::from_hours(1)).unwrap();
    let (stop, stopped) = watch::channel(false);
    let seconds = Cell::new(0);
    let load = drive::run_observed(plan, stopped, |second| seconds.set(second.second));
    let work = async {
        work.await;
        stop.send_replace(true);
    };
    let (load, ()) = tokio::join!(load, work);
    load.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_named_with_their_place_and_what_was_good_is_served_on() {
    let stage = Stage::start().await;
    assert!(stage.proxy.problems().await.unwrap().is_empty());
    let load = beside_load(&stage.proxy, async {
        stage.assert_weight("before").await;
        for fault in stage.faults() {
            let problem = stage.shown(&fault).await;
            let line = line_of(&fault.broken, fault.line);
            println!("{}: {problem}", fault.what);
            assert_eq!(problem["line"], line, "{}: {problem}", fault.what);
            assert!(problem["message"].as_str().unwrap().contains(fault.says), "{}: {problem}", fault.what);
            let logged = format!("{}:{line}", fault.file);
            assert!(stage.proxy.proxy.log().contains(&logged), "{}: {logged} is not in the log", fault.what);
            stage.assert_weight(fault.what).await;
            if fault.file == "lost.yaml" {
                let answer = once(stage.proxy.listen().unwrap(), "/lost", &[]).await.unwrap();
                assert_eq!(answer.status, 503, "{answer:?}");
            }
            stage.mended(&fault).await;
        }
        stage.assert_weight("mended").await;
    })
    .await;
    let (completed, errors) = (load.results.completed, load.results.errors);
    println!(
        "beside all of it: {completed} requests of another route, {errors} failed, {} unsent",
        load.unsent.max_in_flight
    );
    assert!(completed > 0);
    assert_eq!((errors, load.unsent.max_in_flight, load.unsent.expired), (0, 0, 0), "{load:?}");
}
