//! The same for what is computed, decided, or asked of others, and for several at once.

use crate::fixture::{one_stage, problems, table};

#[test]
fn fields_of_what_is_computed_or_decided() {
    table(&[
        ("variables: {a: 1}", "variables: a map stands here: give a list"),
        ("variables: [{key: a}]", "variables[0]: `value` is missing: give it"),
        (
            "variables: [{key: a, value: 1}, {key: a, value: 2}]",
            "variables[1].key: \"a\" is there already: name it otherwise",
        ),
        (
            "variables: [{key: trigger, value: 1}]",
            "variables[0].key: \"trigger\" is the run's own: name it otherwise",
        ),
        ("variables: [{key: '', value: 1}]", "variables[0].key: it is empty: name the variable"),
        (
            "preconditions: [{message: a}]",
            "preconditions[0]: it asks for nothing, or for two things: give `expression`, or `stage` and `status`",
        ),
        (
            "preconditions: [{expression: a, stage: b, status: SUCCEEDED}]",
            "preconditions[0]: it asks for nothing, or for two things: give `expression`, or `stage` and `status`",
        ),
        (
            "preconditions: [{stage: b, status: SUCCEDED}]",
            "preconditions[0].status: no stage is \"SUCCEDED\": did you mean \"SUCCEEDED\"?",
        ),
        ("wait: 5", "wait: the number 5 stands here: give a text (in quotes where it looks like a number)"),
        (
            "wait: soon",
            "wait: \"soon\" is not a length of time: give numbers with their units (h, m, s, ms), such as 90s or 2m30s",
        ),
        (
            "judgment: {input: [a]}",
            "judgment.input: the key \"input\" is not known here: did you mean \"inputs\"?",
        ),
        (
            "judgment: {inputs: ['${ a }']}",
            "judgment.inputs[0]: it is an expression, and has to be known before the run begins: write the text itself",
        ),
        ("judgment: {roles: '${ a }'}", "judgment.roles: the text \"${ a }\" stands here: give a list"),
    ]);
}

#[test]
fn fields_of_what_asks_others() {
    table(&[
        ("webhook: {}", "webhook: `url` is missing: give it"),
        (
            "webhook: {url: ftp://a}",
            "webhook.url: \"ftp://a\" is no address: begin it with http:// or https://",
        ),
        (
            "webhook: {url: 'http://a', method: FETCH}",
            "webhook.method: \"FETCH\" is not known here: there is \"GET\", \"POST\", \"PUT\", \"PATCH\", \"DELETE\"",
        ),
        (
            "webhook: {url: 'http://a', failFast: [4]}",
            "webhook.failFast[0]: 4 is no status of HTTP: give one from 100 to 599",
        ),
        (
            "webhook: {url: 'http://a', monitor: {url: here}}",
            "webhook.monitor.url: \"here\" is not known here: there is \"same\", \"location\", \"answer\", \"at\"",
        ),
        (
            "webhook: {url: 'http://a', monitor: {url: {at: b}}}",
            "webhook.monitor.url.at: \"b\" is no address: begin it with http:// or https://",
        ),
        (
            "webhook: {url: 'http://a', monitor: {url: {at: 5}}}",
            "webhook.monitor.url.at: the number 5 stands here: give a text (in quotes where it looks like a number)",
        ),
        (
            "webhook: {url: 'http://a', monitor: {url: same, every: 0s}}",
            "webhook.monitor.every: it would ask all the time: give 1s or more",
        ),
        (
            "webhook: {url: 'http://a', headers: {a: b}, secrets: {A: c/d}}",
            "webhook.secrets.A: `headers` has it too: leave it out in one of the two",
        ),
        (
            "pipeline: {name: Deploy}",
            "pipeline.name: \"Deploy\" is no name: give the name of a pipeline: lower-case letters, digits and `-`",
        ),
        (
            "pipeline: {name: a, wait: maybe}",
            "pipeline.wait: the text \"maybe\" stands here: give true or false",
        ),
        (
            "status: {state: done, secret: a}",
            "status.state: no forge knows \"done\": there is \"pending\", \"success\", \"failure\", \"error\"",
        ),
        ("status: {state: success}", "status: `secret` is missing: give it"),
    ]);
}

#[test]
fn everything_that_is_wrong_with_a_stage_is_told_at_once() {
    let text = one_stage(
        "step: {run: 5, env: [], services: [{name: a, run: b, ready: {tcp: x}}, {name: c/d, run: e}], artifacts: [../f]}",
    );
    let told = problems(&text);
    let paths: Vec<&str> = told.lines().map(|line| line.split_once(": ").unwrap().0).collect();
    let mut paths: Vec<&str> =
        paths.iter().map(|path| path.trim_start_matches("spec.stages[0].step.")).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["artifacts[0]", "env", "run", "services[0].ready.tcp", "services[1].name"], "{told}");
}
