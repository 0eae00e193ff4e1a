//! Builds of a Jenkins job: answers of its API as it documents them, by a server of the test's own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use weir_pipeline::Status;

use crate::server::{Asked, Reply, Server};
use crate::triggered::{Triggered, file};

const SPEC: &str = "parameters: [{name: image, required: true}]\n  stages: [{name: Look, variables: [{key: seen, value: '${ parameters.image }'}]}]";
const PATH: &str = "/ci/job/tools/job/cart/job/master";

/// What the job has: the next number, builds, and their property files by number and name.
#[derive(Clone, Default)]
struct Job {
    next: u64,
    builds: Vec<Value>,
    files: Vec<(String, u16, String)>,
}

struct Ci {
    server: Server,
    job: Arc<Mutex<Job>>,
    world: Triggered,
}

fn build(number: u64, result: Option<&str>, artifacts: &[&str]) -> Value {
    let artifact = |path: &&str| {
        let name = path.rsplit('/').next().unwrap();
        json!({"fileName": name, "relativePath": path})
    };
    json!({
        "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun", "number": number, "result": result,
        "building": result.is_none(), "url": format!("https://elsewhere.example/job/{number}/"),
        "fullDisplayName": format!("tools » cart » master #{number}"),
        "artifacts": artifacts.iter().map(artifact).collect::<Vec<_>>(),
    })
}

fn answered(job: &Job, asked: &Asked) -> Reply {
    if asked.header("authorization") != "Basic cm9iaW46bGV0bWVpbg==" {
        return Some((403, "", "Authentication required".to_owned()));
    }
    if asked.path.starts_with(&format!("{PATH}/api/json?tree=nextBuildNumber%2Cbuilds%5Bnumber")) {
        let told = json!({"_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob", "nextBuildNumber": job.next, "builds": job.builds});
        return Some((200, "content-type: application/json\r\n", told.to_string()));
    }
    let file = asked.path.strip_prefix(PATH).and_then(|path| job.files.iter().find(|(at, ..)| at == path));
    file.map_or(Some((404, "", String::new())), |(_, status, text)| Some((*status, "", text.clone())))
}

impl Ci {
    async fn new(further: &str) -> Self {
        let job = Arc::new(Mutex::new(Job {
            next: 7,
            builds: vec![build(6, Some("SUCCESS"), &[])],
            files: vec![],
        }));
        let told = Arc::clone(&job);
        let server = Server::new(move |_, asked| answered(&told.lock().unwrap(), asked)).await;
        let trigger = format!(
            "{{jenkins: {{server: ci, job: tools/job/cart/job/master, {further}}}, parameters: {{image: '${{ trigger.properties.image }}'}}}}"
        );
        let world = Triggered::new(&[("shop.yaml", file("shop", &trigger, SPEC))]).await;
        assert_eq!(world.problems, []);
        let folder = world.folder.path().join("secrets/ci");
        std::fs::create_dir_all(&folder).unwrap();
        for (key, value) in [
            ("url", format!("{}/ci/", server.url)),
            ("username", "robin".into()),
            ("token", "letmein".into()),
        ] {
            std::fs::write(folder.join(key), value).unwrap();
        }
        world.triggers.look().await;
        assert_eq!(world.runs(), [""; 0], "what was built before starts nothing");
        Self { server, job, world }
    }

    /// Another build has ended.
    async fn ends(&self, number: u64, result: &str, artifacts: &[&str], files: &[(&str, u16, &str)]) {
        {
            let mut job = self.job.lock().unwrap();
            job.next = number + 1;
            job.builds.insert(0, build(number, Some(result), artifacts));
            let files = files.iter().map(|(path, status, text)| {
                (format!("/{number}/artifact/{path}"), *status, (*text).to_owned())
            });
            job.files.extend(files);
        }
        self.world.triggers.look().await;
    }
}

#[tokio::test]
async fn a_build_that_succeeds_starts_a_run_with_its_properties() {
    let ci = Ci::new("propertyFile: deploy.yaml").await;
    ci.ends(7, "FAILURE", &[], &[]).await;
    ci.ends(8, "UNSTABLE", &["deploy.yaml"], &[]).await;
    assert_eq!(ci.world.runs(), [""; 0]);
    let files = [("out/my%20deploy/deploy.yaml", 200, "image: shop/cart:8\nlevel: 3\n")];
    ci.ends(9, "SUCCESS", &["log.txt", "out/my deploy/deploy.yaml"], &files).await;
    ci.world.triggers.look().await;
    assert_eq!(ci.world.runs(), ["shop-1"]);
    let run = ci.world.over("shop-1").await;
    assert_eq!((run.status, &run.stages[0].outputs["seen"]), (Status::Succeeded, &json!("shop/cart:8")));
    let trigger = ci.world.trigger("shop-1");
    for (path, expected) in [
        ("/type", json!("jenkins")),
        ("/buildNumber", json!(9)),
        ("/buildInfo/result", json!("SUCCESS")),
        ("/properties/level", json!(3)),
        ("/job", json!("tools/job/cart/job/master")),
    ] {
        assert_eq!(trigger.pointer(path), Some(&expected), "{path}: {trigger}");
    }
    let kept = [ci.world.kept(), trigger.to_string()].concat();
    assert!(!kept.contains("letmein"), "{kept}");
}

