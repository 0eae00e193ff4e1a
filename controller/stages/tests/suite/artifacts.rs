//! Images that a pipeline counts on: what is read, what is refused, who may say it, and how expressions see what was found.

use serde_json::{Map, Value, json};
use weir_expression::{Limits, evaluate_all};
use weir_pipeline::{Plan, Run};
use weir_stages::expected::Origin;
use weir_stages::source::{PushedError, pushed};
use weir_stages::work::{Does, Tags};
use weir_stages::{Expected, Seen, lines, read};

use crate::fixture::{document, pipeline, problems, sound, told, work, wrong};

fn digest() -> String {
    format!("sha256:{}", "0a".repeat(32))
}

/// A pipeline with these entries, a line each.
fn entries(entries: &[&str]) -> String {
    let lines: String = entries.iter().flat_map(|entry| ["- ", entry, "\n"]).collect();
    document("Pipeline", "shop", &format!("artifacts:\n{lines}stages:\n- {{name: A, wait: 1s}}"))
}

fn expected(entry: &str) -> Expected {
    Expected::new(&pipeline(&entries(&[entry])).pipeline.unwrap().artifacts[0]).unwrap()
}

#[test]
fn an_entry_says_which_image_and_where_it_may_come_from() {
    let digest = digest();
    let all = expected(&format!(
        "{{name: api, image: r.example:5000/shop/api, from: [trigger, prior, {{pipeline: ci}}, {{default: 'r.example:5000/shop/api:v1@{digest}'}}]}}"
    ));
    assert_eq!((all.name.as_str(), all.image.as_str()), ("api", "r.example:5000/shop/api"));
    let last = Origin::Default(format!("r.example:5000/shop/api:v1@{digest}"));
    assert_eq!(all.from, [Origin::Trigger, Origin::Prior, Origin::Pipeline("ci".to_owned()), last]);
    assert_eq!(expected("{name: api, image: api}").from, [Origin::Trigger]);
    // The last part is enough for a default, too.
    expected(&format!("{{name: _a1, image: api, from: [{{default: 'r.example/shop/api@{digest}'}}]}}"));
}

#[test]
fn what_is_wrong_is_named() {
    let digest = digest();
    for (written, expected) in [
        ("{name: api}", ": `image` is missing: give it".to_owned()),
        ("{nam: api, image: api}", ".nam: the key \"nam\" is not known here: did you mean \"name\"?".to_owned()),
        ("{name: '', image: api}", ".name: it is empty: name it, as expressions are to see it".to_owned()),
        (
            "{name: shop-api, image: api}",
            ".name: \"shop-api\" is no name in an expression: begin with a letter or `_`, and go on with letters, digits and `_`".to_owned(),
        ),
        ("{name: a, image: ''}", ".image: it is empty: give registry/name, or its last part".to_owned()),
        (
            "{name: a, image: 'r.example/api:v1'}",
            ".image: it has a tag or a digest, and every image of that name is meant: give r.example/api".to_owned(),
        ),
        ("{name: a, image: r.example//api}", ".image: \"r.example//api\" is no name of an image: give registry/name, or its last part".to_owned()),
        (
            "{name: a, image: '${ parameters.image }'}",
            ".image: it is an expression, and has to be known before the run begins: write the text itself".to_owned(),
        ),
        (
            "{name: a, image: api, from: []}",
            ".from: it is nowhere to be found: give at least one of `trigger`, `prior`, `pipeline: NAME`, `default: REFERENCE`".to_owned(),
        ),
        ("{name: a, image: api, from: trigger}", ".from: the text \"trigger\" stands here: give a list".to_owned()),
        ("{name: a, image: api, from: [triger]}", ".from[0]: \"triger\" is not known here: did you mean \"trigger\"?".to_owned()),
        ("{name: a, image: api, from: [{pipelin: ci}]}", ".from[0]: \"pipelin\" is not known here: did you mean \"pipeline\"?".to_owned()),
        ("{name: a, image: api, from: [{prior: yes}]}", ".from[0].prior: the text \"yes\" stands here: give nothing more".to_owned()),
        (
            "{name: a, image: api, from: [{pipeline: ci, default: x}]}",
            ".from[0]: a map stands here: give one of trigger, prior, pipeline, default".to_owned(),
        ),
        ("{name: a, image: api, from: [pipeline]}", ".from[0].pipeline: something else stands here: give a value behind it: `KEY: VALUE`".to_owned()),
        ("{name: a, image: api, from: [prior, {pipeline: ''}]}", ".from[1].pipeline: it is empty: name the pipeline".to_owned()),
        ("{name: a, image: api, from: [prior, prior]}", ".from[1]: it is in the list already: leave it out".to_owned()),
        ("{name: a, image: api, from: [{default: ' '}]}", ".from[0].default: it is empty: give a reference by its digest".to_owned()),
        (
            "{name: a, image: api, from: [{default: 'r.example/api:v1'}]}",
            ".from[0].default: \"r.example/api:v1\" may be another image by tomorrow: give its digest: r.example/api@sha256:..".to_owned(),
        ),
        (
            "{name: a, image: api, from: [{default: 'r.example/api@sha256:aa'}]}",
            ".from[0].default: \"sha256:aa\" is no digest: give sha256: and 64 hexadecimal digits, in lower case".to_owned(),
        ),
        (
            &format!("{{name: a, image: api, from: [{{default: 'r.example/web@{digest}'}}]}}"),
            ".from[0].default: r.example/web is no image that `image` matches, which is api: mend one of the two".to_owned(),
        ),
        (
            &format!("{{name: a, image: api, from: [{{default: 'api@{digest}'}}, prior]}}"),
            ".from[0].default: what stands behind it is never tried: put it last".to_owned(),
        ),
    ] {
        assert_eq!(problems(&entries(&[written])), format!("spec.artifacts[0]{expected}"), "{written}");
    }
}

