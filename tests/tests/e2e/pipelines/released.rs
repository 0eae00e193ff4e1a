//! From an image to production on one machine: homolog, a first version without a canary, a good release, a bad one; while users send requests.

use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use weir_tests::eventually::eventually;
use weir_tests::load::Load;
use weir_tests::standalone::Standalone;

use super::fixture::{Shop, text};
use super::killed::kill;

/// One version of a service that the load generator's sample server plays.
const MANIFESTS: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: shop
        image: shop:set-by-the-pipeline
        ports: [{name: http, containerPort: 3000}]
        readinessProbe: {httpGet: {path: /health, port: 3000}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec:
  selector: {app: shop}
  ports: [{name: http, port: 80, targetPort: http}]
---
apiVersion: weir.dev/v1alpha1
kind: LocalImage
metadata: {name: 'shop-${ parameters.version }'}
spec:
  image: 'shop:${ parameters.version }'
  entrypoint: [weir-load, serve, '--listen=$(POD_IP):3000', '--version-name=${ parameters.version }', '--error-share=${ parameters.errors }']
";

const PRODUCTION: &str = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop}
spec:
  rules:
  - http: {paths: [{path: /shop, pathType: Prefix, backend: {service: {name: shop, port: {number: 80}}}}]}
---
apiVersion: weir.dev/v1alpha1
kind: Canary
metadata: {name: shop}
spec:
  targetRef: {name: shop}
  service: shop
  strategy: {canary: {steps: [{setWeight: 50}, {analysis: {maxDuration: 60s, onInsufficient: abort}}]}}
  # Answers take microseconds: how long they take is a matter of what else the machine does.
  analysis:
    errors: {margin: {absolutePercent: 0.1}, tolerance: {absolutePercent: 5}}
    latency: {enabled: false, margin: {}, tolerance: {}}
";

const SPEC: &str = r#"
parameters: [{name: version, required: true}, {name: errors, default: '0%'}]
stages:
- name: Sources
  step: {run: 'mkdir -p deploy/production && cp "$FROM"/service.yaml deploy/ && cp "$FROM"/production.yaml deploy/production/', env: {FROM: FOLDER}}
- name: Homolog
  deploy:
    manifests: [deploy/service.yaml]
    namespace: homolog
    images: {shop: 'shop:${ parameters.version }'}
- {name: Runs now, findImage: {deployment: shop, namespace: production}}
- name: Production
  release:
    canary: shop
    image: 'shop:${ parameters.version }'
    deploy: {manifests: ['deploy/**'], namespace: production}
"#;

/// The service alone; what its images run stands beside it.
pub(super) fn service() -> &'static str {
    MANIFESTS.rsplit_once("---").unwrap().0
}

/// A folder with a pipeline, and a Weir that it deploys to.
pub(super) struct World {
    pub(super) shop: Shop,
    pub(super) weir: Standalone,
}

impl World {
    async fn new() -> Self {
        Self::of(SPEC).await
    }

    /// With a pipeline of this spec, in which FOLDER is where the manifests are.
    pub(super) async fn of(spec: &str) -> Self {
        let shop = Shop::new("stages: [{name: A, wait: 1s}]");
        let spec = spec.replace("FOLDER", &shop.path().display().to_string());
        let lines: String = spec.lines().map(|line| ["  ", line, "\n"].concat()).collect();
        let head = "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: shop}\nspec:\n";
        shop.write(".weir/pipeline.yaml", &[head, &lines].concat());
        shop.write("service.yaml", MANIFESTS);
        shop.write("production.yaml", PRODUCTION);
        Self { shop, weir: Standalone::start(&[], &[]).await.unwrap() }
    }

    /// A program for the image `shop:VERSION`, beside what stages write.
    pub(super) fn image(&self, version: &str) {
        let (_, image) = MANIFESTS.rsplit_once("---").unwrap();
        let image = image.replace("${ parameters.version }", version).replace("${ parameters.errors }", "0%");
        self.weir.apply(&format!("image-{version}.yaml"), &image).unwrap();
    }