#[tokio::test]
async fn a_property_file_that_cannot_be_read_fails_the_run_and_says_why() {
    let ci = Ci::new("propertyFile: deploy.yaml").await;
    let cases: [(&[&str], u16, &str, &str); 5] = [
        (&["deploy.yml"], 200, "image: a", "it has \"deploy.yml\", so write `propertyFile: deploy.yml`"),
        (&["deploy.yaml"], 200, "image: a\nimage: b\n", "line 2: \"image\" is there twice"),
        (&["deploy.yaml"], 200, "- image\n", "it has no keys"),
        (&["deploy.yaml"], 403, "", "is answered with 403"),
        (&["../deploy.yaml"], 200, "image: a", "cannot be asked for"),
    ];
    for (number, (artifacts, status, text, expected)) in (7..).zip(cases) {
        ci.ends(number, "SUCCESS", artifacts, &[("deploy.yaml", status, text)]).await;
        let id = format!("shop-{}", number - 6);
        let run = ci.world.over(&id).await;
        let reason = run.reason.clone().unwrap_or_default();
        assert_eq!((run.status, run.stages.len()), (Status::Terminal, 1), "{id}");
        assert!(reason.contains(expected), "{expected}: {reason}");
        let begins = format!("build {number} of tools/job/cart/job/master: ");
        let trigger = ci.world.trigger(&id);
        assert!(trigger["failure"].as_str().unwrap().starts_with(&begins), "{trigger}");
        assert_eq!((&trigger["definition"], &trigger["buildNumber"]), (&json!("refused"), &json!(number)));
    }
    assert!(ci.server.lines().iter().all(|line| !line.contains("..")), "{:?}", ci.server.lines());
}

#[tokio::test]
async fn a_file_that_is_late_is_asked_for_again() {
    let (times, trigger) =
        (AtomicUsize::new(0), "{jenkins: {server: ci, job: cart, propertyFile: deploy.json}}");
    let server = Server::new(move |number, asked| {
        if asked.path.contains("/artifact/") {
            let status = [500, 404].get(times.fetch_add(1, Ordering::Relaxed)).copied().unwrap_or(200);
            return Some((status, "", json!({"image": "shop/cart:1"}).to_string()));
        }
        let builds = if number == 0 { vec![] } else { vec![build(1, Some("SUCCESS"), &["deploy.json"])] };
        Some((200, "", json!({"nextBuildNumber": 1 + builds.len(), "builds": builds}).to_string()))
    })
    .await;
    let stages = "stages: [{name: Look, variables: [{key: seen, value: '${ trigger.properties.image }'}]}]";
    let world = Triggered::new(&[("shop.yaml", file("shop", trigger, stages))]).await;
    std::fs::create_dir_all(world.folder.path().join("secrets/ci")).unwrap();
    std::fs::write(world.folder.path().join("secrets/ci/url"), &server.url).unwrap();
    world.triggers.look().await;
    world.triggers.look().await;
    assert_eq!(world.over("shop-1").await.stages[0].outputs["seen"], json!("shop/cart:1"));
}

#[tokio::test]
async fn who_was_away_sees_builds_once_and_a_job_that_is_made_anew_has_others() {
    let ci = Ci::new("results: [success, unstable]").await;
    let Ci { server, job, world } = ci;
    let kept = world.kept();
    let folder = world.close().await;
    job.lock().unwrap().builds.insert(0, build(7, Some("UNSTABLE"), &[]));
    job.lock().unwrap().next = 8;
    // A parameter that the build does not give: this pipeline needs none.
    let text = file(
        "shop",
        "{jenkins: {server: ci, job: tools/job/cart/job/master, results: [unstable]}}",
        crate::triggered::NOTHING,
    );
    std::fs::write(folder.path().join("pipelines/shop.yaml"), text).unwrap();
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1"]);
    world.over("shop-1").await;
    // Killed before it was stored what the job has: the run's token tells.
    let folder = world.close().await;
    std::fs::write(folder.path().join("triggers.json"), kept).unwrap();
    let world = Triggered::open(folder).await;
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1"]);
    // Made anew, with a build of the same number.
    *job.lock().unwrap() = Job { next: 7, ..Job::default() };
    world.triggers.look().await;
    *job.lock().unwrap() = Job { next: 8, builds: vec![build(7, Some("UNSTABLE"), &[])], ..Job::default() };
    world.triggers.look().await;
    assert_eq!(world.runs(), ["shop-1", "shop-2"]);
    assert!(server.asked().len() > 4);
}
