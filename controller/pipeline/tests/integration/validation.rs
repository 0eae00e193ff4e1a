//! Every problem of a definition at once, with its place and a way out.

use crate::fixture::{Job, problems, whole};
use weir_pipeline::{Pipeline, Plan, Problem};

fn all(text: &str) -> Vec<String> {
    let pipeline = whole(text);
    let found = weir_pipeline::validate(&pipeline);
    assert_eq!(
        Plan::new(pipeline).err().unwrap_or_default(),
        found,
        "no plan comes of a definition with problems"
    );
    found.iter().map(Problem::to_string).collect()
}

#[test]
fn a_sound_definition_has_no_problem() {
    let text = r#"{"parameters": [{"name": "env", "options": ["a", "b"], "default": "a"}], "timeZone": "Europe/Lisbon",
        "windows": {"w": {"hours": ["09:00-17:00"]}},
        "stages": [{"name": "A", "step": "x"}, {"name": "B", "needs": ["A"], "window": "w", "step": "x"}]}"#;
    assert_eq!(all(text), [""; 0]);
}

#[test]
fn needs_that_lead_nowhere_or_say_a_thing_twice_are_named() {
    let found = problems(
        r#"{"name": "Deploy", "step": "x"}, {"name": "Check", "needs": ["Deplyo", "Deploy", "deploy", "Check"], "step": "x"}"#,
    );
    assert_eq!(
        found,
        [
            "stages[1].needs[0]: there is no stage \"Deplyo\": did you mean \"Deploy\"?",
            "stages[1].needs[2]: \"deploy\" is needed twice: remove one of them",
            "stages[1].needs[3]: the stage needs itself: remove it",
        ]
    );
}

#[test]
fn a_cycle_is_shown_as_a_path_and_so_is_what_it_holds_up() {
    let found = problems(
        r#"{"name": "A", "needs": ["C"], "step": "x"}, {"name": "B", "step": "x"}, {"name": "C", "step": "x"},
           {"name": "D", "step": "x"}, {"name": "E", "needs": [], "step": "x"}"#,
    );
    assert_eq!(
        found,
        [
            "stages[0].needs: the stages need each other: A -> C -> B -> A: none of them would ever start: remove one of these needs",
            "stages[3].needs: \"D\" would never start: what it needs is in a cycle: break the cycle",
        ]
    );
}

#[test]
fn two_cycles_are_both_named() {
    let found = problems(
        r#"{"name": "A", "needs": ["B"], "step": "x"}, {"name": "B", "needs": ["A"], "step": "x"},
           {"name": "C", "needs": ["D"], "step": "x"}, {"name": "D", "needs": ["C"], "step": "x"}"#,
    );
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("A -> B -> A") && found[1].contains("C -> D -> C"), "{found:?}");
}

