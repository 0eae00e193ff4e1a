//! Artifacts that came with the trigger.

use crate::fault::Fault;
use crate::machine::Outcome;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Routine<()>] = &[
    routine("triggerResolvedArtifact", 1, 1, |(), call| artifact(call, "name")),
    routine("triggerResolvedArtifactByType", 1, 1, |(), call| artifact(call, "type")),
];

/// The artifact that an expected one was bound to, by one of its fields.
fn artifact(call: &Call<'_, '_>, by: &str) -> Outcome {
    let wanted = call.text(0)?;
    let trigger = call.machine.scope.root().get("trigger");
    let expected = trigger.and_then(|trigger| trigger.field("resolvedExpectedArtifacts"));
    let none =
        || Fault::NotFound { what: "artifact of the trigger with that", name: format!("{by}: {wanted}") };
    let Some(Value::List(expected)) = expected else { return Err(none()) };
    let bound = expected.items().iter().filter_map(|expected| expected.field("boundArtifact"));
    let mut found = bound.filter(|bound| bound.field(by).and_then(Value::as_text) == Some(wanted));
    found.next().cloned().ok_or_else(none)
}
