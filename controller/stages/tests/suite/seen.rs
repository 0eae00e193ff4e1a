//! What the expressions of a stage see of its run.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use weir_expression::{Condition, Limits, Template};
use weir_pipeline::run::{End, Standing};
use weir_pipeline::{Plan, Run, Status};
use weir_stages::{Seen, Work};

use crate::fixture::{document, object, pipeline};

const STAGES: &str = "stages:
- {name: Build, step: {run: make, env: {A: b}}}
- {name: Unit tests, needs: [Build], wait: 1s}
- {name: Lint, needs: [Build], variables: []}
- {name: Deploy, needs: [Unit tests], wait: 1s}
- {name: Later, needs: [Deploy, Lint], wait: 1s}";

/// A run of which everything before `Deploy` is over.
struct World {
    plan: Plan<Work>,
    run: Run,
    trigger: Value,
    parameters: Map<String, Value>,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

impl World {
    fn new() -> Self {
        let pipeline = pipeline(&document("Pipeline", "shop", STAGES)).pipeline.unwrap();
        let plan = Plan::new(pipeline).unwrap();
        let mut run = Run::new("run-1", plan.graph(), true, at(0));
        run.began = Some(at(1));
        run.status = Status::Running;
        let trigger = json!({"type": "git", "user": "ann", "branch": "main", "commit": "c0ffee"});
        let mut world = Self { plan, run, trigger, parameters: object(&json!({"size": 3})) };
        world.end("build", Status::Succeeded, &json!({"image": "a", "same": "build"}));
        world.end("unit-tests", Status::FailedContinue, &json!({"covered": 92.5, "same": "tests"}));
        world.end("lint", Status::Succeeded, &json!({"warnings": 3}));
        world
    }

    fn end(&mut self, stage: &str, status: Status, outputs: &Value) {
        let stage = self.run.stages.iter_mut().find(|other| other.id == stage).unwrap();
        stage.began = Some(at(2));
        stage.standing = Standing::Ended(End { status, reason: String::new(), fails_run: false, at: at(5) });
        stage.outputs = object(outputs);
    }

    fn seen(&self) -> Seen<'_> {
        let Self { plan, run, trigger, parameters } = self;
        Seen { pipeline: "shop", plan, run, trigger, parameters }
    }

    fn value(&self, stage: &str, expression: &str) -> Result<Value, String> {
        let (scope, limits) = (self.seen().scope(stage, at(9)), Limits::default());
        let template = Template::parse(&format!("${{ {expression} }}"), &limits).unwrap();
        template.evaluate(&scope, &limits).map_err(|error| error.to_string())
    }
}

#[test]
fn outputs_are_those_of_the_stages_before() {
    let world = World::new();
    for (stage, expression, expected) in [
        ("deploy", "image", Some(json!("a"))),
        ("deploy", "covered", Some(json!(92.5))),
        ("deploy", "same", Some(json!("tests"))),
        ("unit-tests", "same", Some(json!("build"))),
        ("deploy", "warnings", None),
        ("lint", "covered", None),
        ("build", "image", None),
        ("later", "warnings", Some(json!(3))),
    ] {
        let value = world.value(stage, expression);
        assert_eq!(value.clone().ok(), expected, "{expression} in {stage}: {value:?}");
    }
}

#[test]
fn facts_of_every_stage_are_seen_with_the_statuses_of_spinnaker() {
    let world = World::new();
    for (expression, expected) in [
        ("#stage('Build')['status']", json!("SUCCEEDED")),
        ("#stage('Build')['status'].toString() == 'SUCCEEDED'", json!(true)),
        ("#stage('Unit tests')['status']", json!("FAILED_CONTINUE")),
        ("#stage('unit-tests')['outputs']['covered']", json!(92.5)),
        ("#stage('Lint')['outputs']['warnings']", json!(3)),
        ("#stage('Later')['status']", json!("NOT_STARTED")),
        ("#stage('Build')['type']", json!("step")),
        ("#stage('Build')['context']['env']['A']", json!("b")),
        ("#stage('Build')['startTime']", json!(1_800_000_002_000_i64)),
        ("#stage('Build')['endTime'] - #stage('Build')['startTime']", json!(3_000)),
        ("#stage('Build')['hasSucceeded']", json!(true)),
        ("#currentStage()['name']", json!("Deploy")),
        ("#stageExists('Nothing')", json!(false)),
    ] {
        assert_eq!(world.value("deploy", expression), Ok(expected), "{expression}");
    }
    assert!(world.value("deploy", "#stage('Biuld')").unwrap_err().contains("did you mean \"Build\"?"));
}

