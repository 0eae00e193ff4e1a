//! What of a pushed file counts.

use weir_pipeline::Pipeline;
use weir_stages::source::{PushedError, pushed};
use weir_stages::{File, Work};

use crate::fixture::{document, problems, sound};

const SERVED: &str = "description: Shop
source: SOURCE
triggers: [{cron: {schedule: '0 4 * * *'}}]
parameters: [{name: level, default: info}]
stages:
- {name: Checkout, checkout: {secret: forge}}
- name: Test
  step:
    run: npm test
    env: {LEVEL: info}
    services: [{name: db, image: 'redis:8'}]
- name: Scan
  step: {run: npm run scan, secrets: {TOKEN: sonar/token}}
- {name: Gate, gate: {}}
- name: Publish
  when: trigger.branch == 'main'
  image: {repository: registry.example.com/shop, secret: registry}";

/// What becomes of a file that is like the served one but for this.
fn changed(source: &str, from: &str, to: &str) -> Result<Pipeline<Work>, PushedError> {
    let served = SERVED.replace("SOURCE", source);
    assert!(served.contains(from), "{from}");
    read(&served, &document("Pipeline", "shop", &served.replacen(from, to, 1)))
}

fn read(served: &str, text: &str) -> Result<Pipeline<Work>, PushedError> {
    let File { pipelines, templates, freezes: _ } = sound(&document("Pipeline", "shop", served));
    let served = &pipelines[0];
    pushed(served, &templates, served.source.as_ref().unwrap(), text)
}

/// The fields that it differs in, and what would allow it.
fn refused(source: &str, from: &str, to: &str) -> Vec<String> {
    match changed(source, from, to) {
        Err(PushedError::Refused(all)) => all
            .iter()
            .map(|one| {
                let (field, rest) = one.split_once(" differs: ").unwrap_or((one, ""));
                let wanted = rest.split_once("or add ").map_or("", |(_, rest)| rest);
                format!("{field} <- {}", wanted.split(" to `").next().unwrap())
            })
            .collect(),
        other => panic!("{from} -> {to}: {other:?}"),
    }
}

#[test]
fn what_a_test_runs_may_be_changed_by_whoever_may_push() {
    let made = changed("{}", "run: npm test", "run: npm run test:all").unwrap();
    assert_eq!(made.stages[1].work.fields()["run"], "npm run test:all");
    assert_eq!(
        changed("{}", "description: Shop", "description: The shop").unwrap().description.unwrap(),
        "The shop"
    );
    assert!(changed("{}", "description", "description").is_ok(), "the same file");
    // Which stage comes before may be said or not.
    assert!(changed("{}", "{name: Gate,", "{name: Gate, needs: [Scan],").is_ok());
}

#[test]
fn nothing_else_counts_unless_it_is_allowed() {
    for (from, to, expected) in [
        ("LEVEL: info", "LEVEL: debug", "spec.stages[test].step.env.LEVEL <- stages.step.env"),
        ("default: info", "default: debug", "spec.parameters[0].default <- parameters.default"),
        ("gate: {}", "gate: {strict: true}", "spec.stages[gate].gate.strict <- stages.gate.strict"),
        ("parameters:", "timeout: 1h\nparameters:", "spec.timeout <- timeout"),
        (
            "- {name: Gate, gate: {}}\n",
            "- {name: Gate, gate: {}, onFailure: ignore}\n",
            "spec.stages[gate].onFailure <- stages.onFailure",
        ),
        (
            "{name: Checkout, checkout: {secret: forge}}",
            "{name: Checkout, checkout: {secret: forge, depth: 0}}",
            "spec.stages[checkout].checkout.depth <- stages.checkout.depth and stages.checkout.secret",
        ),
        // A secret that is there already is not for other lines.
        ("npm run scan", "env", "spec.stages[scan].step.run <- stages.step.secrets"),
    ] {
        assert_eq!(refused("{}", from, to), [expected], "{to}");
    }
    let wide = "{allow: [description, stages.step.env, parameters, stages.gate, timeout, stages.onFailure]}";
    for (from, to) in [
        ("LEVEL: info", "LEVEL: debug"),
        ("default: info", "default: debug"),
        ("gate: {}", "gate: {strict: true}"),
        ("parameters:", "timeout: 1h\nparameters:"),
        ("gate: {}}", "gate: {}, onFailure: ignore}"),
    ] {
        assert!(changed(wide, from, to).is_ok(), "{to}");
    }
}

