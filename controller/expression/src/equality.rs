//! When two values are equal, and which one comes first.

use std::cmp::Ordering;

use crate::number;
use crate::value::Value;

/// Whether they are the same value: numbers by their size, a status by its name, lists and maps by what is in them.
///
/// The work is bounded by the smaller of the two.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    if let (Value::List(a), Value::List(b)) = (left, right) {
        let (a, b) = (a.items(), b.items());
        return a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b));
    }
    if let (Value::Map(a), Value::Map(b)) = (left, right) {
        let (a, b) = (a.entries(), b.entries());
        return a.len() == b.len()
            && a.iter()
                .zip(b)
                .all(|((key, value), (other_key, other))| key == other_key && equal(value, other));
    }
    match (left, right) {
        (Value::Null | Value::Missing(_), Value::Null | Value::Missing(_)) => true,
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Zone(a), Value::Zone(b)) => a == b,
        (Value::Class(a), Value::Class(b)) => a == b,
        _ => order(left, right) == Some(Ordering::Equal),
    }
}

/// Which one comes first; `None` where that means nothing.
pub(crate) fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => return Some(a.cmp(b)),
        (Value::Boolean(a), Value::Boolean(b)) => return Some(a.cmp(b)),
        (Value::Instant(a), Value::Instant(b)) => return Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => return Some(a.cmp(b)),
        (Value::DateTime(a), Value::DateTime(b)) => return Some(a.cmp(b)),
        (Value::Zoned(a), Value::Zoned(b)) => return Some(a.cmp(b)),
        _ => {}
    }
    if let (Some(a), Some(b)) = (number::of(left), number::of(right)) {
        return a.partial_cmp(&b);
    }
    Some(left.as_text()?.cmp(right.as_text()?))
}
