//! What a plain scalar means.
//!
//! A manifest has to mean here what it means to `kubectl`, which reads YAML 1.1 (`sigs.k8s.io/yaml`): `yes`, `no`, `on`, `off` are
//! booleans, `0644` is octal, `1_000` is a number. A user whose annotation is `on` is told so here as the API server would tell them,
//! instead of finding out in production.

use saphyr_parser::{ScalarStyle, Tag};

use super::tree::Value;

/// The value of a scalar; `None` where it is not what its tag says.
pub(super) fn resolve(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Option<Value> {
    match tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str()) {
        Some("str" | "binary") => Some(Value::Text(text.to_owned())),
        Some("null") => matches!(plain(text), Value::Null).then_some(Value::Null),
        Some("bool") => Some(plain(text)).filter(|value| matches!(value, Value::Bool(_))),
        Some("int") => Some(plain(text)).filter(|value| matches!(value, Value::Int(_) | Value::Large(_))),
        Some("float") => match plain(text) {
            value @ (Value::Float(_) | Value::Int(_) | Value::Large(_)) => Some(value),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
        },
        Some(_) => None,
        // `! text` is a string by rule; other tags of a user's own say nothing to us.
        None if tag.is_some_and(|tag| tag.handle.is_empty() && tag.suffix == "!") => {
            Some(Value::Text(text.to_owned()))
        }
        None if style == ScalarStyle::Plain => Some(plain(text)),
        None => Some(Value::Text(text.to_owned())),
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "y" | "Y" => {
            Value::Bool(true)
        }
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "n" | "N" => {
            Value::Bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            number(text).unwrap_or_else(|| Value::Text(text.to_owned()))
        }
        _ => Value::Text(text.to_owned()),
    }
}

fn number(text: &str) -> Option<Value> {
    let digits = text.replace('_', "");
    let (negative, unsigned) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let prefixes: [(&str, u32); 4] = [("0x", 16), ("0o", 8), ("0b", 2), ("0", 8)];
    for (prefix, radix) in prefixes {
        // Rust's parser would take a sign here.
        let rest = unsigned.strip_prefix(prefix).filter(|rest| !rest.starts_with(['+', '-']));
        let magnitude = rest.and_then(|rest| u64::from_str_radix(rest, radix).ok());
        if let Some(magnitude) = magnitude {
            return integer(negative, magnitude);
        }
    }
    let is_integer = unsigned.bytes().all(|b| b.is_ascii_digit());
    let magnitude = is_integer.then(|| unsigned.parse().ok()).flatten();
    if let Some(value) = magnitude.and_then(|magnitude| integer(negative, magnitude)) {
        return Some(value);
    }
    // Only what a float may be made of: Rust's parser would also take `infinity`.
    let float = unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    let value: f64 = float.then(|| unsigned.parse().ok()).flatten()?;
    Some(Value::Float(if negative { -value } else { value }))
}

fn integer(negative: bool, magnitude: u64) -> Option<Value> {
    match (i64::try_from(magnitude), negative) {
        (Ok(value), false) => Some(Value::Int(value)),
        (Ok(value), true) => Some(Value::Int(-value)),
        (Err(_), false) => Some(Value::Large(magnitude)),
        (Err(_), true) => 0_i64.checked_sub_unsigned(magnitude).map(Value::Int),
    }
}

#[cfg(test)]
mod tests {
    use saphyr_parser::ScalarStyle;

    use super::resolve;
    use crate::manifest::tree::Value;

    #[test]
    fn plain_scalars_mean_what_they_mean_to_kubectl() {
        for (text, value) in [
            ("", Value::Null),
            ("~", Value::Null),
            ("true", Value::Bool(true)),
            ("on", Value::Bool(true)),
            ("No", Value::Bool(false)),
            ("5", Value::Int(5)),
            ("-5", Value::Int(-5)),
            ("+5", Value::Int(5)),
            ("0644", Value::Int(420)),
            ("0x1F", Value::Int(31)),
            ("1_000", Value::Int(1000)),
            ("0", Value::Int(0)),
            ("089", Value::Int(89)),
            ("-9223372036854775808", Value::Int(i64::MIN)),
            ("18446744073709551615", Value::Large(u64::MAX)),
            ("1.5", Value::Float(1.5)),
            ("1e3", Value::Float(1000.0)),
            (".5", Value::Float(0.5)),
            ("-.inf", Value::Float(f64::NEG_INFINITY)),
        ] {
            assert_eq!(resolve(text, ScalarStyle::Plain, None), Some(value), "{text}");
        }
        for text in [
            "5%",
            "0+5",
            "0x+5",
            "0-1",
            "1.2.3",
            "10.0.0.1",
            "90s",
            "1:20",
            "-",
            "+",
            ".",
            "infinity",
            "nan",
            "0xg",
            "v1",
            "2001-01-01",
            "1-2",
        ] {
            assert_eq!(resolve(text, ScalarStyle::Plain, None), Some(Value::Text(text.to_owned())), "{text}");
        }
        assert_eq!(resolve("5", ScalarStyle::DoubleQuoted, None), Some(Value::Text("5".to_owned())));
    }
}
