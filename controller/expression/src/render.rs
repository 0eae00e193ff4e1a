//! A value as text, as Java's `toString` writes it.

use crate::budget::{Budget, Buffer};
use crate::limits::Exceeded;
use crate::number;
use crate::value::Value;

/// Writes it at the end of a text that ends where it would be too long.
pub(crate) fn write(value: &Value, buffer: &mut Buffer) -> Result<(), Exceeded> {
    match value {
        Value::Null | Value::Missing(_) => buffer.push("null"),
        Value::Boolean(boolean) => buffer.push(if *boolean { "true" } else { "false" }),
        Value::Integer(integer) => buffer.push(&integer.to_string()),
        Value::Decimal(decimal) => buffer.push(&number::written(*decimal)),
        Value::Text(text) => buffer.push(text),
        Value::Bytes(bytes) => buffer.push(&String::from_utf8_lossy(bytes)),
        Value::List(list) => {
            buffer.push("[")?;
            for (index, item) in list.items().iter().enumerate() {
                buffer.push(if index > 0 { ", " } else { "" })?;
                write(item, buffer)?;
            }
            buffer.push("]")
        }
        Value::Map(map) => {
            buffer.push("{")?;
            for (index, (key, value)) in map.entries().iter().enumerate() {
                buffer.push(if index > 0 { ", " } else { "" })?;
                buffer.push(key)?;
                buffer.push("=")?;
                write(value, buffer)?;
            }
            buffer.push("}")
        }
        Value::Status(status) => buffer.push(status.name()),
        Value::Instant(instant) => buffer.push(&instant.to_string()),
        Value::Date(date) => buffer.push(&date.to_string()),
        Value::DateTime(time) => buffer.push(&time.to_string()),
        Value::Zoned(zoned) => buffer.push(&zoned.to_string()),
        Value::Zone(zone) => buffer.push(zone.iana_name().unwrap_or("UTC")),
        Value::Format(format) => buffer.push(format.pattern()),
        Value::Codec(_) | Value::Random | Value::Class(_) => buffer.push(&value.kind().to_string()),
    }
}

/// The text of a value.
pub(crate) fn text_of(value: &Value, budget: &Budget) -> Result<String, Exceeded> {
    let mut buffer = budget.buffer();
    write(value, &mut buffer)?;
    Ok(buffer.into_text())
}
