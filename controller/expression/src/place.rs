//! The place of an error: the expression as it is written, and which part of it is meant.

use crate::span::Span;

/// Longest expression that is shown whole, characters.
const MOST_SHOWN: usize = 160;
/// What is shown before the place in a longer one, characters.
const BEFORE: usize = 60;

/// An expression and the part of it that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    expression: String,
    column: usize,
    width: usize,
    /// Characters of `expression` before the place, which differ from `column` where its beginning is left out.
    shown_before: usize,
}

impl Place {
    /// Of an expression that is `whole` of `text`, the part that is `span`.
    pub(crate) fn new(text: &str, whole: Span, span: Span) -> Self {
        let before = Span::new(whole.start, span.start.max(whole.start)).of(text).chars().count();
        let width = span.of(text).chars().count().max(1);
        // Line breaks would part the line from what underlines it.
        let characters = || whole.of(text).chars().map(|c| if c.is_control() { ' ' } else { c });
        let total = characters().count();
        let skipped = if total > MOST_SHOWN { before.saturating_sub(BEFORE) } else { 0 };
        let mut expression = String::from(if skipped > 0 { "…" } else { "" });
        expression.extend(characters().skip(skipped).take(MOST_SHOWN));
        if total > skipped.saturating_add(MOST_SHOWN) {
            expression.push('…');
        }
        let shown_before = before - skipped + usize::from(skipped > 0);
        let rest = expression.chars().count().saturating_sub(shown_before).max(1);
        Self { expression, column: before + 1, width: width.min(rest), shown_before }
    }

    /// The expression as it is written, `${` and `}` included; of a long one, the part around the place.
    #[must_use]
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Which character of the whole expression the place begins with, from 1.
    #[must_use]
    pub const fn column(&self) -> usize {
        self.column
    }

    /// Two lines: the expression, and the place underlined.
    #[must_use]
    pub fn underlined(&self) -> String {
        let (indent, marks) = (" ".repeat(self.shown_before), "^".repeat(self.width));
        format!("{}\n{indent}{marks}", self.expression)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;
    use crate::span::Span;

    #[test]
    fn the_place_is_underlined_and_its_column_counts_characters() {
        let text = "a: ${ ü['b'] }!";
        let place = Place::new(text, Span::new(3, 15), Span::new(8, 13));
        assert_eq!(place.underlined(), "${ ü['b'] }\n    ^^^^^");
        assert_eq!(place.column(), 5);
    }

    #[test]
    fn of_a_long_expression_the_part_around_the_place_is_shown() {
        let text = format!("${{ {}\n+ b + {} }}", "a".repeat(300), "c".repeat(300));
        let at = text.find("+ b").unwrap() + 2;
        let place = Place::new(&text, Span::new(0, text.len()), Span::new(at, at + 1));
        let shown = place.underlined();
        let (line, marks) = shown.split_once('\n').unwrap();
        assert!(line.starts_with("…aaa") && line.ends_with("ccc…"), "{line}");
        assert_eq!(line.chars().nth(marks.find('^').unwrap()), Some('b'), "{shown}");
        assert_eq!((line.chars().count(), place.column()), (162, at + 1));
    }
}
