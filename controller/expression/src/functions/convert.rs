//! Text to numbers, booleans and Base64, and back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fault::Fault;
use crate::machine::{Machine, Outcome};
use crate::missing::clip;
use crate::render;
use crate::routine::{Call, Routine, routine};
use crate::value::Value;

pub(super) const FUNCTIONS: &[Routine<()>] = &[
    routine("toInt", 1, 1, |(), call| to_int(&scalar(call)?)),
    routine("toFloat", 1, 1, |(), call| to_decimal(&scalar(call)?)),
    routine("toBoolean", 1, 1, |(), call| Ok(Value::Boolean(scalar(call)?.eq_ignore_ascii_case("true")))),
    routine("toBase64", 1, 1, |(), call| {
        let bytes = call.text(0)?.as_bytes();
        // Four characters for three bytes.
        call.machine.budget.make(bytes.len() / 3 * 4)?;
        call.machine.text(STANDARD.encode(bytes))
    }),
    routine("fromBase64", 1, 1, |(), call| {
        let given = call.text(0)?;
        let bytes = decode(given, call.machine)?;
        let text = String::from_utf8(bytes).map_err(|_| unreadable(given, "Base64 of a text"))?;
        call.machine.text(text)
    }),
    routine("alphanumerical", 1, 1, |(), call| {
        let text: String = call.text(0)?.chars().filter(char::is_ascii_alphanumeric).collect();
        call.machine.text(text)
    }),
];

/// A text, or a number or boolean as its text: typed values come from parameters where texts did before.
fn scalar(call: &Call<'_, '_>) -> Result<String, Fault> {
    let value = call.value(0);
    let is_scalar = matches!(value, Value::Integer(_) | Value::Decimal(_) | Value::Boolean(_));
    if is_scalar {
        return Ok(render::text_of(value, &call.machine.budget)?);
    }
    call.text(0).map(str::to_owned)
}

/// A whole number of 32 bits, as Java's `Integer.parseInt` reads it.
pub(crate) fn to_int(text: &str) -> Outcome {
    let number = text.parse::<i32>().map_err(|_| unreadable(text, "whole number of 32 bits"))?;
    Ok(Value::Integer(number.into()))
}

/// A number, as Java's `Double.parseDouble` reads it; blanks around it are no part of it.
pub(crate) fn to_decimal(text: &str) -> Outcome {
    let trimmed = text.trim().trim_end_matches(['f', 'F', 'd', 'D']);
    let is_plain = !trimmed.is_empty()
        && trimmed.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E'));
    let number = is_plain.then(|| trimmed.parse::<f64>().ok()).flatten().filter(|number| number.is_finite());
    number.map(Value::Decimal).ok_or_else(|| unreadable(text, "number"))
}

fn decode(text: &str, machine: &mut Machine<'_>) -> Result<Vec<u8>, Fault> {
    machine.budget.make(text.len())?;
    STANDARD.decode(text).map_err(|_| unreadable(text, "Base64"))
}

pub(crate) fn unreadable(given: &str, wanted: impl Into<String>) -> Fault {
    Fault::Unreadable { given: clip(given), wanted: wanted.into() }
}
