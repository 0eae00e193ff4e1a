//! What earlier stages deployed.

use super::document::made;
use super::stage::find;
use crate::fault::Fault;
use crate::json;
use crate::machine::Outcome;
use crate::outside::Question;
use crate::routine::{Call, Routine, routine};
use crate::stage::Stage;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Routine<()>] = &[
    routine("manifestLabelValue", 3, 3, |(), call| {
        let stage = find(call.machine, call.text(0)?)?;
        label(stage, call.text(1)?, call.text(2)?)
    }),
    routine("deployedServerGroups", 0, usize::MAX, |(), call| {
        let arguments = call.arguments().iter().enumerate();
        let stages: Vec<&str> = arguments.map(|(index, _)| call.text(index)).collect::<Result<_, _>>()?;
        for stage in &stages {
            find(call.machine, stage)?;
        }
        ask(call, "deployedServerGroups", &Question::ServerGroups { stages: &stages })
    }),
    routine("pipelineId", 1, 1, |(), call| {
        let name = call.text(0)?;
        ask(call, "pipelineId", &Question::PipelineId { name, application: None })
    }),
    routine("pipelineIdInApplication", 2, 2, |(), call| {
        let (name, application) = (call.text(0)?, Some(call.text(1)?));
        ask(call, "pipelineIdInApplication", &Question::PipelineId { name, application })
    }),
    routine("canaryConfigNameToId", 1, 2, |(), call| {
        let application = if call.has(1) { Some(call.text(1)?) } else { None };
        let name = call.text(0)?;
        ask(call, "canaryConfigNameToId", &Question::CanaryConfigId { name, application })
    }),
];

/// What only the world outside knows.
fn ask(call: &mut Call<'_, '_>, name: &'static str, question: &Question<'_>) -> Outcome {
    let answer = call.machine.scope.outside().answer(question);
    let answer = answer.map_err(|absence| Fault::Outside { question: name, absence })?;
    made(json::value_of(&answer), call.machine)
}

/// A label on the pod template of the first object of that kind that a stage deployed.
fn label(stage: &Stage, kind: &str, key: &str) -> Outcome {
    let manifests = stage.outputs().get("manifests").or_else(|| stage.context().get("manifests"));
    let Some(Value::List(manifests)) = manifests else {
        return Err(Fault::NotFound { what: "manifest in the outputs of", name: stage.name().to_owned() });
    };
    let is_kind = |manifest: &Value| {
        let kind_of = manifest.field("kind").and_then(|kind| kind.as_text().map(str::to_owned));
        kind_of.is_some_and(|of| of.eq_ignore_ascii_case(kind))
    };
    let Some(manifest) = manifests.items().iter().find(|manifest| is_kind(manifest)) else {
        return Err(Fault::NotFound { what: "manifest of the kind", name: kind.to_owned() });
    };
    let path = ["spec", "template", "metadata", "labels", key];
    let found = path.iter().try_fold(manifest, |value, name| value.field(name));
    found.cloned().ok_or_else(|| Fault::NotFound { what: "label", name: key.to_owned() })
}