#[test]
fn statuses_that_spinnaker_does_not_have_are_its_nearest() {
    let mut world = World::new();
    for (status, expected) in [
        (Status::NotRun, "NOT_STARTED"),
        (Status::Canceled, "CANCELED"),
        (Status::Stopped, "STOPPED"),
        (Status::Skipped, "SKIPPED"),
        (Status::Terminal, "TERMINAL"),
    ] {
        world.end("build", status, &json!({}));
        assert_eq!(world.value("deploy", "#stage('Build')['status']"), Ok(json!(expected)), "{status}");
    }
}

#[test]
fn the_run_the_trigger_and_the_parameters_are_seen() {
    let mut world = World::new();
    for (expression, expected) in [
        ("trigger.branch", json!("main")),
        ("trigger['commit']", json!("c0ffee")),
        ("parameters.size + 1", json!(4)),
        ("execution.id", json!("run-1")),
        ("execution.name", json!("shop")),
        ("execution.application", json!("shop")),
        ("execution.status", json!("RUNNING")),
        ("execution.buildTime", json!(1_800_000_000_000_i64)),
        ("execution.startTime", json!(1_800_000_001_000_i64)),
        ("execution.trigger.user", json!("ann")),
        ("#currentUser()", json!("ann")),
    ] {
        assert_eq!(world.value("build", expression), Ok(expected), "{expression}");
    }
    world.trigger = json!({"type": "cron"});
    assert_eq!(world.value("build", "#currentUser()"), Ok(json!("anonymous")));
    assert!(world.value("build", "trigger.branch").unwrap_err().contains("no key \"branch\" in trigger"));
    assert!(world.value("build", "parameters.sise").unwrap_err().contains("did you mean \"size\"?"));
}

#[test]
fn no_output_takes_the_place_of_what_is_the_runs() {
    let mut world = World::new();
    world.end("build", Status::Succeeded, &json!({"trigger": {"branch": "evil"}, "parameters": {"size": 9}}));
    assert_eq!(world.value("deploy", "trigger.branch + parameters.size"), Ok(json!("main3")));
}

#[test]
fn draws_are_the_same_for_the_same_stage_and_others_for_another() {
    let world = World::new();
    let draw =
        |world: &World, stage: &str| world.value(stage, "T(java.util.UUID).randomUUID().toString()").unwrap();
    assert_eq!(draw(&world, "build"), draw(&world, "build"));
    assert_ne!(draw(&world, "build"), draw(&world, "lint"));
    let mut other = World::new();
    other.run.id = "run-2".to_owned();
    assert_ne!(draw(&world, "build"), draw(&other, "build"));
}

#[test]
fn a_condition_about_a_branch_holds_for_that_one_only() {
    let (mut world, limits) = (World::new(), Limits::default());
    let condition = Condition::parse("(trigger.branch ?: '') == 'main'", &limits).unwrap();
    for (trigger, expected) in [
        (json!({"branch": "main"}), true),
        (json!({"branch": "feature/main"}), false),
        (json!({"type": "manual", "user": "ann"}), false),
        (json!({"branch": null}), false),
    ] {
        world.trigger = trigger;
        let holds = condition.holds(&world.seen().scope("build", at(9)), &limits);
        assert_eq!(holds.map_err(|error| error.to_string()), Ok(expected), "{}", world.trigger);
    }
}
