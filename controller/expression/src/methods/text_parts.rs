//! Methods of texts that replace, repeat, split and match.

use crate::pattern;
use crate::routine::{Routine, routine};
use crate::value::Value;

pub(crate) const METHODS: &[Routine<str>] = &[
    routine("concat", 1, 1, |text, call| {
        let mut buffer = call.machine.budget.buffer();
        buffer.push(text)?;
        buffer.push(call.text(0)?)?;
        call.machine.buffered(buffer)
    }),
    routine("repeat", 1, 1, |text, call| {
        let times = call.integer(0)?;
        call.machine.repeated(text, times)
    }),
    routine("replace", 2, 2, |text, call| {
        let (old, new) = (call.text(0)?, call.text(1)?);
        let mut buffer = call.machine.budget.buffer();
        let mut end = 0;
        for (at, found) in text.match_indices(old) {
            buffer.push(text.get(end..at).unwrap_or_default())?;
            buffer.push(new)?;
            end = at + found.len();
        }
        buffer.push(text.get(end..).unwrap_or_default())?;
        call.machine.budget.pass(text.len())?;
        call.machine.buffered(buffer)
    }),
    routine("replaceAll", 2, 2, |text, call| {
        let (old, new) = (call.text(0)?, call.text(1)?);
        let buffer = pattern::replace(text, old, new, true, &mut call.machine.budget)?;
        call.machine.buffered(buffer)
    }),
    routine("replaceFirst", 2, 2, |text, call| {
        let (old, new) = (call.text(0)?, call.text(1)?);
        let buffer = pattern::replace(text, old, new, false, &mut call.machine.budget)?;
        call.machine.buffered(buffer)
    }),
    routine("matches", 1, 1, |text, call| {
        let pattern = call.text(0)?;
        pattern::matches(text, pattern, &mut call.machine.budget).map(Value::Boolean)
    }),
    routine("split", 1, 2, |text, call| {
        let limit = if call.has(1) { call.integer(1)? } else { 0 };
        let parts = pattern::split(text, call.text(0)?, limit, &mut call.machine.budget)?;
        call.machine.list(parts.into_iter().map(Value::text).collect())
    }),
    routine("lines", 0, 0, |text, call| {
        call.machine.budget.room_for(text.lines().count())?;
        call.machine.list(text.lines().map(Value::text).collect())
    }),
    routine("toCharArray", 0, 0, |text, call| {
        call.machine.budget.room_for(text.chars().count())?;
        let characters = text.chars().map(|character| Value::text(character.to_string())).collect();
        call.machine.list(characters)
    }),
];