#[test]
fn twins_and_what_is_no_list_are_named() {
    assert_eq!(
        problems(&entries(&["{name: a, image: api}", "{name: a, image: api}"])),
        "spec.artifacts[1].name: artifacts[0] has \"a\", too: leave it out in one of the two\n\
         spec.artifacts[1].image: artifacts[0] has \"api\", too: leave it out in one of the two"
    );
    assert_eq!(
        problems(&document("Pipeline", "shop", "artifacts: api\nstages: [{name: A, wait: 1s}]")),
        "spec.artifacts: the text \"api\" stands here: give a list"
    );
}

#[test]
fn a_slip_is_found_in_its_line_and_the_key_by_what_was_meant() {
    let text = document(
        "Pipeline",
        "shop",
        "artifacts:\n- name: api\n  image: api\n  from:\n  - trigger\n  - default: api:v1\nstages: [{name: A, wait: 1s}]",
    );
    let (_, problems) = read(&text);
    assert_eq!(problems.len(), 1, "{}", told(&problems));
    assert_eq!(lines::of(&text, &problems[0].path), Some(10));
    let slip = crate::fixture::problems(&text.replace("artifacts:", "artefacts:"));
    assert_eq!(slip, "spec.artefacts: a pipeline has no such key: did you mean \"artifacts\"?");
}

#[test]
fn a_template_makes_them_of_values_and_its_call_has_none_of_its_own() {
    let template = document(
        "PipelineTemplate",
        "made",
        "variables: [{name: ci}]\npipeline:\n  artifacts: [{name: api, image: api, from: [{pipeline: '${ templateVariables.ci }'}]}]\n  stages: [{name: A, wait: 1s}]",
    );
    let call = |more: &str| {
        let spec = format!("template: {{name: made, values: {{ci: build}}}}\n{more}");
        [&template, "---\n", &document("Pipeline", "shop", &spec)].concat()
    };
    let file = sound(&call(""));
    let made = file.pipelines[0].made(&file.templates).unwrap();
    assert_eq!(Expected::new(&made.artifacts[0]).unwrap().from, [Origin::Pipeline("build".to_owned())]);
    assert_eq!(
        problems(&call("artifacts: [{name: api, image: api}]")),
        "documents[1].spec.artifacts: it is the template's to say: a pipeline that is made of a template has `triggers`, `source`, `notifications` and `template` only"
    );
}

