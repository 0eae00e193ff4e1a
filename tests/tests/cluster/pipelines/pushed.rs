//! The whole story in a cluster: a push is tested, judged and built by pods, deployed, and released or stopped, while whoever runs it is
//! killed in each of its stages.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use weir_tests::github;
use weir_tests::journey::{ONCE, Push, manifests, stage};

use super::fixture::Fixture;
use super::rights::allow;
use super::runner::Runner;
use crate::case::Case;
use crate::installed::{WITHIN, until};
use crate::load::{Load, RATE, answered_by};
use crate::releases::Releases;

const STAGES: [&str; 11] = [
    "Checkout",
    "Install Dependencies",
    "Lint",
    "Tests",
    "Check quality: Scan",
    "Check quality: Quality Gate",
    "Build and publish image",
    "Deploy properties",
    "Deploy homolog",
    "Deploy production",
    "Release to production",
];

/// Where production is the case's namespace.
struct Story<'c> {
    case: &'c Case,
    fixture: &'c Fixture,
    runner: &'c Runner<'c>,
    homolog: String,
}

fn pipeline(fixture: &Fixture, homolog: &str, production: &str) -> Value {
    let redis = json!({
        "name": "redis", "image": fixture.image, "run": "exec redis-server --port 6379 --save ''", "ready": {"tcp": 6379},
    });
    let values = json!({
        "name": "flags-api", "servicePath": "/flags", "nodeImage": fixture.image,
        "registry": format!("{}/team", fixture.registry.address()), "registryInsecure": true,
        "testEnv": {"REDIS_PORT": "6379"}, "containers": [redis], "canaryEnabled": true,
        "deploy": "manifests", "homologNamespace": homolog, "productionNamespace": production,
        "homologEnv": {"NODE_ENV": "homolog"}, "productionEnv": {"NODE_ENV": "production"},
    });
    let github = json!({"repository": "shop/flags-api", "branches": ["main"], "secret": "hooks"});
    json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "Pipeline", "metadata": {"name": "flags-api"},
        "spec": {"triggers": [{"github": github}], "template": {"name": "nodejs-api", "values": values}},
    })
}

/// What web hooks are signed with; pipelines may name it by its label.
fn hooks() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "stringData": {"secret": "It is one"},
        "metadata": {"name": "hooks", "labels": {"weir.dev/for-pipelines": "true"}},
    })
}

#[test]
fn pushes_get_to_production_or_are_stopped_though_their_runner_is_killed_in_each_stage() {
    let Some(case) = Case::begin("pipelines") else { return };
    let Some(fixture) = Fixture::begin(case.installed, "flags-api") else { return };
    let homolog = format!("{}-homolog", case.namespace);
    let homologation = Homologation::begin(&case, &homolog);
    Releases::controller(&case);
    case.installed.node.trust(&fixture.registry.address().to_string()).unwrap();
    let runner = Runner::begin(&case, fixture.image, &fixture.state);
    case.say("the runner listens");
    for namespace in [&homolog, &case.namespace] {
        allow(&case, namespace);
    }
    case.apply(&[hooks(), pipeline(&fixture, &homolog, &case.namespace)]);
    case.kubectl(&["wait", "--for=condition=Ready", "pipelines.weir.dev/flags-api", WITHIN]);
    manifests::add(&fixture.sources, "  ingressClassName: weir\n", Some(&case.host)).unwrap();
    // An image with files of another user, and with a command of its own: what a builder with one user only cannot make.
    let base = &fixture.registry.base;
    let dockerfile = format!(
        "FROM {base}\nCOPY --chown=1000:1000 package.json server.js flags.js /app/\nUSER 1000\nRUN [\"/usr/bin/node\", \"-e\", \"require('fs').accessSync('/app/server.js')\"]\nCMD [\"/usr/bin/node\", \"/app/server.js\"]\n"
    );
    fixture.sources.write("Dockerfile", &dockerfile).unwrap();
    let story = Story { case: &case, fixture: &fixture, runner: &runner, homolog };
    story.first();
    story.others();
    drop(homologation);
}

