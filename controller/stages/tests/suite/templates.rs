//! Templates: typed variables, expressions about them and no others, scripts as they are.

use serde_json::{Value, json};
use weir_stages::Template;

use crate::fixture::{document, object, problems, template, told};

const TYPED: &str = "variables:
- {name: name, required: true}
- {name: replicas, type: integer, default: 2}
- {name: share, type: number, default: 0.5}
- {name: canary, type: boolean, default: false}
- {name: services, type: list, default: []}
- {name: env, type: object, default: {}}
- {name: level, default: info, options: [info, debug]}
pipeline:
  stages:
  - name: Test ${ templateVariables.name }
    step:
      run: echo ${HOME} $A
      env:
        A: '${ templateVariables.name }-${ trigger.branch }'
        REPLICAS: '${ templateVariables.replicas }'
        SHARE: '${ templateVariables.share * 2 }'
      services: '${ templateVariables.services }'
  - name: Canary
    when: '${ templateVariables.canary }'
    variables:
    - {key: env, value: '${ templateVariables.env }'}
    - {key: commit, value: '${ trigger.commit }'}";

fn fields(template: &Template, values: &Value, stage: usize) -> Value {
    let pipeline = template.call(&object(values)).unwrap();
    pipeline.stages[stage].work.fields().clone()
}

#[test]
fn values_take_the_place_of_expressions_with_their_types() {
    let made = template(TYPED);
    let services = json!([{"name": "db", "run": "db ${PORT}"}]);
    let values =
        json!({"name": "shop", "replicas": 5, "canary": true, "services": services, "env": {"A": 1}});
    let step = fields(&made, &values, 0);
    assert_eq!(step["env"], json!({"A": "shop-${ trigger.branch }", "REPLICAS": 5, "SHARE": 1.0}));
    assert_eq!(step["services"], services);
    assert_eq!(step["run"], "echo ${HOME} $A", "scripts are the shell's");
    let variables = fields(&made, &values, 1);
    assert_eq!(variables[0]["value"], json!({"A": 1}));
    assert_eq!(variables[1]["value"], "${ trigger.commit }", "for the run");
    let pipeline = made.call(&object(&values)).unwrap();
    assert_eq!(pipeline.stages[0].name, "Test shop");
    assert_eq!(pipeline.stages[1].when.as_deref(), Some("true"));
}

#[test]
fn what_is_not_given_has_its_default() {
    let made = template(TYPED);
    let step = fields(&made, &json!({"name": "shop"}), 0);
    assert_eq!((&step["env"]["REPLICAS"], &step["services"]), (&json!(2), &json!([])));
    assert_eq!(
        made.call(&object(&json!({"name": "shop"}))).unwrap().stages[1].when.as_deref(),
        Some("false")
    );
    let first = made.call(&object(&json!({"name": "shop"})));
    assert_eq!(first, made.call(&object(&json!({"name": "shop"}))), "the same call is the same pipeline");
}

#[test]
fn values_that_it_does_not_take_are_told_at_once() {
    let made = template(TYPED);
    for (values, expected) in [
        (json!({}), "template.values.name: is required and missing: give a text"),
        (json!({"name": 5}), "template.values.name: 5 is not a text: give a text"),
        (
            json!({"name": "a", "replicas": 1.5}),
            "template.values.replicas: 1.5 is not a whole number: give a whole number",
        ),
        (
            json!({"name": "a", "share": "half"}),
            "template.values.share: \"half\" is not a number: give a number",
        ),
        (
            json!({"name": "a", "canary": "yes"}),
            "template.values.canary: \"yes\" is not true or false: give true or false",
        ),
        (json!({"name": "a", "services": {}}), "template.values.services: {} is not a list: give a list"),
        (json!({"name": "a", "env": [1]}), "template.values.env: [1] is not an object: give an object"),
        (
            json!({"name": "a", "level": "warn"}),
            "template.values.level: \"warn\" is not among the options: give one of \"info\", \"debug\"",
        ),
        (
            json!({"nmae": "a"}),
            "template.values.nmae: this template has no such variable: did you mean \"name\"?\n\
             template.values.name: is required and missing: give a text",
        ),
    ] {
        assert_eq!(told(&made.call(&object(&values)).unwrap_err()), expected, "{values}");
    }
}

