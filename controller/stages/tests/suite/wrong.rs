//! Fields that are not what they have to be: where, what, and how to mend it.

use crate::fixture::{table, wrong};

#[test]
fn fields_of_steps() {
    table(&[
        ("step: {}", "step: there is nothing to run: give `run` (lines of a shell) or `command` (a list)"),
        ("step: {run: a, command: [b]}", "step: `run` and `command` are both given: leave out one of them"),
        (
            "step: {run: 5}",
            "step.run: the number 5 stands here: give a text (in quotes where it looks like a number)",
        ),
        ("step: {command: a}", "step.command: the text \"a\" stands here: give a list"),
        (
            "step: {run: a, image: [b]}",
            "step.image: a list stands here: give a text (in quotes where it looks like a number)",
        ),
        ("step: {run: a, env: [b]}", "step.env: a list stands here: give keys with values"),
        (
            "step: {run: a, env: {B: [1]}}",
            "step.env.B: a list stands here: give a text: `${ #toJson(..) }` makes one",
        ),
        (
            "step: {run: a, env: {'B=': 1}}",
            "step.env: \"B=\" is no name of a variable: give one that is not empty, without `=`",
        ),
        ("step: {run: a, secrets: {B: c}}", "step.secrets.B: \"c\" is no value of a secret: write NAME/KEY"),
        (
            "step: {run: a, secrets: {B: ../c}}",
            "step.secrets.B: \"../c\" is no value of a secret: write NAME/KEY",
        ),
        (
            "step: {run: a, env: {B: 1}, secrets: {B: c/d}}",
            "step.secrets.B: `env` has it too: leave it out in one of the two",
        ),
        (
            "step: {run: a, directory: ../b}",
            "step.directory: \"../b\" leads out of the workspace: give a path inside it",
        ),
        (
            "step: {run: a, directory: /b}",
            "step.directory: \"/b\" leads out of the workspace: give a path inside it",
        ),
        (
            "step: {run: a, cache: [{name: n, path: .}]}",
            "step.cache[0].path: it is the whole workspace: give a folder inside it",
        ),
        (
            "step: {run: a, cache: [{name: n, path: a/../..}]}",
            "step.cache[0].path: \"a/../..\" leads out of the workspace: give a path inside it",
        ),
        ("step: {run: a, cache: [{path: b}]}", "step.cache[0]: `name` is missing: give it"),
    ]);
}

#[test]
fn files_and_slips_of_steps() {
    table(&[
        (
            "step: {run: a, artifacts: ['a[']}",
            "step.artifacts[0]: \"a[\" is no glob: unclosed character class; missing ']'",
        ),
        (
            "step: {run: a, artifacts: [b, ../c]}",
            "step.artifacts[1]: \"../c\" leads out of the workspace: give a path inside it",
        ),
        (
            "step: {run: a, reports: {coverage: {lcov: ['/a']}}}",
            "step.reports.coverage.lcov[0]: \"/a\" leads out of the workspace: give a path inside it",
        ),
        (
            "step: {run: a, reports: {junits: [b]}}",
            "step.reports.junits: the key \"junits\" is not known here: did you mean \"junit\"?",
        ),
        ("step: {run: a, services: {b: c}}", "step.services: a map stands here: give a list"),
        (
            "step: {rum: a}",
            "step.rum: the key \"rum\" is not known here: did you mean \"run\"?\nstep: there is nothing to run: give `run` (lines of a shell) or `command` (a list)",
        ),
        (
            "step: make",
            "step: the text \"make\" stands here: give keys with values: run, command, image, env, secrets, directory, services, cache, reports, artifacts, resources",
        ),
        (
            "step: []",
            "step: a list stands here: give keys with values: run, command, image, env, secrets, directory, services, cache, reports, artifacts, resources",
        ),
    ]);
}