#[test]
fn names_that_could_mean_two_stages_are_refused() {
    for (stages, expected) in [
        (
            r#"{"name": "A", "step": "x"}, {"name": "A", "step": "x"}"#,
            "stages[1].name: stages[0] is called \"A\" too: give each stage its own name",
        ),
        (
            r#"{"name": "Deploy it", "step": "x"}, {"name": "deploy: it", "step": "x"}"#,
            "stages[1].id: stages[0] has the id \"deploy-it\" too: give one of them another `id`",
        ),
        (
            r#"{"name": "one", "id": "two", "step": "x"}, {"name": "two", "id": "three", "step": "x"}"#,
            "stages[1].name: \"two\" is the id of stages[0]: `needs` could mean either: rename one of them",
        ),
        (r#"{"name": "", "id": "a", "step": "x"}"#, "stages[0].name: is empty: say what the stage does"),
    ] {
        assert_eq!(problems(stages), [expected], "{stages}");
    }
    for id in ["", "A", "a b", "-a", "a-", "a.b"] {
        let found = problems(&format!(r#"{{"name": "a", "id": "{id}", "step": "x"}}"#));
        assert!(found[0].starts_with(&format!("stages[0].id: \"{id}\" is no id: give an `id`")), "{found:?}");
    }
    assert!(problems(r#"{"name": "Überprüfung", "step": "x"}"#).is_empty(), "`berpr-fung` is an id");
    assert!(problems(r#"{"name": "测试", "step": "x"}"#)[0].contains("\"\" is no id"));
}

#[test]
fn rules_that_make_no_sense_are_named_by_field() {
    let found = problems(
        r#"{"name": "A", "when": " ", "timeout": "0s", "window": "night",
            "retries": {"limit": 101, "backoff": {"initial": "10m"}}, "step": "x"},
           {"name": "B", "retries": {}, "group": {"before": [{"name": "C", "needs": ["A"], "step": "x"}]}}"#,
    );
    assert_eq!(
        found,
        [
            "stages[0].window: the pipeline's `windows` have no \"night\": there is none to choose from",
            "stages[0].when: is empty: give an expression, or remove it",
            "stages[0].timeout: is zero: the stage would never be in time: give more",
            "stages[0].retries.limit: is 101: 100 are the most",
            "stages[0].retries.backoff.initial: 10m is longer than max, which is 5m: give a longer max or a shorter initial",
            "stages[1].retries: the stage does nothing itself, so there is nothing to try again: give retries to the stages that it is made of",
            "stages[1].before[0].needs[0]: there is no stage \"A\": there is \"C\"",
        ]
    );
}

#[test]
fn zones_windows_and_an_empty_list_are_looked_at_too() {
    let found = all(r#"{"timeZone": "Europe/Berln", "windows": {"w": {"hours": ["9-5"]}}, "stages": []}"#);
    assert_eq!(
        found,
        [
            "timeZone: there is no time zone \"Europe/Berln\": did you mean \"Europe/Berlin\"?",
            "windows.w.hours[0]: \"9-5\" is not a span of hours: write it as 09:00-17:30; the last minute of a day is 23:59",
            "stages: there is none: give at least one",
        ]
    );
}

#[test]
fn more_stages_than_anybody_reads_are_refused() {
    let stages: Vec<String> = (0..501).map(|n| format!(r#"{{"name": "s{n}", "step": "x"}}"#)).collect();
    let found = problems(&stages.join(","));
    assert_eq!(
        found,
        ["stages: there are 501, with those that they are made of: 500 are the most: make two pipelines"]
    );
    let deep = (0..7).fold(r#"{"name": "a", "step": "x"}"#.to_owned(), |inner, _| {
        format!(r#"{{"name": "a", "group": {{"before": [{inner}]}}}}"#)
    });
    let found = problems(&deep);
    assert!(found.len() == 1 && found[0].contains("more than 5 deep"), "{found:?}");
}

#[test]
fn a_slip_in_a_key_is_told_from_the_work() {
    let refuse = |stage: &str| {
        let text = format!(r#"{{"stages": [{stage}]}}"#);
        serde_json::from_str::<Pipeline<Job>>(&text).unwrap_err().to_string()
    };
    for (stage, expected) in [
        (r#"{"name": "a"}"#, "stage \"a\" does nothing: give it one key that says what"),
        (
            r#"{"name": "a", "step": "x", "onFailur": "halt"}"#,
            "stage \"a\" does more than one thing: `onFailur`, `step`; a stage has one, so make it two stages (is `onFailur` meant to be `onFailure`?)",
        ),
        (r#"{"name": "a", "setp": "x"}"#, "stage \"a\", setp: unknown variant `setp`"),
        (r#"{"name": "a", "group": {"befor": []}}"#, "stage \"a\", group.befor: unknown field `befor`"),
        (r#"{"name": "a", "timeout": "soon", "step": "x"}"#, "\"soon\" is not a length of time"),
    ] {
        let error = refuse(stage);
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(serde_json::from_str::<Pipeline<Job>>(r#"{"stages": [], "windws": {}}"#).is_err());
}
