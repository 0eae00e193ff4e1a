//! Methods of texts that look at them or make one text of one. Positions count characters, from 0.

use std::cmp::Ordering;

use crate::fault::Fault;
use crate::machine::Outcome;
use crate::routine::{Call, Routine, count, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<str>] = &[
    routine("length", 0, 0, |text, _| Ok(count(text.chars().count()))),
    routine("isEmpty", 0, 0, |text, _| Ok(Value::Boolean(text.is_empty()))),
    routine("isBlank", 0, 0, |text, _| Ok(Value::Boolean(text.trim().is_empty()))),
    routine("toUpperCase", 0, 0, |text, call| made(call, text, str::to_uppercase)),
    routine("toLowerCase", 0, 0, |text, call| made(call, text, str::to_lowercase)),
    routine("trim", 0, 0, |text, call| made(call, text, |text| text.trim().to_owned())),
    routine("strip", 0, 0, |text, call| made(call, text, |text| text.trim().to_owned())),
    routine("stripLeading", 0, 0, |text, call| made(call, text, |text| text.trim_start().to_owned())),
    routine("stripTrailing", 0, 0, |text, call| made(call, text, |text| text.trim_end().to_owned())),
    routine("contains", 1, 1, |text, call| looked(call, text, |text, other| text.contains(other))),
    routine("startsWith", 1, 1, |text, call| looked(call, text, |text, other| text.starts_with(other))),
    routine("endsWith", 1, 1, |text, call| looked(call, text, |text, other| text.ends_with(other))),
    routine("equalsIgnoreCase", 1, 1, |text, call| {
        looked(call, text, |text, other| text.to_lowercase() == other.to_lowercase())
    }),
    routine("compareToIgnoreCase", 1, 1, |text, call| {
        call.machine.budget.pass(text.len())?;
        Ok(Value::Integer(match text.to_lowercase().cmp(&call.text(0)?.to_lowercase()) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        }))
    }),
    routine("indexOf", 1, 2, |text, call| {
        let wanted = call.text(0)?;
        let from = if call.has(1) { call.integer(1)?.max(0) } else { 0 };
        call.machine.budget.pass(text.len())?;
        let start = byte_of(text, usize::try_from(from).unwrap_or(usize::MAX)).unwrap_or(text.len());
        let found = text.get(start..).and_then(|rest| rest.find(wanted)).map(|at| start + at);
        Ok(position(text, found))
    }),
    routine("lastIndexOf", 1, 1, |text, call| {
        let wanted = call.text(0)?;
        call.machine.budget.pass(text.len())?;
        Ok(position(text, text.rfind(wanted)))
    }),
    routine("charAt", 1, 1, |text, call| {
        let index = call.integer(0)?;
        call.machine.budget.pass(text.len())?;
        let found = usize::try_from(index).ok().and_then(|index| text.chars().nth(index));
        let character = found.ok_or_else(|| Fault::Index { index, length: text.chars().count() })?;
        call.machine.text(character.to_string())
    }),
    routine("substring", 1, 2, |text, call| {
        let from = call.integer(0)?;
        let to = if call.has(1) { Some(call.integer(1)?) } else { None };
        call.machine.budget.pass(text.len())?;
        let part = part(text, from, to);
        let outside =
            || Fault::Index { index: to.filter(|_| from >= 0).unwrap_or(from), length: text.chars().count() };
        call.machine.text(part.ok_or_else(outside)?)
    }),
    routine("hashCode", 0, 0, |text, call| {
        call.machine.budget.pass(text.len())?;
        let hash =
            text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
        Ok(Value::Integer(hash.into()))
    }),
    routine("getBytes", 0, 1, |text, call| {
        call.machine.budget.make(text.len())?;
        Ok(Value::Bytes(text.as_bytes().into()))
    }),
];

/// A text made of this one, of about its size.
fn made(call: &mut Call<'_, '_>, text: &str, make: impl FnOnce(&str) -> String) -> Outcome {
    call.machine.budget.pass(text.len())?;
    call.machine.text(make(text))
}

fn looked(call: &mut Call<'_, '_>, text: &str, look: impl FnOnce(&str, &str) -> bool) -> Outcome {
    let other = call.text(0)?;
    call.machine.budget.pass(text.len().saturating_add(other.len()))?;
    Ok(Value::Boolean(look(text, other)))
}

/// Where in bytes a character begins; the end counts as one.
fn byte_of(text: &str, index: usize) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index)
}

fn part(text: &str, from: i64, to: Option<i64>) -> Option<String> {
    let start = byte_of(text, usize::try_from(from).ok()?)?;
    let end = match to {
        Some(to) => byte_of(text, usize::try_from(to).ok()?)?,
        None => text.len(),
    };
    text.get(start..end).map(str::to_owned)
}

/// A place in bytes as one in characters, or -1.
fn position(text: &str, found: Option<usize>) -> Value {
    let before = found.and_then(|at| text.get(..at));
    before.map_or(Value::Integer(-1), |before| count(before.chars().count()))
}