impl Story<'_> {
    /// The first version: deployed as it is.
    fn first(&self) {
        let commit = self.push(Push::First);
        assert_eq!(self.tell("d1", &commit, "another").0, 401);
        let (status, told) = self.tell("d1", &commit, "It is one");
        assert_eq!((status, &told["runs"]), (202, &json!(["flags-api-1"])), "{told}");
        let killed = killed_in_each_stage(self.runner, "flags-api-1");
        let status = self.runner.over("flags-api-1");
        let log = self.runner.weir(&["logs", "flags-api-1"]);
        assert_eq!(status["status"], "Succeeded", "{status:#}\n{log}");
        self.case.say(&format!("the run succeeded; its runner was killed in {killed:?}"));
        assert!(killed.len() >= 6, "most stages last long enough: {killed:?}");
        let stages = status["stages"].as_array().unwrap();
        assert_eq!(stages.iter().map(|stage| stage["name"].as_str().unwrap()).collect::<Vec<_>>(), STAGES);
        assert!(stages.iter().all(|stage| stage["attempt"].as_u64() <= Some(1)), "{status:#}");
        for line in ONCE {
            assert_eq!(log.matches(line).count(), 1, "{line:?} in {log}");
        }
        let run = "pipelineruns.weir.dev/flags-api-1";
        self.case.kubectl(&["wait", "--for=condition=Succeeded", run, "--timeout=10s"]);
        nothing_is_left(self.runner);
        let view = self.view("flags-api-1");
        assert_eq!(stage(&view, "Release to production")["outputs"]["result"], "deployed", "{view:#}");
        for namespace in [&self.homolog, &self.case.namespace] {
            self.runs(namespace, &self.image(&view));
        }
        self.case.everywhere("/flags", "first");
    }

    /// A good version is promoted, a slow one given up, and one without tests does not get so far. No request of a user fails.
    fn others(&self) {
        let load = Load::start(self.case, &["/flags"]);
        load.goes_on_for(RATE);
        let commit = self.push(Push::Sound);
        assert_eq!(self.tell("d2", &commit, "It is one").0, 202);
        let killed = killed_in_each_stage(self.runner, "flags-api-2");
        let view = self.over("flags-api-2", Push::Sound);
        self.case.say(&format!("promoted; its runner was killed in {killed:?}"));
        assert!(killed.contains("Release to production") && killed.contains("Deploy homolog"), "{killed:?}");
        let released = stage(&view, "Release to production");
        assert_eq!(
            (&released["outputs"]["result"], &released["attempt"]),
            (&json!("promoted"), &json!(1)),
            "{released:#}"
        );
        let good = self.image(&view);
        self.runs(&self.case.namespace, &good);

        let view = self.ran("flags-api-3", Push::Slow);
        let reason = view["reason"].as_str().unwrap().to_owned();
        assert!(reason.contains("was aborted: ") && reason.contains("latency"), "{reason}");
        self.case.say(&format!("aborted: {reason}"));
        self.runs(&self.homolog, &self.image(&view));
        self.runs(&self.case.namespace, &good);

        let view = self.ran("flags-api-4", Push::Untested);
        let reason = view["reason"].as_str().unwrap();
        let at_the_gate = reason.starts_with("stage \"Check quality: Quality Gate\" failed: ");
        assert!(at_the_gate && reason.contains("coverage is "), "{reason}");
        assert_eq!(stage(&view, "Build and publish image")["status"], "NotRun");
        self.runs(&self.case.namespace, &good);
        let report = load.stop(self.case, "from the first version to the last push");
        assert!(answered_by(&report, "first") > 0 && answered_by(&report, "sound") > RATE, "{report:?}");
        let slow = answered_by(&report, "slow");
        assert!(slow > 0 && slow * 5 < report.results.completed, "only the canary's share: {slow}");
    }

    /// Commits a change and pushes it: its hash.
    fn push(&self, push: Push) -> String {
        for (name, text) in push.files() {
            self.fixture.sources.write(name, &text).unwrap();
        }
        self.fixture.push("main", push.title())
    }

    /// Tells of a push: the status of the answer, and what it says.
    fn tell(&self, delivery: &str, commit: &str, secret: &str) -> (u16, Value) {
        let clone_url = &self.fixture.git.url;
        let push = github::Push { repository: "shop/flags-api", clone_url, branch: "main", commit };
        self.runner.tell(&push.request(delivery, secret))
    }

    /// Pushes, tells of it, and waits for the run's end.
    fn ran(&self, run: &str, push: Push) -> Value {
        let commit = self.push(push);
        assert_eq!(self.tell(run, &commit, "It is one").0, 202);
        self.over(run, push)
    }

    /// What became of a run, which is the expected.
    fn over(&self, run: &str, push: Push) -> Value {
        let status = self.runner.over(run);
        assert_eq!(status["status"] == "Succeeded", push.succeeds(), "{push:?}: {status:#}");
        self.view(run)
    }

    fn view(&self, run: &str) -> Value {
        serde_json::from_str(&self.runner.weir(&["get", run, "--json"])).unwrap()
    }

    /// What a run published, as it is deployed.
    fn image(&self, view: &Value) -> String {
        let digest = stage(view, "Build and publish image")["outputs"]["digest"].as_str().unwrap().to_owned();
        format!("{}/team/flags-api@{digest}", self.fixture.registry.address())
    }

    /// Waits until nothing else runs in a namespace than two pods with this image.
    fn runs(&self, namespace: &str, image: &str) {
        let images = "jsonpath={range .items[*]}{.spec.containers[0].image}{'\\n'}{end}";
        until(&format!("{namespace} runs {image}"), || {
            let of = ["get", "pods", "--namespace", namespace, "--selector", "app=flags-api", "-o", images];
            let found = self.case.installed.cluster.kubectl(of).unwrap();
            if found.lines().collect::<Vec<_>>() == [image; 2] { Ok(()) } else { Err(found) }
        });
    }
}

/// A namespace, removed with this.
struct Homologation<'c> {
    case: &'c Case,
    namespace: String,
}

impl<'c> Homologation<'c> {
    fn begin(case: &'c Case, namespace: &str) -> Self {
        case.installed.cluster.kubectl(["create", "namespace", namespace]).unwrap();
        Self { case, namespace: namespace.to_owned() }
    }
}

impl Drop for Homologation<'_> {
    fn drop(&mut self) {
        let _ = self.case.installed.cluster.kubectl(["delete", "namespace", &self.namespace, "--wait=false"]);
    }
}

/// Kills whoever runs it once in each stage that is seen to run; those come back.
fn killed_in_each_stage(runner: &Runner<'_>, run: &str) -> BTreeSet<String> {
    let mut killed = BTreeSet::new();
    loop {
        let status = runner.once(run, "goes on", |status| {
            status["ended"].is_string() || running(status).is_some_and(|stage| !killed.contains(&stage))
        });
        let Some(stage) = running(&status) else { return killed };
        runner.kill();
        killed.insert(stage);
    }
}

fn running(status: &Value) -> Option<String> {
    let stages = status["stages"].as_array()?;
    let running = stages.iter().find(|stage| stage["status"] == "Running")?;
    Some(running["name"].as_str()?.to_owned())
}

/// Neither a pod nor what one was told.
fn nothing_is_left(runner: &Runner<'_>) {
    until("nothing is left of steps", || {
        let left = runner.left();
        if left.is_empty() { Ok(()) } else { Err(left) }
    });
}
