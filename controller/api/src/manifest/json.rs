//! What JSON allows and YAML does not: characters beyond U+FFFF escaped as two surrogates.

use std::borrow::Cow;

/// The text with every escaped pair of surrogates as the one character that it stands for, where the text is JSON. Lines stay as they are.
pub(super) fn join_surrogates(text: &str) -> Cow<'_, str> {
    let content = text.strip_prefix("---").unwrap_or(text).trim_start();
    if !content.starts_with(['{', '[']) || !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut joined = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        joined.push_str(before);
        rest = if let Some((character, after)) = pair(escape) {
            joined.push(character);
            after
        } else {
            // The character after a backslash goes with it: a backslash that is itself escaped begins no escape.
            let length = escape.chars().take(2).map(char::len_utf8).sum();
            let (same, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
            joined.push_str(same);
            after
        };
    }
    joined.push_str(rest);
    Cow::Owned(joined)
}

/// The character of two surrogates in a row, and what follows them.
fn pair(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let units = [unit(text)?, unit(text.get(6..)?)?];
    let mut characters = char::decode_utf16(units);
    match (characters.next()?, characters.next()) {
        (Ok(character), None) => Some((character, text.get(12..)?)),
        (Ok(_) | Err(_), _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::join_surrogates;

    #[test]
    fn pairs_become_one_character_and_all_else_stays() {
        for (text, joined) in [
            (r#"{"a": "\ud83d\ude00!"}"#, "{\"a\": \"\u{1f600}!\"}"),
            (r#"--- ["\uD83D\uDE00"]"#, "--- [\"\u{1f600}\"]"),
            (r#"["\\ud83d\\ude00"]"#, r#"["\\ud83d\\ude00"]"#),
            (r#"["\ud83d", "\u0041", "\ude00\ud83d", "\"#, r#"["\ud83d", "\u0041", "\ude00\ud83d", "\"#),
            (r"a: \ud83d\ude00", r"a: \ud83d\ude00"),
            ("[\"\\é\\u12", "[\"\\é\\u12"),
        ] {
            assert_eq!(join_surrogates(text), joined);
        }
    }
}
