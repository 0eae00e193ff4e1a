//! Methods of numbers.

use crate::fault::Fault;
use crate::number;
use crate::routine::{Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<Value>] = &[
    routine("intValue", 0, 0, |value, _| whole(value)),
    routine("longValue", 0, 0, |value, _| whole(value)),
    routine("doubleValue", 0, 0, |value, _| Ok(Value::Decimal(number::of(value).unwrap_or_default()))),
    routine("floatValue", 0, 0, |value, _| Ok(Value::Decimal(number::of(value).unwrap_or_default()))),
];

/// Towards zero.
fn whole(value: &Value) -> Result<Value, Fault> {
    if let Value::Integer(integer) = value {
        return Ok(Value::Integer(*integer));
    }
    let whole = number::of(value).and_then(number::integer);
    whole.map(Value::Integer).ok_or(Fault::Overflow("intValue"))
}
