//! Another pipeline's run.

use serde_json::{Map, Value};

use super::{Mapped, Work};
use crate::name;
use crate::part::Part;
use crate::report::Report;

/// A `pipeline`.
pub(super) fn pipeline(part: &Part<'_>, report: &mut Report) -> Mapped {
    let written = part.text("pipeline").unwrap_or_default();
    if written.is_empty() || written.contains("${") {
        return Err("which pipeline is started has to be known: give its name in `pipeline.name`".to_owned());
    }
    let name = name::slug(&written);
    let mut fields = Map::from_iter([("name".to_owned(), name.as_str().into())]);
    named(part, &written, &name, report);
    part.carry("pipelineParameters", "pipeline.parameters", &mut fields, report);
    if let Some(wait) = part.flag("waitForCompletion") {
        fields.insert("wait".to_owned(), wait.into());
        report.mapped(part.at("waitForCompletion"), "pipeline.wait");
    }
    part.needless(&["application"], "a pipeline has a name of its own, and no application", report);
    Ok(Work::new("pipeline", Value::Object(fields)))
}

/// What is named by Spinnaker's id has another name here.
fn named(part: &Part<'_>, written: &str, name: &str, report: &mut Report) {
    if is_id(written) {
        report.by_hand(
            part.at("pipeline"),
            format!("it is Spinnaker's id of a pipeline: write the name of that one in the place of {name}"),
        );
    } else if name == written {
        report.mapped(part.at("pipeline"), "pipeline.name");
    } else {
        report.changed(
            part.at("pipeline"),
            "pipeline.name",
            format!("{name}, as that pipeline is called once it is imported"),
        );
    }
}

/// Whether a text has the form of a UUID.
pub(crate) fn is_id(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|letter| letter.is_ascii_hexdigit() || letter == '-')
}
