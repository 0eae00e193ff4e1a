//! A case: what people hold and let go, by objects and by a command in the runner's pod.

use serde_json::{Value, json};

use super::contained::object;
use super::runner::Runner;
use crate::case::Case;
use crate::installed::{WITHIN, until};

/// Two Jobs, which a freeze holds; somebody has to decide between them.
fn stages() -> Value {
    json!([
        {"name": "First", "job": {"run": "true"}},
        {"name": "Promote", "judgment": {"owner": "sales", "roles": ["sre"]}},
        {"name": "Second", "job": {"run": "true"}},
    ])
}

fn freeze() -> Value {
    let spec = json!({"reason": "closing of the books", "owner": "finance", "pipelines": ["ship*"]});
    object("Freeze", "year-end", &spec)
}

/// Waits until the freeze's status says so.
fn told(runner: &Runner<'_>, ready: &str, part: &str) {
    until(&format!("the freeze is told {part:?}"), || {
        let freeze = runner.case.object("freezes", "year-end").unwrap_or_default();
        let told = &freeze["status"]["conditions"][0];
        let is_said = told["message"].as_str().is_some_and(|message| message.contains(part));
        if told["status"] == ready && is_said { Ok(()) } else { Err(freeze) }
    });
}

/// The run, once a stage of it says so.
fn says(runner: &Runner<'_>, stage: usize, part: &str) -> Value {
    runner.once("ships", part, |status| {
        status["stages"][stage]["message"].as_str().is_some_and(|message| message.contains(part))
    })
}

#[test]
fn a_freeze_holds_a_run_over_the_end_of_its_runner_and_a_judgment_waits_for_its_role() {
    let Some(case) = Case::begin("held-runs") else { return };
    let Some((_state, runner)) = Runner::alone(&case) else { return };
    let free = json!([{"name": "First", "job": {"run": "true"}}]);
    let pipelines = [
        object("Pipeline", "ships", &json!({"stages": stages()})),
        object("Pipeline", "free", &json!({"stages": free})),
    ];
    case.apply(&[&[freeze()], &pipelines[..]].concat());
    told(&runner, "True", "");
    case.kubectl(&[
        "wait",
        "--for=condition=Ready",
        "pipelines.weir.dev/ships",
        "pipelines.weir.dev/free",
        WITHIN,
    ]);
    case.apply(&["ships", "free"].map(|name| object("PipelineRun", name, &json!({"pipeline": name}))));
    assert_eq!(runner.over("free")["status"], "Succeeded", "it is not named");
    let held = "held by freeze year-end of finance until it is removed: closing of the books";
    says(&runner, 0, held);
    // What it said before stays in force where it is wrong, for the next runner too.
    case.kubectl(&[
        "patch",
        "freezes.weir.dev/year-end",
        "--type=json",
        "--patch",
        r#"[{"op": "move", "from": "/spec/owner", "path": "/spec/ovner"}]"#,
    ]);
    told(&runner, "False", "did you mean \"owner\"");
    runner.kill();
    let thawed = runner.weir(&["thaw", "ships-1", "First", "--reason", "orders are lost", "--by", "ann"]);
    assert!(thawed.contains("ships-1"), "{thawed}");
    says(&runner, 1, "waits for sales to decide");
    let refused = runner.try_weir(&["approve", "ships-1"]).expect_err("a role is asked for");
    assert!(refused.contains("is for sre to judge"), "{refused}");
    runner.weir(&["approve", "ships-1", "--role", "sre", "--reason", "it is fine", "--by", "cyd"]);
    says(&runner, 2, held);
    case.kubectl(&["delete", "freezes.weir.dev/year-end"]);
    let over = runner.over("ships");
    assert_eq!(over["status"], "Succeeded", "{over:#}");
    let run: Value = serde_json::from_str(&runner.weir(&["get", "ships-1", "--json"])).unwrap();
    assert_eq!(run["stages"][0]["thaws"][0]["by"], "ann", "{run:#}");
    let decided = &run["stages"][1]["decisions"][0];
    assert_eq!((&decided["by"], &decided["role"]), (&json!("cyd"), &json!("sre")), "{run:#}");
}
