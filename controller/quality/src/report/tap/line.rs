//! What a line of TAP says.

use crate::error::Fault;
use crate::excerpt::quoted;
use crate::report::Outcome;

/// A line, without its indentation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Version,
    /// `1..3`, `1..0 # SKIP no database`.
    Plan {
        count: u64,
        skip: bool,
    },
    Point(Point),
    BailOut(&'a str),
    Comment(&'a str),
    /// Not TAP: somebody's output.
    Other,
}

/// `ok` or `not ok`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Point {
    /// What is written, whatever its directive makes of it.
    pub(super) passed: bool,
    pub(super) name: String,
    pub(super) outcome: Outcome,
}

const VERSIONS: std::ops::RangeInclusive<u64> = 12..=14;

/// Indentation and meaning of a line.
pub(super) fn read(text: &str) -> Result<(usize, Line<'_>), Fault> {
    let line = text.trim_start_matches([' ', '\t']);
    let indent = text.len() - line.len();
    Ok((indent, meaning(line.trim_end())?))
}

fn meaning(line: &str) -> Result<Line<'_>, Fault> {
    if let Some(comment) = line.strip_prefix('#') {
        return Ok(Line::Comment(comment.trim()));
    }
    if let Some(reason) = strip_word(line, "Bail out!") {
        return Ok(Line::BailOut(reason.trim()));
    }
    if let Some(version) = strip_word(line, "TAP version ") {
        let known = version.trim().parse().is_ok_and(|version| VERSIONS.contains(&version));
        let unknown = || Fault::Line { found: quoted(line), expected: "TAP version 12, 13 or 14" };
        return known.then_some(Line::Version).ok_or_else(unknown);
    }
    if let Some(plan) = line.strip_prefix("1..") {
        let digits = plan.len() - plan.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let (count, rest) = plan.split_at(digits);
        let skip = directive(rest).is_some_and(|(_, word)| word == Directive::Skip);
        return Ok(count.parse().map_or(Line::Other, |count| Line::Plan { count, skip }));
    }
    let (passed, rest) = match (strip_word(line, "not ok"), strip_word(line, "ok")) {
        (Some(rest), _) => (false, rest),
        (None, Some(rest)) => (true, rest),
        (None, None) => return Ok(Line::Other),
    };
    // "okay, next" is no point.
    if rest.starts_with(|char: char| char.is_alphanumeric() || char == '_') {
        return Ok(Line::Other);
    }
    Ok(Line::Point(point(passed, rest)))
}

/// The rest after a beginning, in whatever case it is written.
fn strip_word<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let (begin, rest) = line.split_at_checked(word.len())?;
    begin.eq_ignore_ascii_case(word).then_some(rest)
}

fn point(passed: bool, rest: &str) -> Point {
    let rest = rest.trim_start();
    let numbered = rest.trim_start_matches(|char: char| char.is_ascii_digit());
    let is_number = numbered.is_empty() || numbered.starts_with([' ', '\t']);
    let (number, described) = if is_number { rest.split_at(rest.len() - numbered.len()) } else { ("", rest) };
    let described = described.trim_start();
    let described = described.strip_prefix("- ").unwrap_or(described);
    let (name, directive) = directive(described).unwrap_or((described, Directive::None));
    let outcome = match (passed, directive) {
        (_, Directive::Skip) | (false, Directive::ToDo) => Outcome::Skipped,
        (true, Directive::None | Directive::ToDo) => Outcome::Passed,
        (false, Directive::None) => Outcome::Failed,
    };
    let name = unescaped(name.trim());
    let name = if name.is_empty() { format!("test {number}").trim_end().to_owned() } else { name };
    Point { passed, name, outcome }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    None,
    Skip,
    ToDo,
}

/// What stands before an unescaped `# SKIP` or `# TODO`, and which it is.
fn directive(text: &str) -> Option<(&str, Directive)> {
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        if char == '#' && !is_escaped {
            let (before, after) = text.split_at(at);
            let after = after.trim_start_matches('#').trim_start();
            if strip_word(after, "skip").is_some() {
                return Some((before, Directive::Skip));
            }
            if strip_word(after, "todo").is_some() {
                return Some((before, Directive::ToDo));
            }
        }
        is_escaped = char == '\\' && !is_escaped;
    }
    None
}

/// `\#` is `#`, `\\` is `\`; another backslash is itself.
fn unescaped(name: &str) -> String {
    let (mut out, mut chars) = (String::with_capacity(name.len()), name.chars().peekable());
    while let Some(char) = chars.next() {
        match char {
            '\\' if matches!(chars.peek(), Some('#' | '\\')) => out.extend(chars.next()),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Line, Point, read};
    use crate::report::Outcome::{Failed, Passed, Skipped};

    #[test]
    fn points_are_read_with_their_directives() {
        for (line, name, outcome) in [
            ("ok 1 - adds", "adds", Passed),
            ("ok", "test", Passed),
            ("not ok 7", "test 7", Failed),
            ("not ok adds", "adds", Failed),
            ("ok 2 3 apples", "3 apples", Passed),
            ("not ok 3 - fast # TODO later", "fast", Skipped),
            ("ok 3 - fast # todo", "fast", Passed),
            ("ok 4 - db # SKIP none", "db", Skipped),
            ("not ok 4 - db # skipped", "db", Skipped),
            ("ok 5 - is \\# SKIP \\\\ no", "is # SKIP \\ no", Passed),
            ("not ok 6 - issue #12 is back", "issue #12 is back", Failed),
            ("ok 7 # skip", "test 7", Skipped),
        ] {
            let point = Point { passed: line.starts_with("ok"), name: name.to_owned(), outcome };
            assert_eq!(read(line), Ok((0, Line::Point(point))), "{line}");
        }
    }

    #[test]
    fn other_lines_are_told_apart() {
        for (line, indent, expected) in [
            ("    1..3", 4, Line::Plan { count: 3, skip: false }),
            ("1..0 # SKIP no database", 0, Line::Plan { count: 0, skip: true }),
            ("1..many", 0, Line::Other),
            ("  Bail out! no disk", 2, Line::BailOut("no disk")),
            ("# Subtest: a", 0, Line::Comment("Subtest: a")),
            ("okay", 0, Line::Other),
            ("not okay", 0, Line::Other),
            ("TAP version 13", 0, Line::Version),
            ("", 0, Line::Other),
        ] {
            assert_eq!(read(line), Ok((indent, expected)), "{line}");
        }
        assert!(read("TAP version 15").unwrap_err().to_string().contains("TAP version 12, 13 or 14"));
    }
}
