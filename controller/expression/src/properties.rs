//! Properties as Java writes them: `key=value`, `key: value`, comments, escapes and lines that go on.

use crate::fault::Fault;
use crate::functions;
use crate::value::{Pairs, Value};

/// Reads all of them; the last one of a key counts.
pub(crate) fn read(text: &str) -> Result<Pairs, Fault> {
    let mut pairs = Pairs::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with(['#', '!']) {
            continue;
        }
        let mut whole = line.to_owned();
        while goes_on(&whole) {
            whole.pop();
            whole.push_str(lines.next().unwrap_or_default().trim_start());
        }
        let (key, value) = split(&whole);
        pairs.insert(unescaped(key)?.into(), Value::text(unescaped(value)?));
    }
    Ok(pairs)
}

/// An odd number of backslashes at the end.
fn goes_on(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// At the first `=`, `:` or blank that no backslash stands before.
fn split(line: &str) -> (&str, &str) {
    let mut is_escaped = false;
    for (at, character) in line.char_indices() {
        if !is_escaped && (matches!(character, '=' | ':') || character.is_whitespace()) {
            let (key, rest) = line.split_at(at);
            let rest = rest.trim_start();
            let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
            return (key, rest.trim_start());
        }
        is_escaped = !is_escaped && character == '\\';
    }
    (line, "")
}

fn unescaped(text: &str) -> Result<String, Fault> {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{c}'),
            Some('u') => {
                let digits: String = characters.by_ref().take(4).collect();
                let digits = Some(digits).filter(|digits| digits.len() == 4);
                let code =
                    digits.and_then(|digits| u32::from_str_radix(&digits, 16).ok()).and_then(char::from_u32);
                plain.push(code.ok_or_else(|| {
                    functions::unreadable(text, "text with escapes: \\u has four hexadecimal digits")
                })?);
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn every_form_of_a_line_is_read() {
        let text = "# comment\n! too\n\na=1\n b : two words \nc three\nd\\ e=\\u00e9\\n\nf=g\\\n   h\na=2\ni=\\\\\nj";
        let pairs = read(text).unwrap();
        let pairs: Vec<String> =
            pairs.iter().map(|(key, value)| format!("{key}={}", value.as_text().unwrap())).collect();
        assert_eq!(pairs, ["a=2", "b=two words ", "c=three", "d e=é\n", "f=gh", "i=\\", "j="]);
        assert!(read("a=\\u12").unwrap_err().to_string().contains("four hexadecimal digits"));
    }
}