#[test]
fn a_pushed_file_changes_them_only_where_that_is_allowed_by_name() {
    let refused = |served: &str, from: &str, to: &str| {
        let file = sound(served);
        let served_one = &file.pipelines[0];
        match pushed(
            served_one,
            &file.templates,
            served_one.source.as_ref().unwrap(),
            &served.replace(from, to),
        ) {
            Err(PushedError::Refused(all)) => all.join("\n"),
            Ok(made) => made.artifacts[0]["from"].to_string(),
            Err(other) => panic!("{other}"),
        }
    };
    let served = |allow: &str| {
        let spec =
            "artifacts: [{name: api, image: api, from: [{pipeline: ci}]}]\nstages: [{name: A, wait: 1s}]";
        document("Pipeline", "shop", &format!("source: {{allow: [{allow}]}}\n{spec}"))
    };
    let said = refused(&served("description, stages, parameters"), "pipeline: ci", "pipeline: evil");
    assert!(
        said.contains("artifacts[0].from[0].pipeline differs") && said.contains("add artifacts"),
        "{said}"
    );
    for allow in ["artifacts", "artifacts.from"] {
        assert_eq!(refused(&served(allow), "pipeline: ci", "pipeline: other"), r#"[{"pipeline":"other"}]"#);
    }
    // Values that may be given give nothing away of what they make.
    let made = |allow: &str| {
        let template = "variables: [{name: ci}]\npipeline:\n  artifacts: [{name: api, image: api, from: [{pipeline: '${ templateVariables.ci }'}]}]\n  stages: [{name: A, wait: 1s}]";
        let call = format!("source: {{allow: [{allow}]}}\ntemplate: {{name: made, values: {{ci: build}}}}");
        [
            document("PipelineTemplate", "made", template),
            "---\n".to_owned(),
            document("Pipeline", "shop", &call),
        ]
        .concat()
    };
    let said = refused(&made("template.values"), "ci: build", "ci: evil");
    assert!(said.contains("add artifacts"), "{said}");
    assert_eq!(
        refused(&made("template.values, artifacts"), "ci: build", "ci: other"),
        r#"[{"pipeline":"other"}]"#
    );
    let said = problems(&served("artefacts"));
    assert!(said.ends_with("a pipeline has no \"artefacts\": did you mean \"artifacts\"?"), "{said}");
}

#[test]
fn expressions_see_what_was_found_and_no_stage_can_pretend_it() {
    let text = document("Pipeline", "shop", "stages:\n- {name: A, wait: 1s}\n- {name: B, wait: 1s}");
    let plan = Plan::new(pipeline(&text).pipeline.unwrap()).unwrap();
    let now = "2026-11-23T08:00:00Z".parse().unwrap();
    let mut run = Run::new("shop-1", plan.graph(), false, now);
    run.artifacts = Map::from_iter([("api".to_owned(), json!({"image": "r/api@sha256:aa", "tag": null}))]);
    run.stages[0].outputs = Map::from_iter([("artifacts".to_owned(), json!({"api": {"image": "evil"}}))]);
    let (trigger, parameters) = (json!({}), Map::new());
    let seen = Seen { pipeline: "shop", plan: &plan, run: &run, trigger: &trigger, parameters: &parameters };
    let value = |text: &str| -> Value {
        evaluate_all(&json!(text), &seen.scope("b", now), &Limits::default()).unwrap().value
    };
    assert_eq!(value("${ artifacts.api.image }"), "r/api@sha256:aa");
    assert_eq!(value("${ artifacts.api.tag ?: 'none' }"), "none");
    assert_eq!(
        wrong("variables: [{key: artifacts, value: a}]"),
        "variables[0].key: \"artifacts\" is the run's own: name it otherwise"
    );
}

#[test]
fn a_stage_says_what_becomes_of_tags() {
    let does = |more: &str| {
        let work = work(&format!("deploy: {{manifests: [k8s/*.yaml]{more}}}"));
        let Does::Deploy(deploy) = work.with(work.fields()).unwrap() else { panic!() };
        deploy.tags
    };
    assert_eq!((does(""), does(", tags: allow")), (Tags::Refuse, Tags::Allow));
    assert_eq!(
        wrong("deploy: {manifests: [k8s/*.yaml], tags: alow}"),
        "deploy.tags: \"alow\" is not known here: did you mean \"allow\"?"
    );
}
