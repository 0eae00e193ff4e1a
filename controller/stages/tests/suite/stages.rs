//! Keys of stages: the engine's, one for the work, and slips of the pen.

use crate::fixture::{document, problems, sound};

fn stages(text: &str) -> String {
    problems(&document("Pipeline", "shop", &format!("stages:\n{text}"))).replace("spec.", "")
}

#[test]
fn a_stage_does_exactly_one_thing() {
    let all = "checkout, step, gate, image, variables, preconditions, wait, judgment, webhook, pipeline, status, comment, load, analysis, job, deploy, release, findImage, findArtifact, scale, undo, delete, weights";
    for (text, expected) in [
        ("- {name: A}", format!("stages[0]: the stage does nothing: give it one key that says what: {all}")),
        (
            "- {name: A, wait: 5s, step: {run: a}}",
            "stages[0]: the stage does more than one thing: `step`, `wait`: make a stage of each".to_owned(),
        ),
        (
            "- {name: A, stpe: {run: a}}",
            "stages[0].stpe: a stage has no such key: did you mean \"step\"?".to_owned(),
        ),
        (
            "- {name: A, onfailure: ignore, wait: 5s}",
            "stages[0].onfailure: a stage has no such key: did you mean \"onFailure\"?".to_owned(),
        ),
    ] {
        assert_eq!(stages(text), expected, "{text}");
    }
}

#[test]
fn the_engines_keys_are_checked_beside_the_work() {
    for (text, expected) in [
        (
            "- {name: A, timeout: 5, wait: 5s}",
            "stages[0].timeout: the number 5 stands here: give a text (in quotes where it looks like a number)",
        ),
        (
            "- {name: A, onFailure: stop, wait: 5s}",
            "stages[0].onFailure: \"stop\" is not known here: there is \"halt\", \"haltBranch\", \"haltBranchThenFail\", \"ignore\"",
        ),
        (
            "- {name: A, retries: {limits: 3}, wait: 5s}",
            "stages[0].retries.limits: the key \"limits\" is not known here: did you mean \"limit\"?",
        ),
        ("- {wait: 5s}", "stages[0]: `name` is missing: give it"),
        ("- A", "stages[0]: the text \"A\" stands here: give keys with values"),
        ("  a: b", "stages: a map stands here: give a list"),
        (
            "- {name: A, wait: 5s}\n- {name: A, wait: 5s}",
            "stages[1].name: stages[0] is called \"A\" too: give each stage its own name",
        ),
        (
            "- {name: A, needs: [B], wait: 5s}\n- {name: Bb, wait: 5s}",
            "stages[0].needs[0]: there is no stage \"B\": did you mean \"Bb\"?",
        ),
    ] {
        assert_eq!(stages(text), expected, "{text}");
    }
}

#[test]
fn every_stage_and_the_rest_of_the_pipeline_are_told_at_once() {
    let text = document(
        "Pipeline",
        "shop",
        "timeZone: Mars\nstage: []\nstages:\n- {name: A, wait: 5}\n- {name: B, needs: [C], step: {}}\n- {name: D, wait: 5s}\n",
    );
    let told = problems(&text);
    let paths: Vec<&str> = told.lines().map(|line| line.split_once(": ").unwrap().0).collect();
    assert_eq!(
        paths,
        [
            "spec.stage",
            "spec.stages[0].wait",
            "spec.stages[1].step",
            "spec.timeZone",
            "spec.stages[1].needs[0]"
        ],
        "{told}"
    );
}

#[test]
fn a_stage_is_written_as_it_was_read() {
    let text = document(
        "Pipeline",
        "shop",
        "stages:\n- {name: A, when: true, onFailure: ignore, always: true, timeout: 5m, wait: '${ parameters.time }'}\n",
    );
    let pipeline = sound(&text).pipelines.remove(0).pipeline.unwrap();
    let written = serde_json::to_value(&pipeline).unwrap();
    assert_eq!(written["stages"][0]["wait"], "${ parameters.time }");
    assert_eq!(
        serde_json::from_value::<weir_pipeline::Pipeline<weir_stages::Work>>(written).unwrap(),
        pipeline
    );
}
