//! `T(java.lang.Math)`.

use super::Class;
use crate::fault::Fault;
use crate::machine::Outcome;
use crate::methods::random::unit;
use crate::number;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(super) const MATH: Class = Class {
    name: "Math",
    package: "java.lang",
    constants: &[
        ("PI", || Value::Decimal(std::f64::consts::PI)),
        ("E", || Value::Decimal(std::f64::consts::E)),
    ],
    methods: METHODS,
    constructor: None,
    kinds: &[],
};

const METHODS: &[Routine<()>] = &[
    routine("abs", 1, 1, |(), call| {
        if let Value::Integer(integer) = call.value(0) {
            return integer.checked_abs().map(Value::Integer).ok_or(Fault::Overflow("abs"));
        }
        decimal(call.number(0)?.abs())
    }),
    routine("max", 2, 2, |(), call| either(call, i64::max, f64::max)),
    routine("min", 2, 2, |(), call| either(call, i64::min, f64::min)),
    routine("ceil", 1, 1, |(), call| decimal(call.number(0)?.ceil())),
    routine("floor", 1, 1, |(), call| decimal(call.number(0)?.floor())),
    routine("round", 1, 1, |(), call| {
        // Java rounds halves up, also below zero.
        let rounded = number::integer((call.number(0)? + 0.5).floor());
        rounded.map(Value::Integer).ok_or(Fault::Overflow("round"))
    }),
    routine("sqrt", 1, 1, |(), call| decimal(call.number(0)?.sqrt())),
    routine("pow", 2, 2, |(), call| decimal(call.number(0)?.powf(call.number(1)?))),
    routine("log10", 1, 1, |(), call| decimal(call.number(0)?.log10())),
    routine("signum", 1, 1, |(), call| {
        let number = call.number(0)?;
        decimal(if number == 0.0 { 0.0 } else { number.signum() })
    }),
    routine("floorDiv", 2, 2, |(), call| {
        let (a, b) = divided(call)?;
        // Towards minus infinity, where `/` goes towards zero.
        let quotient = a.checked_div(b).ok_or(Fault::Overflow("floorDiv"))?;
        let is_below = a % b != 0 && (a < 0) != (b < 0);
        Ok(Value::Integer(quotient - i64::from(is_below)))
    }),
    routine("floorMod", 2, 2, |(), call| {
        let (a, b) = divided(call)?;
        let rest = a.checked_rem(b).ok_or(Fault::Overflow("floorMod"))?;
        Ok(Value::Integer(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest }))
    }),
    routine("random", 0, 0, |(), call| Ok(Value::Decimal(unit(call.machine)))),
];

fn decimal(decimal: f64) -> Outcome {
    if decimal.is_finite() { Ok(Value::Decimal(decimal)) } else { Err(Fault::NotFinite) }
}

fn either(call: &Call<'_, '_>, integers: fn(i64, i64) -> i64, decimals: fn(f64, f64) -> f64) -> Outcome {
    if let (Value::Integer(a), Value::Integer(b)) = (call.value(0), call.value(1)) {
        return Ok(Value::Integer(integers(*a, *b)));
    }
    decimal(decimals(call.number(0)?, call.number(1)?))
}

fn divided(call: &Call<'_, '_>) -> Result<(i64, i64), Fault> {
    let (a, b) = (call.integer(0)?, call.integer(1)?);
    if b == 0 { Err(Fault::DivisionByZero) } else { Ok((a, b)) }
}
