//! Expressions postpone the field that they are in, and nothing else.

use serde_json::json;
use weir_pipeline::Work as _;
use weir_stages::Does;

use crate::fixture::{one_stage, problems, work, wrong};

#[test]
fn an_expression_may_become_whatever_its_field_has_to_be() {
    for text in [
        "checkout: '${ parameters.where }'",
        "checkout: {depth: '${ parameters.depth }', submodules: '${ parameters.all }'}",
        "step: '${ parameters.step }'",
        "step: {command: '${ parameters.line }'}",
        "step: {run: a, services: '${ parameters.services }', env: '${ parameters.env }'}",
        "step: {run: a, services: ['${ parameters.service }', {name: b, run: c}]}",
        "step: {run: a, services: [{name: '${ parameters.name }', run: c, ready: {tcp: '${ parameters.port }'}}]}",
        "step: {run: a, secrets: {B: '${ parameters.secret }'}, directory: '/${ parameters.folder }'}",
        "step: {run: a, artifacts: ['${ parameters.folder }/*'], reports: {coverage: '${ parameters.coverage }'}}",
        "gate: {conditions: [{metric: coverage, op: '${ parameters.op }', error: '${ parameters.most }'}]}",
        "gate: {conditions: [{metric: coverage, op: lessThan, '${ parameters.level }': 5}]}",
        "gate: {conditions: [{metric: '${ parameters.metric }', op: lessThan, error: 500}]}",
        "image: {repository: '${ parameters.registry }/api', tag: '${ commit }', insecure: '${ parameters.insecure }'}",
        "wait: '${ parameters.time }'",
        "preconditions: '${ parameters.all }'",
        "preconditions: [{stage: '${ parameters.name }', status: '${ parameters.status }'}]",
        "variables: [{key: '${ parameters.name }', value: 1}]",
        "webhook: {url: '${ parameters.url }', monitor: {url: {at: '${ parameters.url }'}, every: '${ parameters.time }'}}",
        "pipeline: {name: 'deploy-${ parameters.where }', wait: '${ parameters.wait }'}",
        "status: {state: '${ parameters.state }', secret: forge}",
    ] {
        assert_eq!(problems(&one_stage(text)), "", "{text}");
    }
}

#[test]
fn the_other_fields_are_checked_all_the_same() {
    for (text, expected) in [
        ("step: {run: 5, env: '${ parameters.env }'}", "step.run: the number 5 stands here"),
        ("step: {env: '${ parameters.env }'}", "step: there is nothing to run"),
        (
            "step: {run: a, services: ['${ parameters.service }', {name: b}]}",
            "step.services[1]: there is nothing to run",
        ),
        (
            "step: {run: a, services: ['${ a }', {name: 'x${ b }', run: c}, {name: d, run: [e]}]}",
            "step.services[2].run: a list stands here",
        ),
        ("step: {command: '${ parameters.line }', directory: /a}", "step.directory: \"/a\" leads out"),
        ("image: {repository: '${ parameters.name }', tag: -a}", "image.tag: \"-a\" is no tag"),
        ("image: {tag: '${ commit }'}", "image: `repository` is missing"),
        ("webhook: {url: '${ parameters.url }', failFast: [4]}", "webhook.failFast[0]: 4 is no status"),
        ("variables: [{key: a, value: '${ b }'}, {key: a, value: 1}]", "variables[1].key: \"a\" is there"),
    ] {
        let told = wrong(text);
        assert!(told.starts_with(expected) && !told.contains('\n'), "{text}\n{told}");
    }
}

#[test]
fn with_their_values_the_fields_are_read_as_a_whole() {
    let work = work("step: {run: 'echo ${HOME}', services: '${ parameters.services }', env: {A: '${ b }'}}");
    let services = json!([{"name": "mongo", "run": "mongod"}]);
    let does = work.with(&json!({"run": "echo ${HOME}", "services": services, "env": {"A": "c"}})).unwrap();
    let Does::Step(step) = does else { panic!("{does:?}") };
    assert_eq!((step.run.as_deref(), step.services[0].name.as_str()), (Some("echo ${HOME}"), "mongo"));
    for (fields, expected) in [
        (
            json!({"run": "a", "services": "none"}),
            "step.services: the text \"none\" stands here: give a list",
        ),
        (
            json!({"run": "a", "services": [{"name": "../x", "run": "b"}]}),
            "step.services[0].name: \"../x\" is no name",
        ),
        (json!({"run": "a", "directory": "../.."}), "step.directory: \"../..\" leads out of the workspace"),
    ] {
        let told = work.with(&fields).unwrap_err().to_string();
        assert!(told.starts_with(expected), "{told}");
    }
}

#[test]
fn what_is_no_expression_is_told_when_it_is_saved() {
    for (text, expected) in [
        ("step: {run: a, env: {B: '${ c'}}", "step.env.B: ${ c"),
        ("step: {run: a, env: {B: '${ 1 + }'}}", "step.env.B: ${ 1 + }"),
        ("variables: [{key: a, value: {b: ['${ ) }']}}]", "variables[0].value.b[0]: ${ ) }"),
        ("preconditions: [{expression: a ==}]", "preconditions[0].expression: a =="),
        ("when: trigger.branch ==\nwait: 5s", "when: trigger.branch =="),
    ] {
        let told = wrong(text);
        assert!(told.starts_with(expected) && told.ends_with(": mend the expression"), "{text}\n{told}");
    }
    assert_eq!(problems(&one_stage("step: {run: 'a ${ b'}")), "", "scripts are the shell's");
}

#[test]
fn an_expression_that_yaml_cuts_off_is_told() {
    let mend = "the expression ends where YAML sees a comment (a blank and #): put the text in quotes";
    assert_eq!(wrong("wait: ${ #stage('A')['outputs']['time'] }"), format!("wait: {mend}"));
    assert_eq!(
        wrong("preconditions:\n- expression: ${ #stage('A')['status'] == 'SUCCEEDED' }"),
        format!("preconditions[0].expression: {mend}")
    );
    assert_eq!(wrong("when: ${ #stage('A')['status'] == 'SUCCEEDED' }\nwait: 5s"), format!("when: {mend}"));
}

#[test]
fn very_many_expressions_are_left_for_later_and_not_read_for_ever() {
    let conditions: Vec<String> =
        (0..500).map(|n| format!("{{metric: coverage, op: '${{ o{n} }}', error: 1}}")).collect();
    let work = work(&format!("gate: {{conditions: [{}]}}", conditions.join(", ")));
    assert_eq!(work.kind(), "gate");
}
