//! `value.name(..)`: the methods that values have, by Java's names. What is not in these tables cannot be called.

pub(crate) mod any;
pub(crate) mod boolean;
pub(crate) mod bytes;
pub(crate) mod codec;
pub(crate) mod date;
pub(crate) mod date_format;
pub(crate) mod date_time;
pub(crate) mod instant;
pub(crate) mod list;
pub(crate) mod map;
pub(crate) mod number;
pub(crate) mod random;
pub(crate) mod status;
pub(crate) mod text;
pub(crate) mod text_parts;
pub(crate) mod zoned;

use crate::fault::Fault;
use crate::functions;
use crate::kind::Kind;
use crate::machine::{Machine, Outcome};
use crate::routine::{Routine, invoke};
use crate::suggestion;
use crate::value::Value;

/// Calls a method of a value.
pub(crate) fn call(value: &Value, name: &str, machine: &mut Machine<'_>, arguments: &[Value]) -> Outcome {
    if let Some(outcome) = find(value, name, machine, arguments) {
        return outcome;
    }
    // `stage.getName()` of what is a map here and an object with getters in Java.
    if let (Value::Map(map), []) = (value, arguments)
        && let Some(found) = getter(name).and_then(|key| map.get(&key))
    {
        return Ok(found.clone());
    }
    let names = names_of(value.kind());
    let hint = if functions::names().any(|function| function == name) {
        format!("; did you mean #{name}(..)?")
    } else {
        suggestion::hint(name, names.iter().copied())
    };
    Err(Fault::Method { kind: value.kind(), name: crate::missing::clip(name), hint })
}

/// `date.year` is `date.getYear()`, as in Spring; `text.length` is `text.length()`, as of an array.
pub(crate) fn property(value: &Value, name: &str, machine: &mut Machine<'_>) -> Outcome {
    let mut characters = name.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase().to_string()).unwrap_or_default();
    let upper = first + characters.as_str();
    for method in [format!("get{upper}"), format!("is{upper}"), name.to_owned()] {
        let found =
            find(value, &method, machine, &[]).filter(|found| !matches!(found, Err(Fault::Count { .. })));
        if let Some(outcome) = found {
            return outcome;
        }
    }
    let names = names_of(value.kind());
    let hint = suggestion::hint(name, names.iter().copied());
    Err(Fault::Property { kind: value.kind(), name: crate::missing::clip(name), hint })
}

fn find(value: &Value, name: &str, machine: &mut Machine<'_>, arguments: &[Value]) -> Option<Outcome> {
    let own = match value {
        Value::Boolean(boolean) => invoke(boolean::METHODS, name, boolean, machine, arguments),
        Value::Integer(_) | Value::Decimal(_) => invoke(number::METHODS, name, value, machine, arguments),
        Value::Text(text) => on_text(text, name, machine, arguments),
        Value::Status(status) => invoke(status::METHODS, name, status, machine, arguments)
            .or_else(|| on_text(status.name(), name, machine, arguments)),
        Value::Bytes(bytes) => invoke(bytes::METHODS, name, bytes.as_ref(), machine, arguments),
        Value::List(list) => invoke(list::METHODS, name, list, machine, arguments),
        Value::Map(map) => invoke(map::METHODS, name, map, machine, arguments),
        Value::Instant(instant) => invoke(instant::METHODS, name, instant, machine, arguments),
        Value::Date(date) => invoke(date::METHODS, name, date, machine, arguments),
        Value::DateTime(time) => invoke(date_time::METHODS, name, time, machine, arguments),
        Value::Zoned(zoned) => invoke(zoned::METHODS, name, zoned.as_ref(), machine, arguments),
        Value::Format(format) => invoke(date_format::METHODS, name, format.as_ref(), machine, arguments),
        Value::Codec(codec) => invoke(codec::METHODS, name, codec, machine, arguments),
        Value::Random => invoke(random::METHODS, name, &(), machine, arguments),
        Value::Null | Value::Missing(_) | Value::Zone(_) | Value::Class(_) => None,
    };
    own.or_else(|| invoke(any::METHODS, name, value, machine, arguments))
}

fn on_text(text: &str, name: &str, machine: &mut Machine<'_>, arguments: &[Value]) -> Option<Outcome> {
    invoke(text::METHODS, name, text, machine, arguments)
        .or_else(|| invoke(text_parts::METHODS, name, text, machine, arguments))
}

/// `getName` and `isName` as `name`.
fn getter(name: &str) -> Option<String> {
    let rest = name.strip_prefix("get").or_else(|| name.strip_prefix("is"))?;
    let mut characters = rest.chars();
    let first = characters.next().filter(char::is_ascii_uppercase)?;
    Some(first.to_ascii_lowercase().to_string() + characters.as_str())
}

/// Every method of a kind, for messages and for the table in the design.
pub(crate) fn names_of(kind: Kind) -> Vec<&'static str> {
    fn names<T: ?Sized>(table: &[Routine<T>]) -> Vec<&'static str> {
        table.iter().map(|routine| routine.name).collect()
    }
    let mut own = match kind {
        Kind::Boolean => names(boolean::METHODS),
        Kind::Integer | Kind::Decimal => names(number::METHODS),
        Kind::Text => [names(text::METHODS), names(text_parts::METHODS)].concat(),
        Kind::Status => names(status::METHODS),
        Kind::Bytes => names(bytes::METHODS),
        Kind::List => names(list::METHODS),
        Kind::Map => names(map::METHODS),
        Kind::Instant => names(instant::METHODS),
        Kind::Date => names(date::METHODS),
        Kind::DateTime => names(date_time::METHODS),
        Kind::Zoned => names(zoned::METHODS),
        Kind::Format => names(date_format::METHODS),
        Kind::Codec => names(codec::METHODS),
        Kind::Random => names(random::METHODS),
        Kind::Null | Kind::Missing | Kind::Zone | Kind::Class => Vec::new(),
    };
    own.extend(names(any::METHODS));
    own
}
