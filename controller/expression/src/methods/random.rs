//! Methods of random generators: drawn from the scope's seed.

use crate::fault::Fault;
use crate::machine::Machine;
use crate::routine::{Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<()>] = &[
    routine("nextInt", 0, 2, |(), call| {
        let (least, end) = match call.arguments().len() {
            0 => (i64::from(i32::MIN), i64::from(i32::MAX) + 1),
            1 => (0, call.integer(0)?),
            _ => (call.integer(0)?, call.integer(1)?),
        };
        let width = end.checked_sub(least).filter(|width| *width > 0);
        let width = width.ok_or_else(|| Fault::Unreadable {
            given: end.to_string(),
            wanted: "end of a range: it has to be greater than its beginning".to_owned(),
        })?;
        // 64 bits over a width of 32 or so: no bias that anybody could see.
        let drawn = i64::try_from(call.machine.draw() % width.unsigned_abs()).unwrap_or(0);
        Ok(Value::Integer(least.saturating_add(drawn)))
    }),
    routine("nextLong", 0, 0, |(), call| Ok(Value::Integer(call.machine.draw().cast_signed()))),
    routine("nextDouble", 0, 0, |(), call| Ok(Value::Decimal(unit(call.machine)))),
    routine("nextBoolean", 0, 0, |(), call| Ok(Value::Boolean(call.machine.draw() & 1 == 1))),
];

/// From 0 to below 1.
pub(crate) fn unit(machine: &mut Machine<'_>) -> f64 {
    // 53 bits are what a decimal holds exactly.
    let bits = i64::try_from(machine.draw() >> 11).unwrap_or(0);
    crate::number::decimal(bits) / crate::number::decimal(1 << 53)
}
