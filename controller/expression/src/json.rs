//! Values from JSON, to JSON and as JSON's text.

use std::sync::Arc;

use serde_json::{Map as Object, Number};

use crate::budget::{Budget, Buffer};
use crate::fault::Fault;
use crate::render;
use crate::value::{List, Map, Pairs, Value};

/// What a document holds as a value.
pub(crate) fn value_of(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(boolean) => Value::Boolean(*boolean),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Decimal(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(items) => Value::List(List::given(items.iter().map(value_of).collect())),
        serde_json::Value::Object(fields) => Value::Map(map_of(fields)),
    }
}

pub(crate) fn map_of(fields: &Object<String, serde_json::Value>) -> Map {
    let pairs: Pairs = fields.iter().map(|(key, value)| (Arc::from(key.as_str()), value_of(value))).collect();
    Map::given(pairs)
}

/// A value as a document holds it: dates and statuses as their texts.
pub(crate) fn of(value: &Value, budget: &mut Budget) -> Result<serde_json::Value, Fault> {
    budget.make(value.bytes())?;
    convert(value, budget)
}

fn convert(value: &Value, budget: &Budget) -> Result<serde_json::Value, Fault> {
    Ok(match value {
        Value::Null | Value::Missing(_) => serde_json::Value::Null,
        Value::Boolean(boolean) => (*boolean).into(),
        Value::Integer(integer) => (*integer).into(),
        Value::Decimal(decimal) => Number::from_f64(*decimal).map(Into::into).ok_or(Fault::NotFinite)?,
        Value::Text(text) => text.as_ref().into(),
        Value::List(list) => {
            let items = list.items().iter().map(|item| convert(item, budget));
            items.collect::<Result<Vec<_>, _>>()?.into()
        }
        Value::Map(map) => {
            let field = |(key, value): (&Arc<str>, &Value)| Ok((key.to_string(), convert(value, budget)?));
            map.entries().iter().map(field).collect::<Result<Object<_, _>, Fault>>()?.into()
        }
        Value::Status(_) | Value::Instant(_) | Value::Date(_) | Value::DateTime(_) | Value::Zoned(_) => {
            render::text_of(value, budget)?.into()
        }
        Value::Bytes(_)
        | Value::Zone(_)
        | Value::Format(_)
        | Value::Codec(_)
        | Value::Random
        | Value::Class(_) => return Err(Fault::NoForm(value.kind())),
    })
}

/// The text of a value as JSON, without blanks.
pub(crate) fn write(value: &Value, budget: &Budget) -> Result<String, Fault> {
    let mut buffer = budget.buffer();
    append(value, &mut buffer, budget)?;
    Ok(buffer.into_text())
}

fn append(value: &Value, buffer: &mut Buffer, budget: &Budget) -> Result<(), Fault> {
    if let Value::List(list) = value {
        buffer.push("[")?;
        for (index, item) in list.items().iter().enumerate() {
            buffer.push(if index > 0 { "," } else { "" })?;
            append(item, buffer, budget)?;
        }
        return Ok(buffer.push("]")?);
    }
    if let Value::Map(map) = value {
        buffer.push("{")?;
        for (index, (key, value)) in map.entries().iter().enumerate() {
            buffer.push(if index > 0 { "," } else { "" })?;
            buffer.push(&serde_json::Value::from(key.as_ref()).to_string())?;
            buffer.push(":")?;
            append(value, buffer, budget)?;
        }
        return Ok(buffer.push("}")?);
    }
    Ok(buffer.push(&convert(value, budget)?.to_string())?)
}
