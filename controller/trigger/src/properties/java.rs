//! Properties as Java writes them: `key=value`, `key: value`, comments, escapes and lines that go on.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)>, but for a key that is there twice.
//! Values are texts; keys with dots stay as they are (`properties["image.tag"]`).

use serde_json::{Map, Value};

use super::{Fault, Why};

pub(super) fn read(text: &str) -> Result<Map<String, Value>, Fault> {
    let mut object = Map::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let line = line.trim_start_matches(BLANKS);
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut whole = line.to_owned();
        while goes_on(&whole) {
            whole.pop();
            match lines.next() {
                Some((_, next)) => whole.push_str(next.trim_start_matches(BLANKS)),
                None => break,
            }
        }
        let (key, value) = split(&whole);
        let unescaped = |text: &str| unescaped(text).map_err(|why| (Some(number), why));
        let (key, value) = (unescaped(key)?, unescaped(value)?);
        if object.contains_key(&key) {
            return Err((Some(number), Why::Twice(key)));
        }
        object.insert(key, Value::String(value));
    }
    Ok(object)
}

/// What Java takes for a blank.
const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// An odd number of backslashes at the end.
fn goes_on(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// At the first `=`, `:` or blank that no backslash stands before.
fn split(line: &str) -> (&str, &str) {
    let mut is_escaped = false;
    for (at, character) in line.char_indices() {
        if !is_escaped && (matches!(character, '=' | ':') || BLANKS.contains(&character)) {
            let (key, rest) = line.split_at(at);
            let rest = rest.trim_start_matches(BLANKS);
            let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (key, rest.trim_start_matches(BLANKS));
        }
        is_escaped = !is_escaped && character == '\\';
    }
    (line, "")
}

/// A sign outside the basic plane is written as two escapes, so that the text is put together as UTF-16.
fn unescaped(text: &str) -> Result<String, Why> {
    let form = |why: &str| Why::Form { form: "property", why: format!("{why} in {text:?}") };
    let mut units = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let plain = match character {
            '\\' => match characters.next() {
                Some('u') => {
                    let digits: String = characters.by_ref().take(4).collect();
                    let is_hex = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                    let unit = u16::from_str_radix(&digits, 16).ok().filter(|_| is_hex);
                    units.push(unit.ok_or_else(|| form("\\u has four hexadecimal digits, not so"))?);
                    continue;
                }
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('f') => '\u{c}',
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        units.extend_from_slice(plain.encode_utf16(&mut [0; 2]));
    }
    String::from_utf16(&units).map_err(|_| form("half of a pair of \\u escapes is missing"))
}
