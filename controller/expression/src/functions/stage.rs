//! `#stage` and its kin: what other stages of the run did.

use crate::fault::Fault;
use crate::machine::{Machine, Outcome};
use crate::routine::{Call, Routine, routine};
use crate::stage::Stage;
use crate::suggestion;
use crate::value::Value;

pub(super) const FUNCTIONS: &[Routine<()>] = &[
    routine("stage", 1, 1, |(), call| Ok(named(call)?.value().clone())),
    routine("stageByRefId", 1, 1, |(), call| {
        let wanted = call.text(0)?;
        let stages = call.machine.scope.stages();
        let found = stages.iter().find(|stage| stage.ref_id() == wanted);
        let names = stages.iter().map(Stage::ref_id);
        let hint = || suggestion::hint(wanted, names.clone());
        found
            .map(|stage| stage.value().clone())
            .ok_or_else(|| Fault::Stage { name: wanted.to_owned(), hint: hint() })
    }),
    routine("stageExists", 1, 1, |(), call| {
        let wanted = call.text(0)?;
        Ok(Value::Boolean(call.machine.scope.stages().iter().any(|stage| stage.is_called(wanted))))
    }),
    routine("currentStage", 0, 0, |(), call| {
        let current = call.machine.scope.current_stage();
        current
            .map(|stage| stage.value().clone())
            .ok_or(Fault::NotFound { what: "stage", name: "that is evaluated".to_owned() })
    }),
    routine("judgment", 1, 1, |(), call| judgement(call)),
    routine("judgement", 1, 1, |(), call| judgement(call)),
    routine("currentUser", 0, 0, |(), call| {
        let user = call.machine.scope.user().to_owned();
        call.machine.text(user)
    }),
];

/// What was chosen in a manual judgement.
fn judgement(call: &Call<'_, '_>) -> Outcome {
    let stage = named(call)?;
    let chosen = stage.context().get("judgmentInput").filter(|chosen| !chosen.is_nothing());
    chosen.cloned().ok_or_else(|| Fault::NoJudgement(stage.name().to_owned()))
}

/// The stage whose name or id is the first argument.
fn named<'s>(call: &Call<'_, 's>) -> Result<&'s Stage, Fault> {
    find(call.machine, call.text(0)?)
}

/// The first stage of that name or id; where expressions are strict, the only one.
pub(super) fn find<'s>(machine: &Machine<'s>, wanted: &str) -> Result<&'s Stage, Fault> {
    let stages = machine.scope.stages();
    if let Some(stage) = stages.iter().find(|stage| stage.id() == wanted) {
        return Ok(stage);
    }
    let mut found = stages.iter().filter(|stage| stage.is_called(wanted));
    let Some(first) = found.next() else {
        let hint = suggestion::hint(wanted, stages.iter().map(Stage::name));
        return Err(Fault::Stage { name: crate::missing::clip(wanted), hint });
    };
    let others = found.count();
    if others > 0 && machine.is_strict() {
        return Err(Fault::AmbiguousStage { name: first.name().to_owned(), count: others + 1 });
    }
    Ok(first)
}
