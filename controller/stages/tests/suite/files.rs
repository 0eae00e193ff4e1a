//! Files: several documents, twins, and what is no document of ours.

use weir_stages::read;

use crate::fixture::{document, pipeline, problems, sound, told};

const WAIT: &str = "stages:\n- {name: A, wait: 5s}";

#[test]
fn one_bad_document_does_not_stop_the_others() {
    let text = [
        document("Pipeline", "one", WAIT),
        document("Pipeline", "two", "stages:\n- {name: A, wait: 5}"),
        document("PipelineTemplate", "three", &format!("pipeline:\n  {}", WAIT.replace('\n', "\n  "))),
        document("Release", "four", WAIT),
        document("Pipeline", "five", WAIT),
    ]
    .join("---\n");
    let (file, problems) = read(&text);
    let names: Vec<&str> = file.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
    assert_eq!((names.as_slice(), file.templates[0].name.as_str()), (["one", "five"].as_slice(), "three"));
    let told = told(&problems);
    assert_eq!(
        told,
        "documents[1].spec.stages[0].wait: the number 5 stands here: give a text (in quotes where it looks like a number)\n\
         documents[3].kind: \"Release\" is neither a pipeline nor a template nor a freeze: write Pipeline, PipelineTemplate or Freeze"
    );
}

#[test]
fn twins_are_refused_and_the_first_one_is_kept() {
    let template = format!("pipeline:\n  {}", WAIT.replace('\n', "\n  "));
    let text = [
        document("Pipeline", "shop", WAIT),
        document("PipelineTemplate", "shop", &template),
        document("Pipeline", "shop", "stages:\n- {name: B, wait: 5s}"),
        document("PipelineTemplate", "shop", &template),
    ]
    .join("---\n");
    let (file, problems) = read(&text);
    assert_eq!((file.pipelines.len(), file.templates.len()), (1, 1));
    assert_eq!(file.pipelines[0].pipeline.as_ref().unwrap().stages[0].name, "A");
    assert_eq!(
        told(&problems),
        "documents[2].metadata.name: documents[0] is called \"shop\" too: name each of them otherwise\n\
         documents[3].metadata.name: documents[1] is called \"shop\" too: name each of them otherwise"
    );
}

#[test]
fn the_form_of_an_object_is_asked_for() {
    let good = document("Pipeline", "shop", WAIT);
    for (from, to, expected) in [
        (
            "weir.dev/v1alpha1",
            "weir.dev/v2",
            "apiVersion: \"weir.dev/v2\" is not known: write weir.dev/v1alpha1",
        ),
        (
            "kind: Pipeline",
            "kind: Pipelines",
            "kind: \"Pipelines\" is neither a pipeline nor a template nor a freeze: write Pipeline, PipelineTemplate or Freeze",
        ),
        ("kind: Pipeline\n", "", "`kind` is missing: give it"),
        (
            "name: shop",
            "name: Shop",
            "metadata.name: \"Shop\" is no name of an object: use up to 63 lower-case letters, digits and `-`, with a letter or digit at both ends",
        ),
        ("name: shop", "nam: shop", "metadata: `name` is missing: give it"),
        (
            "kind:",
            "statuss: {}\nkind:",
            "statuss: the key \"statuss\" is not known here: did you mean \"status\"?",
        ),
        ("spec:", "spec: 5\nstatus:", "spec: the number 5 stands here: give keys with values"),
    ] {
        assert_eq!(problems(&good.replacen(from, to, 1)), expected, "{to}");
    }
    assert_eq!(problems(&format!("{good}status: {{phase: Ready}}\n")), "", "a cluster's own");
    assert_eq!(
        problems("- a"),
        "a list stands here: give keys with values: apiVersion, kind, metadata, spec, status"
    );
}

#[test]
fn what_is_no_yaml_is_refused_with_its_line() {
    let twin = document("Pipeline", "shop", "stages:\n- name: A\n  wait: 5s\n  wait: 6s\n");
    assert_eq!(
        problems(&twin),
        "line 8: the key \"wait\" is there twice: leave out one of the two: mend the file there"
    );
    let told = problems("a: [b");
    assert!(told.starts_with("it is no YAML: ") && told.contains("line"), "{told}");
    let (file, found) = read(&" ".repeat(weir_stages::file::MOST_BYTES + 1));
    assert!(file.pipelines.is_empty());
    assert_eq!(told_one(&found), "the file has 1048577 bytes: 1048576 are the most: make several files");
    assert_eq!(sound(""), weir_stages::File::default());
    assert_eq!(sound("---\n---\n"), weir_stages::File::default());
}

fn told_one(problems: &[weir_pipeline::Problem]) -> String {
    told(problems)
}

#[test]
fn a_pipeline_has_triggers_and_either_stages_or_a_template() {
    let text = document("Pipeline", "shop", &format!("triggers: [{{type: git}}]\n{WAIT}"));
    assert_eq!(pipeline(&text).triggers.len(), 1);
    let call = "template: {name: nodejs-api, values: {name: shop, registry: r}}";
    let definition = pipeline(&document("Pipeline", "shop", call));
    assert_eq!((definition.pipeline.is_none(), definition.template.unwrap().values.len()), (true, 2));
    for (spec, expected) in [
        (
            format!("{call}\n{WAIT}"),
            "spec.stages: there is a template too: leave out one of the two: what a template makes is its own",
        ),
        (
            format!("{call}\ntimeout: 5m"),
            "spec.timeout: it is the template's to say: a pipeline that is made of a template has `triggers`, `source`, `notifications` and `template` only",
        ),
        (format!("triggers: {{a: b}}\n{WAIT}"), "spec.triggers: it is no list: begin each trigger with `- `"),
        (
            format!("trigger: []\n{WAIT}"),
            "spec.trigger: a pipeline has no such key: did you mean \"triggers\"?",
        ),
        (
            "template: {nam: a}".to_owned(),
            "spec.template.nam: the key \"nam\" is not known here: did you mean \"name\"?",
        ),
        ("{}".to_owned(), "spec: `stages` is missing: give it"),
        ("stages: []".to_owned(), "spec.stages: there is none: give at least one"),
    ] {
        assert_eq!(problems(&document("Pipeline", "shop", &spec)), expected, "{spec}");
    }
}
