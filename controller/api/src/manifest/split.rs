//! Cuts a text into its documents before any of them is parsed, so that a broken one does not lose the others.
//!
//! Sound, because YAML takes `---` and `...` in the first column as markers wherever they stand, block scalars and quotes included
//! (YAML 1.2.2, 9.1.2 and rule `c-forbidden`).

/// One document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk<'t> {
    /// Its text, from its `---` on if it has one.
    pub(super) text: &'t str,
    /// Number of its first line in the file, from 1.
    pub(super) first_line: u32,
}

/// The documents of a text. Those of nothing but directives, comments and blank lines are left out.
pub(super) fn split(text: &str) -> Vec<Chunk<'_>> {
    let mut chunks = Vec::new();
    let (mut start, mut start_line) = (0, 1);
    for (offset, number, line) in lines(text) {
        let end = match marker(line) {
            Some(Marker::Start) => offset,
            Some(Marker::End) => offset + line.len(),
            None => continue,
        };
        let before = text.get(start..offset).unwrap_or_default();
        chunks.push(Chunk { text: before, first_line: start_line });
        (start, start_line) = (end, number);
    }
    chunks.push(Chunk { text: text.get(start..).unwrap_or_default(), first_line: start_line });
    chunks.retain(|chunk| !is_empty(chunk.text));
    chunks
}

enum Marker {
    Start,
    End,
}

fn marker(line: &str) -> Option<Marker> {
    let (marker, after) = line.split_at_checked(3)?;
    if !after.is_empty() && !after.starts_with([' ', '\t', '\n', '\r']) {
        return None;
    }
    match marker {
        "---" => Some(Marker::Start),
        "..." => Some(Marker::End),
        _ => None,
    }
}

/// Offset, number and text (with its break) of each line. A lone carriage return ends a line, as YAML has it.
fn lines(text: &str) -> impl Iterator<Item = (usize, u32, &str)> {
    let (mut offset, mut number) = (0, 0_u32);
    std::iter::from_fn(move || {
        let rest = text.get(offset..).filter(|rest| !rest.is_empty())?;
        let length = match rest.find(['\n', '\r']) {
            None => rest.len(),
            Some(at) if rest.get(at..).is_some_and(|end| end.starts_with("\r\n")) => at + 2,
            Some(at) => at + 1,
        };
        let line = (offset, number.saturating_add(1), rest.get(..length)?);
        number = number.saturating_add(1);
        offset += length;
        Some(line)
    })
}

fn is_empty(chunk: &str) -> bool {
    lines(chunk).all(|(_, _, line)| {
        line.trim().is_empty() || line.trim_start().starts_with('#') || line.starts_with('%')
    })
}

#[cfg(test)]
mod tests {
    use super::{Chunk, split};

    #[test]
    fn documents_are_cut_at_their_markers() {
        let text =
            "%YAML 1.2\n# head\n---\na: 1\n---- not\n--- # two\r\nb: |\r\n  ---\r\n...\n# between\n---\tc\n";
        assert_eq!(
            split(text),
            [
                Chunk { text: "---\na: 1\n---- not\n", first_line: 3 },
                Chunk { text: "--- # two\r\nb: |\r\n  ---\r\n", first_line: 6 },
                Chunk { text: "---\tc\n", first_line: 11 },
            ]
        );
    }

    #[test]
    fn the_first_document_needs_no_marker_and_blank_ones_are_left_out() {
        assert_eq!(split("a: 1"), [Chunk { text: "a: 1", first_line: 1 }]);
        assert_eq!(split("\n\n# nothing\n"), []);
        assert_eq!(split(""), []);
        assert_eq!(
            split("a: 1\r---\rb: 2"),
            [Chunk { text: "a: 1\r", first_line: 1 }, Chunk { text: "---\rb: 2", first_line: 2 },]
        );
    }
}