    /// Runs the pipeline to its end, beside what else there is to do.
    pub(super) async fn run(&self, parameters: &[&str]) -> Output {
        let mut command = self.command(parameters);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    fn command(&self, parameters: &[&str]) -> Command {
        self.to_here(self.shop.command(&[&["run"], parameters].concat()))
    }

    fn to_here(&self, mut command: Command) -> Command {
        let (manifests, state) = (self.weir.folder().join("manifests"), self.weir.folder().join("state"));
        command.arg("--deploy-to").arg(manifests).arg("--deploy-state").arg(state);
        command.stdin(Stdio::null());
        command
    }

    pub(super) fn stage(&self, run: &str, stage: &str) -> Value {
        Shop::stage(&self.shop.get(run), stage)
    }

    /// Runs the pipeline to its end, and kills whoever does so, each a little later in its life than the one before, so that a machine with
    /// much else to do gets to the end too; how often.
    pub(super) async fn run_and_kill(&self, run: &str, parameters: &[&str]) -> u64 {
        let start =
            |mut command: Command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut runner = start(self.command(parameters));
        // Of one that is killed before it has stored its run nothing is left that anybody could go on with.
        let begun = || {
            let is_there = !self.shop.get(run).is_null();
            std::future::ready(if is_there { Ok(()) } else { Err("not stored yet") })
        };
        eventually("the run has begun", begun).await;
        let mut killed = 0;
        while !self.shop.get(run)["ended"].is_string() {
            tokio::time::sleep(Duration::from_millis(350 + 10 * killed)).await;
            kill(runner);
            killed += 1;
            assert!(killed < 300, "{:#}", self.shop.get(run));
            runner = start(self.to_here(self.shop.command(&["serve"])));
        }
        kill(runner);
        let view = self.shop.get(run);
        assert_eq!(view["status"], "Succeeded", "{view:#}");
        let mut stages = view["stages"].as_array().unwrap().iter();
        assert!(stages.all(|stage| stage["attempt"] == 1), "{view:#}");
        killed
    }

    /// Images of pods that are not about to leave, with how many run each.
    fn images(&self, namespace: &str) -> Vec<String> {
        let pods = self.weir.folder().join("state/pods");
        let read =
            |path: std::path::PathBuf| serde_json::from_slice::<Value>(&std::fs::read(path).ok()?).ok();
        let pods = std::fs::read_dir(pods).unwrap().filter_map(|entry| read(entry.unwrap().path()));
        let here =
            pods.filter(|pod| pod["deployment"]["namespace"] == namespace && pod["leavingSince"].is_null());
        let mut images: Vec<String> = here
            .map(|pod| {
                format!(
                    "{} {}",
                    pod["track"].as_str().unwrap(),
                    pod["containers"][0]["image"].as_str().unwrap()
                )
            })
            .collect();
        images.sort();
        images
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_gets_to_production_or_is_cleaned_up_and_users_see_nothing_of_it() {
    let world = World::new().await;
    let ran = world.run(&["-p", "version=v1", "-p", "errors=0%"]).await;
    assert!(ran.status.success(), "{}", text(&ran));
    assert_eq!(world.stage("shop-1", "runs-now")["outputs"]["found"], false);
    let first = world.stage("shop-1", "production");
    assert_eq!(first["outputs"]["result"], "deployed", "{first:#}");
    assert!(text(&ran).contains("without a canary"), "{}", text(&ran));
    let stable = |version: &str| vec![format!("stable shop:{version}"); 2];
    assert_eq!((world.images("homolog"), world.images("production")), (stable("v1"), stable("v1")));

    // What the version before is like is known by its requests.
    let load = Load::users(&world.weir, &["shop"], 100.0).await.unwrap();
    load.completes(500).await;
    let ran = world.run(&["-p", "version=v2", "-p", "errors=0%"]).await;
    assert!(ran.status.success(), "{}", text(&ran));
    assert_eq!(world.stage("shop-2", "runs-now")["outputs"]["image"], "shop:v1");
    let good = world.stage("shop-2", "production");
    assert_eq!(good["outputs"]["result"], "promoted", "{good:#}");
    settled(&world, &stable("v2")).await;

    let ran = world.run(&["-p", "version=v3", "-p", "errors=50%"]).await;
    assert_eq!(ran.status.code(), Some(1), "{}", text(&ran));
    let bad = world.stage("shop-3", "production");
    // The judge and the proxy's breaker see the same failures: either may be the first.
    let said = bad["message"].as_str().unwrap();
    assert!(said.contains("release shop-3 was aborted: ") && said.contains("errors"), "{bad:#}");
    settled(&world, &stable("v2")).await;
    assert_eq!(world.images("homolog"), stable("v3"), "it had got there");
    let report = load.stop().await.unwrap();
    assert_eq!(report.results.errors, report.groups["v3"].errors, "only the canary's own requests fail");
    assert!(report.groups["v1"].completed > 0 && report.groups["v2"].completed > 0, "{report:?}");
}

/// Waits until nothing but these pods is left in production.
async fn settled(world: &World, expected: &[String]) {
    let look = || async {
        let images = world.images("production");
        if images == expected { Ok(()) } else { Err(format!("{images:?}")) }
    };
    eventually("nothing is left of the release", look).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_deploys_is_killed_time_and_again_and_everything_is_done_once() {
    let world = World::new().await;
    let first = world.run_and_kill("shop-1", &["-p", "version=v1"]).await;
    let load = Load::users(&world.weir, &["shop"], 100.0).await.unwrap();
    load.completes(500).await;
    let second = world.run_and_kill("shop-2", &["-p", "version=v2"]).await;
    drop(load);
    println!("killed {first} and {second} times");
    assert!(first > 0 && second > 2, "{first} and {second}");
    let production = |run: &str| world.stage(run, "production")["outputs"]["result"].clone();
    assert_eq!((production("shop-1"), production("shop-2")), ("deployed".into(), "promoted".into()));
    let canary = world.weir.folder().join("state/objects/canary.production.shop.json");
    let canary: Value = serde_json::from_slice(&std::fs::read(canary).unwrap()).unwrap();
    assert_eq!(canary["status"]["history"].as_array().unwrap().len(), 1, "{canary:#}");
    settled(&world, &vec!["stable shop:v2".to_owned(); 2]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cancelled_gives_its_release_up() {
    let world = World::new().await;
    // It would wait for somebody for ever.
    world.shop.write(
        "production.yaml",
        &PRODUCTION.replace("{analysis: {maxDuration: 60s, onInsufficient: abort}}", "{pause: {}}"),
    );
    let admin = world.weir.controller.as_ref().unwrap().address("admin").unwrap();
    let announced = serde_json::json!({ "admin": admin }).to_string();
    std::fs::write(world.weir.folder().join("state/weir-controller.address.json"), announced).unwrap();
    let ran = world.run(&["-p", "version=v1", "-p", "errors=0%"]).await;
    assert!(ran.status.success(), "{}", text(&ran));
    let mut command = world.command(&["-p", "version=v2"]);
    let mut runner = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let canary = world.weir.folder().join("state/objects/canary.production.shop.json");
    let status = || {
        serde_json::from_slice::<Value>(&std::fs::read(&canary).unwrap_or_default()).unwrap_or_default()["status"].clone()
    };
    let begun =
        || std::future::ready(if status()["release"]["name"] == "shop-2" { Ok(()) } else { Err(status()) });
    eventually("the release has begun", begun).await;
    rustix::process::kill_process(rustix::process::Pid::from_child(&runner), rustix::process::Signal::INT)
        .unwrap();
    let ended = || std::future::ready(runner.try_wait().unwrap().ok_or_else(status));
    let ended = eventually("the run has ended", ended).await;
    assert_eq!(ended.code(), Some(130));
    assert_eq!(
        (&status()["release"]["outcome"], world.shop.get("shop-2")["status"].as_str()),
        (&"aborted".into(), Some("Canceled"))
    );
    settled(&world, &vec!["stable shop:v1".to_owned(); 2]).await;
}
