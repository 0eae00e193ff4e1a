//! Methods of every value.

use crate::equality;
use crate::fault::Fault;
use crate::render;
use crate::routine::{Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<Value>] = &[
    routine("toString", 0, 0, |value, call| {
        let text = render::text_of(value, &call.machine.budget)?;
        call.machine.text(text)
    }),
    routine("equals", 1, 1, |value, call| {
        call.machine.budget.pass(value.bytes())?;
        Ok(Value::Boolean(value.kind() == call.value(0).kind() && equality::equal(value, call.value(0))))
    }),
    routine("compareTo", 1, 1, |value, call| {
        call.machine.budget.pass(value.bytes())?;
        let order = equality::order(value, call.value(0)).ok_or(Fault::Operands {
            operator: "compareTo",
            left: value.kind(),
            right: call.value(0).kind(),
        })?;
        Ok(Value::Integer(match order {
            std::cmp::Ordering::Less => -1,
            std::cmp::Ordering::Equal => 0,
            std::cmp::Ordering::Greater => 1,
        }))
    }),
];