#[test]
fn secrets_images_and_registries_are_allowed_by_their_own_names_only() {
    for (from, to, needed) in [
        ("sonar/token", "registry/password", "stages.step.secrets"),
        ("run: npm test", "run: npm test\n    secrets: {A: registry/password}", "stages.step.secrets"),
        ("run: npm test", "run: npm test\n    image: 'evil:1'", "stages.step.image"),
        ("'redis:8'", "'evil:1'", "stages.step.services.image"),
        ("run: npm test", "run: npm test\n    cache: [{name: images, path: c}]", "stages.step.cache"),
        ("registry.example.com/shop", "evil.example.com/shop", "stages.image.repository"),
        ("secret: registry}", "secret: forge}", "stages.image.secret"),
        ("secret: registry}", "secret: registry, hooks: {sign: env}}", "stages.image.hooks"),
        ("secret: registry}", "secret: registry, insecure: true}", "stages.image.insecure"),
        (
            "{secret: forge}",
            "{secret: forge, repository: 'https://evil.example'}",
            "stages.checkout.repository",
        ),
        ("when: trigger.branch == 'main'", "when: 'true'", "stages.image.secret"),
        (
            "- {name: Gate, gate: {}}",
            "- {name: Gate, webhook: {url: 'https://evil.example'}}",
            "stages.webhook.url",
        ),
        (
            "- {name: Gate, gate: {}}",
            "- {name: Gate, analysis: {config: a.json, metrics: {secret: forge}, control: {scope: a}, experiment: {scope: b}, lifetime: 1m}}",
            "stages.analysis.metrics",
        ),
        (
            "- {name: Gate, gate: {}}",
            "- {name: Gate, gate: {}}\n- {name: Told, status: {state: success, secret: forge}}",
            "stages.status.secret",
        ),
        (
            "services: [{name: db, image: 'redis:8'}]",
            "services: '${ parameters.services }'",
            "stages.step.services.image",
        ),
    ] {
        let found = refused("{allow: [stages]}", from, to);
        assert!(
            found.iter().any(|one| one.split(" <- ").nth(1).unwrap().contains(needed)),
            "{to}: {found:?}"
        );
    }
    let named = "{allow: [stages.step.services.image, stages.image.repository, stages.image.secret]}";
    assert!(changed(named, "'redis:8'", "'redis:9'").is_ok());
    assert!(changed(named, "registry.example.com/shop", "registry.example.com/cart").is_ok());
    let unnamed = "{allow: [stages.image.repository]}";
    let expected = ["spec.stages[publish].image.repository <- stages.image.secret"];
    assert_eq!(refused(unnamed, "registry.example.com/shop", "evil.example.com/shop"), expected);
}

#[test]
fn no_stage_slips_past_another() {
    let steps = "{allow: [stages.step]}";
    let publish = "- name: Publish\n";
    // At the end nobody is in its way; in between others would see what it hands on, or would not wait for the gate.
    let last = "secret: registry}\n- {name: Notes, step: {run: notes}}";
    assert!(changed(steps, "secret: registry}", last).is_ok());
    let between = format!("- {{name: Bypass, needs: [], step: {{run: 'true'}}}}\n{publish}");
    let found = refused(steps, publish, &between);
    assert_eq!(found, ["spec.stages[publish].needs <- stages.needs and stages.image.secret"]);
    let found = refused(steps, "- {name: Gate, gate: {}}\n", "");
    assert!(found.iter().any(|one| one.contains("spec.stages[gate].gate <- stages.gate")), "{found:?}");
    let found = refused("{allow: [stages.gate]}", publish, "- name: Publish\n  needs: [Test]\n");
    assert_eq!(found, ["spec.stages[publish].needs <- stages.needs and stages.image.secret"]);
}

#[test]
fn what_starts_it_and_what_may_be_changed_is_not_the_file_s_to_say() {
    for (from, to, field) in [
        ("0 4 * * *", "0 5 * * *", "spec.triggers"),
        ("source: {}", "source: {allow: [stages]}", "spec.source"),
    ] {
        let found = refused("{}", from, to);
        assert!(found.len() == 1 && found[0].starts_with(field), "{found:?}");
    }
    // Who says nothing of them changes nothing.
    assert!(changed("{}", "source: {}\ntriggers: [{cron: {schedule: '0 4 * * *'}}]\n", "").is_ok());
    let other =
        changed("{}", "stages:\n", "template: {name: nodejs-api, values: {name: a, registry: b}}\nstages:\n");
    assert!(matches!(other, Err(PushedError::Wrong(_))), "{other:?}");
}

