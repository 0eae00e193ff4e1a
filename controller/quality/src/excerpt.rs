//! Text from a report, bounded, and without what would move a terminal's cursor.
//!
//! Test runners colour their messages, and a test's name may be anything: what is shown to people later has no control characters.

/// Stands where something was cut off.
const CUT: char = '…';

/// The beginning of `text`, at most `most` bytes and the sign of a cut, with lines kept.
pub(crate) fn lines(text: &str, most: usize) -> String {
    bounded(text.trim_matches(['\n', '\r']).trim_end(), most, true)
}

/// The beginning of `text` as one line.
pub(crate) fn line(text: &str, most: usize) -> String {
    bounded(text.trim(), most, false)
}

/// A short piece of what is written, for an error.
pub(crate) fn quoted(text: &str) -> String {
    line(text, 80)
}

fn bounded(text: &str, most: usize, keeps_lines: bool) -> String {
    let mut out = String::with_capacity(text.len().min(most));
    let mut rest = text.chars();
    while let Some(char) = rest.next() {
        let char = match char {
            '\u{1b}' => {
                skip_escape(&mut rest);
                continue;
            }
            '\n' | '\t' if keeps_lines => char,
            '\r' if keeps_lines => continue,
            '\n' | '\t' | '\r' => ' ',
            char if char.is_control() || is_invisible(char) => continue,
            char => char,
        };
        if out.len() + char.len_utf8() > most {
            out.push(CUT);
            break;
        }
        out.push(char);
    }
    out
}

/// What turns the direction of writing can show another text than there is.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Leaves out an escape sequence: `ESC [ ... letter`, or `ESC` and one character (ECMA-48, 5.3 and 5.4).
fn skip_escape(rest: &mut std::str::Chars<'_>) {
    let mut ahead = rest.clone();
    if ahead.next() != Some('[') {
        return;
    }
    while let Some(char) = ahead.next() {
        match char {
            '\u{20}'..='\u{3f}' => {}
            '\u{40}'..='\u{7e}' => {
                *rest = ahead;
                return;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{line, lines};

    #[test]
    fn text_is_cut_at_a_character_and_says_so() {
        assert_eq!(line("  größer  ", 5), "größ"[..4].to_owned() + "…");
        assert_eq!(line("abc", 3), "abc");
        assert_eq!(line("a\n\tb", 9), "a  b");
        assert_eq!(lines("\n\ta\r\nb\n\n", 9), "\ta\nb");
    }

    #[test]
    fn what_would_move_the_cursor_is_left_out() {
        for (text, shown) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}x", "]0;titlex"),
            ("a\u{8}b\0\u{85}", "ab"),
            ("\u{1b}", ""),
            ("\u{1b}[1;", "[1;"),
            ("safe\u{202e}gnp", "safegnp"),
        ] {
            assert_eq!(line(text, 99), shown, "{text:?}");
        }
    }
}