#[test]
fn fields_of_services() {
    let row =
        |service: &str| wrong(&format!("step: {{run: a, services: [{{name: ok, run: b}}, {service}]}}"));
    for (service, expected) in [
        ("{run: b}", "step.services[1]: `name` is missing: give it"),
        ("{name: ok, run: b}", "step.services[1].name: \"ok\" is there already: name each service otherwise"),
        (
            "{name: ../x, run: b}",
            "step.services[1].name: \"../x\" is no name: give 1 to 63 letters, digits, `-` and `_`",
        ),
        (
            "{name: x}",
            "step.services[1]: there is nothing to run: give `run` (lines of a shell) or `command` (a list), or an `image` that has one",
        ),
        (
            "{name: x, run: b, ready: {}}",
            "step.services[1].ready: nothing says how, or two things do: give `tcp` or `run`",
        ),
        (
            "{name: x, run: b, ready: {tcp: 1, run: c}}",
            "step.services[1].ready: nothing says how, or two things do: give `tcp` or `run`",
        ),
        (
            "{name: x, run: b, ready: {tcp: 0}}",
            "step.services[1].ready.tcp: there is no port 0: give the one it listens on",
        ),
        (
            "{name: x, run: b, ready: {tcp: 70000}}",
            "step.services[1].ready.tcp: the number 70000 stands here: give a whole number from 0 to 65535",
        ),
        (
            "{name: x, run: b, ready: {tcp: 1, within: 5}}",
            "step.services[1].ready.within: the number 5 stands here: give a text (in quotes where it looks like a number)",
        ),
        (
            "{name: x, run: b, ready: {tcp: 1, within: 5 parsecs}}",
            "step.services[1].ready.within: \"5 parsecs\" is not a length of time: give numbers with their units (h, m, s, ms), such as 90s or 2m30s",
        ),
        (
            "{name: x, image: a, envs: {}}",
            "step.services[1].envs: the key \"envs\" is not known here: did you mean \"env\"?",
        ),
    ] {
        assert_eq!(row(service), expected, "{service}");
    }
}

#[test]
fn fields_of_gates() {
    table(&[
        (
            "gate: {conditions: [{metric: coverage, op: lessThan}]}",
            "gate.conditions[0]: it has no threshold: give `error` or `warning`",
        ),
        (
            "gate: {conditions: [{metric: coverage, op: less, error: 1}]}",
            "gate.conditions[0].op: \"less\" is not known here: did you mean \"lessThan\"?",
        ),
        (
            "gate: {conditions: [{metric: coverage, op: lessThan, error: b}]}",
            "gate.conditions[0].error: the text \"b\" stands here: give a number",
        ),
        (
            "gate: {conditions: [{metric: tests, op: lessThan, error: 1}, {metric: covrage, op: lessThan, error: '${ most }'}]}",
            "gate.conditions[1].metric: \"covrage\" is no metric that is measured: did you mean \"coverage\"?",
        ),
        (
            "gate: {conditions: [{metric: coverage, op: lessThan, error: 920}]}",
            "gate.conditions[0].error: 920 is no share: write percent, from 0 to 100",
        ),
        (
            "gate: {conditions: [{metric: coverage, op: lessThan, error: 92, warning: 90}]}",
            "gate.conditions[0].warning: below 90 it is never a warning, since below 92 it is an error: write a number above 92",
        ),
        ("gate: {sonar: {reports: []}}", "gate.sonar.reports: there is none: give a glob, or leave it out"),
    ]);
}

#[test]
fn fields_of_checkouts_and_images() {
    table(&[
        (
            "checkout: {depth: -1}",
            "checkout.depth: the number -1 stands here: give a whole number from 0 to 4294967295",
        ),
        (
            "checkout: {directory: ../a}",
            "checkout.directory: \"../a\" leads out of the workspace: give a path inside it",
        ),
        (
            "checkout: {ref: --upload-pack=x}",
            "checkout.ref: \"--upload-pack=x\" would be an option of git: begin it otherwise",
        ),
        (
            "checkout: {submodules: 'yes'}",
            "checkout.submodules: the text \"yes\" stands here: give true or false",
        ),
        (
            "checkout:",
            "checkout: nothing stands here: give keys with values: repository, ref, depth, submodules, directory, secret",
        ),
        ("image: {}", "image: `repository` is missing: give it"),
        (
            "image: {repository: A/b}",
            "image.repository: 'A' cannot stand in it: give registry/name, in lower case",
        ),
        ("image: {repository: 'a/b:c'}", "image.repository: \"b:c\" has a tag: give it as `tag`"),
        ("image: {repository: a//b}", "image.repository: a part of \"a//b\" is empty: give registry/name"),
        (
            "image: {repository: a, tag: -b}",
            "image.tag: \"-b\" is no tag: give up to 128 letters, digits, `_`, `.` and `-`, and none of the last two first",
        ),
        (
            "image: {repository: a, context: /}",
            "image.context: \"/\" leads out of the workspace: give a path inside it",
        ),
        (
            "image: {repository: a, dockerfile: ../b}",
            "image.dockerfile: \"../b\" leads out of the workspace: give a path inside it",
        ),
        (
            "image: {repository: a, hooks: {sing: b}}",
            "image.hooks.sing: the key \"sing\" is not known here: did you mean \"sign\"?",
        ),
    ]);
}
