//! Values as types, with errors that whoever wrote the value understands.
//!
//! ```text
//! written   a value as serde reads it
//! wrong     what serde has to say, in words of YAML and not of Rust
//! ```

mod written;
mod wrong;

use serde::Deserialize;
use serde_json::Value;
use serde_path_to_error::{Path, Segment, Track};
use weir_pipeline::Problem;

pub(crate) use written::ASIDE;
pub(crate) use written::is_aside;
pub(crate) use wrong::Wrong;

/// Where in a value it is not what it has to be, and why.
pub(crate) struct Misread {
    pub(crate) path: Path,
    pub(crate) wrong: Wrong,
}

/// The value as a `T`.
///
/// # Errors
/// The first field that is not what it has to be.
pub(crate) fn read<'v, T: Deserialize<'v>>(value: &'v Value) -> Result<T, Misread> {
    let mut track = Track::new();
    let deserializer = serde_path_to_error::Deserializer::new(written::Written(value), &mut track);
    T::deserialize(deserializer).map_err(|wrong| Misread { path: track.path(), wrong })
}

impl From<Misread> for Problem {
    fn from(Misread { path, wrong: Wrong { what, mend, missing: _ } }: Misread) -> Self {
        Self::new(text_of(&path), what, mend)
    }
}

/// As problems have it; the root is empty.
fn text_of(path: &Path) -> String {
    let mut text = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push_index(&mut text, *index),
            Segment::Map { key } | Segment::Enum { variant: key } => push_key(&mut text, key),
            Segment::Unknown => {}
        }
    }
    text
}

/// One step into a list.
pub(crate) fn push_index(path: &mut String, index: usize) {
    path.extend(["[", &index.to_string(), "]"]);
}

/// One step into a map.
pub(crate) fn push_key(path: &mut String, key: &str) {
    if key.is_empty() || key.contains(['.', '[', ']', ' ', ':', '"', '$']) {
        path.extend(["[", &format!("{key:?}"), "]"]);
    } else {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    }
}
