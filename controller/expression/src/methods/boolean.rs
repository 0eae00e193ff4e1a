//! Methods of booleans.

use crate::routine::{Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<bool>] =
    &[routine("booleanValue", 0, 0, |boolean, _| Ok(Value::Boolean(*boolean)))];