#[test]
fn an_expression_about_a_value_can_use_nothing_that_only_a_run_has() {
    let made = template(
        "variables: [{name: a, default: b}]\npipeline: {stages: [{name: A, wait: '${ templateVariables.a + trigger.x }'}]}",
    );
    let told = told(&made.call(&object(&json!({}))).unwrap_err());
    assert!(told.starts_with("template made.stages[0].wait: ${ templateVariables.a + trigger.x }"), "{told}");
    assert!(told.ends_with(": mend the template or the call"), "{told}");
}

#[test]
fn a_value_is_not_evaluated_when_it_is_put_in_and_what_comes_of_it_is_checked() {
    let made = template(
        "variables: [{name: time}]\npipeline: {stages: [{name: A, wait: '${ templateVariables.time }'}]}",
    );
    let late = json!({"time": "${ parameters.time }"});
    assert_eq!(fields(&made, &late, 0), "${ parameters.time }", "the run's");
    let hidden = json!({"time": "${ templateVariables.time }"});
    assert_eq!(fields(&made, &hidden, 0), "${ templateVariables.time }", "once and not again");
    let wrong = told(&made.call(&object(&json!({"time": "soon"}))).unwrap_err());
    assert!(wrong.starts_with("template made.stages[0].wait: \"soon\" is not a length of time"), "{wrong}");
}

#[test]
fn a_template_that_no_call_could_use_is_refused() {
    let stages = "stages: [{name: A, wait: 5s}]";
    for (spec, expected) in [
        ("variables: []".to_owned(), "spec: `pipeline` is missing: give it"),
        (
            format!("variable: []\npipeline: {{{stages}}}"),
            "spec.variable: the key \"variable\" is not known here: did you mean \"variables\"?",
        ),
        (
            format!("variables: [{{name: 5a}}]\npipeline: {{{stages}}}"),
            "spec.variables[0].name: \"5a\" is no name that an expression could use: give letters, digits, `_` and `-`, beginning with a letter or `_`",
        ),
        (
            format!("variables: [{{name: a, type: integer, default: b}}]\npipeline: {{{stages}}}"),
            "spec.variables[0].default: \"b\" is not a whole number: give a whole number",
        ),
        (
            format!("variables: [{{name: a}}, {{name: a}}]\npipeline: {{{stages}}}"),
            "spec.variables[1].name: there are two \"a\": rename one of them",
        ),
        (
            format!("variables: [{{name: a, type: text}}]\npipeline: {{{stages}}}"),
            "spec.variables[0].type: \"text\" is not known here: there is \"string\", \"integer\", \"number\", \"boolean\", \"list\", \"object\"",
        ),
        (
            format!("protect: false\npipeline: {{{stages}}}"),
            "spec.protect: a call changes nothing of a template but its values: leave it out",
        ),
        (
            format!("pipeline: {{triggers: [], {stages}}}"),
            "spec.pipeline.triggers: it is not the template's to say: give it where it is called",
        ),
        (
            "pipeline: {stages: [{name: A, step: {run: 'echo ${ templateVariables.a }'}}]}".to_owned(),
            "spec.pipeline.stages[0].step.run: a script is not evaluated, so templateVariables means nothing in it: give the value by `env`",
        ),
    ] {
        assert_eq!(problems(&document("PipelineTemplate", "made", &spec)), expected, "{spec}");
    }
    let told =
        problems(&document("PipelineTemplate", "made", "pipeline: {stages: [{name: A, wait: '${ ) }'}]}"));
    assert!(told.starts_with("spec.pipeline.stages[0].wait: ${ ) }"), "{told}");
    template(&format!("protect: true\npipeline: {{{stages}}}"));
}
