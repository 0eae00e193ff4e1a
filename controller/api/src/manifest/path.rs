//! Field paths as `kubectl` writes them: `spec.rules[0].host`, `metadata.annotations["weir.dev/sticky"]`.

use std::fmt;

/// A place in a document, made of frames on the stack: nothing is allocated unless it is printed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// The document.
    Root,
    /// A field of what is at the parent.
    Key(&'p Place<'p>, &'p str),
    /// An item of what is at the parent, from 0.
    Index(&'p Place<'p>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(parent, key) if is_plain(key) => match parent {
                Place::Root => f.write_str(key),
                Place::Key(..) | Place::Index(..) => write!(f, "{parent}.{key}"),
            },
            Self::Key(parent, key) => write!(f, "{parent}[{key:?}]"),
            Self::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// Whether a key needs no quotes in a path.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// One part of a path that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    /// A field.
    Key(String),
    /// An item, from 0.
    Index(usize),
}

/// The parts of a path. Whatever follows a fault is left out: the nearest ancestor is good enough for a line.
pub(super) fn segments(path: &str) -> Vec<Segment> {
    let mut parts = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let Some((segment, after)) = next(rest) else { break };
        parts.push(segment);
        rest = after;
    }
    parts
}

fn next(path: &str) -> Option<(Segment, &str)> {
    let Some(inner) = path.strip_prefix('[') else {
        let path = path.strip_prefix('.').unwrap_or(path);
        let end = path.find(['.', '[']).unwrap_or(path.len());
        let (key, after) = path.split_at_checked(end)?;
        return (!key.is_empty()).then(|| (Segment::Key(key.to_owned()), after));
    };
    for quote in ['"', '\''] {
        if let Some(quoted) = inner.strip_prefix(quote) {
            let (key, after) = unquote(quoted, quote)?;
            return Some((Segment::Key(key), after.strip_prefix(']')?));
        }
    }
    let (index, after) = inner.split_once(']')?;
    Some((Segment::Index(index.parse().ok()?), after))
}

/// The text up to the closing quote, and what follows that. A backslash takes the next character as it is.
fn unquote(text: &str, quote: char) -> Option<(String, &str)> {
    let mut key = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => key.push(chars.next()?.1),
            c if c == quote => return Some((key, text.get(at + quote.len_utf8()..)?)),
            c => key.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Place, Segment, segments};

    #[test]
    fn a_path_that_is_printed_is_read_back() {
        let root = Place::Root;
        let spec = Place::Key(&root, "metadata");
        let annotations = Place::Key(&spec, "annotations");
        let odd = Place::Key(&annotations, "weir.dev/a\"b\\c");
        let item = Place::Index(&odd, 3);
        let host = Place::Key(&item, "host");
        assert_eq!(host.to_string(), r#"metadata.annotations["weir.dev/a\"b\\c"][3].host"#);
        let key = |k: &str| Segment::Key(k.to_owned());
        let expected =
            [key("metadata"), key("annotations"), key("weir.dev/a\"b\\c"), Segment::Index(3), key("host")];
        assert_eq!(segments(&host.to_string()), expected);
    }

    #[test]
    fn what_follows_a_fault_in_a_path_is_left_out() {
        for path in ["spec[", "spec[x]", "spec[\"a", "spec[\"a\"", "spec..", "spec[\"\\"] {
            assert_eq!(segments(path), [Segment::Key("spec".to_owned())], "{path}");
        }
    }
}
