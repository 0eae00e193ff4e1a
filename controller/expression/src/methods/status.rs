//! Methods of statuses; those of texts work on its name.

use crate::routine::{Routine, routine};
use crate::status::Status;
use crate::value::Value;

pub(crate) const METHODS: &[Routine<Status>] = &[
    routine("name", 0, 0, |status, _| Ok(Value::text(status.name()))),
    routine("isComplete", 0, 0, |status, _| Ok(Value::Boolean(status.is_complete()))),
    routine("isHalt", 0, 0, |status, _| Ok(Value::Boolean(status.is_halt()))),
    routine("isSuccessful", 0, 0, |status, _| Ok(Value::Boolean(status.is_successful()))),
    routine("isFailure", 0, 0, |status, _| Ok(Value::Boolean(status.is_failure()))),
];
