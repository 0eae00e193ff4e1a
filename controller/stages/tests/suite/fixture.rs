//! Files of pipelines, in few words.

use serde_json::{Map, Value};
use weir_pipeline::Problem;
use weir_stages::{Definition, File, Template, Work, read};

/// A document with this `spec`, which is written from the margin.
pub(crate) fn document(kind: &str, name: &str, spec: &str) -> String {
    let indented: String = spec.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    format!("apiVersion: weir.dev/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec:\n{indented}")
}

/// A pipeline with one stage that does this: the lines of its key.
pub(crate) fn one_stage(work: &str) -> String {
    let indented: String = work.lines().flat_map(|line| ["  ", line, "\n"]).collect();
    document("Pipeline", "shop", &format!("stages:\n- name: One\n{indented}"))
}

pub(crate) fn sound(text: &str) -> File {
    let (file, problems) = read(text);
    assert!(problems.is_empty(), "{}\n{text}", told(&problems));
    file
}

pub(crate) fn pipeline(text: &str) -> Definition {
    sound(text).pipelines.into_iter().next().unwrap()
}

pub(crate) fn template(spec: &str) -> Template {
    sound(&document("PipelineTemplate", "made", spec)).templates.into_iter().next().unwrap()
}

/// What the only stage does, as it is written.
pub(crate) fn work(work: &str) -> Work {
    let stages = pipeline(&one_stage(work)).pipeline.unwrap().stages;
    stages.into_iter().next().unwrap().work
}

/// What is wrong, as it is shown.
pub(crate) fn problems(text: &str) -> String {
    told(&read(text).1)
}

/// What is wrong with the only stage, without the place of that.
pub(crate) fn wrong(work: &str) -> String {
    let told = problems(&one_stage(work));
    told.replace("spec.stages[0].", "")
}

pub(crate) fn told(problems: &[Problem]) -> String {
    problems.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n")
}

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// Works, and what is wrong with each.
pub(crate) fn table(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(wrong(text), *expected, "{text}");
    }
}