#[test]
fn a_file_that_is_wrong_or_another_one_says_so_with_its_line() {
    let served = SERVED.replace("SOURCE", "{}");
    let text = document("Pipeline", "shop", &served.replace("npm test", "npm test\n    rnu: a"));
    let error = read(&served, &text).unwrap_err().to_string();
    assert!(error.starts_with("it is wrong: line 14: spec.stages[1].step.rnu"), "{error}");
    let error = read(&served, &document("Pipeline", "cart", &served)).unwrap_err();
    assert_eq!(error, PushedError::Missing("shop".to_owned()));
    let error = read(&served, "a: [").unwrap_err().to_string();
    assert!(error.starts_with("it is wrong: "), "{error}");
}

const CALLED: &str = "source: {allow: [template.values]}
template:
  name: nodejs-api
  values: {name: shop, registry: registry.example.com/team, registrySecret: registry, testEnv: {A: '1'}}";

/// The same of a pipeline that is made of a template.
fn called(from: &str, to: &str) -> Result<Pipeline<Work>, PushedError> {
    assert!(CALLED.contains(from), "{from}");
    read(CALLED, &document("Pipeline", "shop", &CALLED.replacen(from, to, 1)))
}

#[test]
fn values_of_a_template_make_no_other_registry_image_or_secret() {
    let made = called("A: '1'", "A: '2', B: '3'").unwrap();
    assert_eq!(made.stages[3].work.fields()["env"]["B"], "3");
    for (from, to, field) in [
        ("registry.example.com", "evil.example.com", "image.repository"),
        ("registrySecret: registry", "registrySecret: forge", "image.secret"),
        ("name: shop,", "name: shop, nodeImage: 'evil:1',", "step.image"),
        ("name: shop,", "name: shop, branch: mine,", "stages.image.secret"),
        ("name: shop,", "name: shop, scanSecrets: {A: registry/password},", "step.secrets"),
        ("name: shop,", "name: shop, containers: [{name: db, image: 'evil:1'}],", "services"),
    ] {
        let error = called(from, to).unwrap_err().to_string();
        assert!(error.contains(field), "{to}: {error}");
    }
    let narrow = CALLED.replace("[template.values]", "[template.values.testEnv.A]");
    let file = |text: &str| read(&narrow, &document("Pipeline", "shop", &narrow.replace("A: '1'", text)));
    assert!(file("A: '2'").is_ok());
    let error = file("B: '2'").unwrap_err().to_string();
    assert!(error.contains("spec.template.values.testEnv.B differs"), "{error}");
}

#[test]
fn a_template_that_the_file_brings_along_is_none() {
    let mine = document(
        "PipelineTemplate",
        "nodejs-api",
        "variables: []\npipeline: {stages: [{name: A, step: {run: env, secrets: {A: registry/password}}}]}",
    );
    let text = format!("{}---\n{mine}", document("Pipeline", "shop", CALLED));
    let error = read(CALLED, &text).unwrap_err().to_string();
    assert!(error.contains("the template \"nodejs-api\" differs"), "{error}");
}

#[test]
fn what_may_be_changed_is_checked_where_it_is_written() {
    let of = |source: &str| problems(&document("Pipeline", "shop", &SERVED.replace("SOURCE", source)));
    for (source, expected) in [
        ("{allow: [stages.stpe]}", "spec.source.allow[0]: stages have no \"stpe\": did you mean \"step\"?"),
        (
            "{allow: [stages.wait, triggers]}",
            "spec.source.allow[1]: \"triggers\" is for the document that is served to say: leave it out",
        ),
        (
            "{allow: [template.name]}",
            "spec.source.allow[0]: \"template\" is for the document that is served to say: leave it out",
        ),
        (
            "{path: ../other.yaml}",
            "spec.source.path: \"../other.yaml\" is no file of a repository: give a path from its root: .weir/pipeline.yaml",
        ),
        (
            "{url: --upload-pack=x}",
            "spec.source.url: \"--upload-pack=x\" is no address: give one that git takes, or leave it out",
        ),
    ] {
        assert_eq!(of(source), expected, "{source}");
    }
    assert!(of("{allow: [dsecription]}").contains("did you mean \"description\""));
    assert!(of("{pat: a}").contains("spec.source.pat"));
    assert_eq!(
        of("{allow: [stages, stages.needs, stages.step.services.image, template.values.a, timeZone]}"),
        ""
    );
}
