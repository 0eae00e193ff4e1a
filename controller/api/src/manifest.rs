//! The text of one manifest file to typed objects, each problem with its line.
//!
//! ```text
//! split    text -> documents, so that a broken one does not lose the others
//! tree     document -> values that know their lines; bounded in depth and size
//! json     what JSON allows and YAML does not
//! scalar   plain scalars, as kubectl reads them;   syntax   broken YAML in words
//! kind     apiVersion and kind -> what it is
//! typed    values -> typed object, unknown fields, the field of a wrong type
//! check    what the types of our own resources cannot say
//! known    one object of a kind that Weir reads;   load   all of that in order
//! values   documents as plain values, of any kind
//! document one that is no Kubernetes object, as a type
//! ```
//! Invariant: every object of the text is either in [`Parsed::objects`] or has a problem of [`Severity::Error`].

mod check;
mod document;
mod json;
mod kind;
mod known;
mod load;
mod object;
mod origin;
mod path;
mod problem;
mod scalar;
mod split;
mod syntax;
mod tree;
mod typed;
mod values;

pub use document::document;
pub use object::{Object, ObjectKey};
pub use origin::Origin;
pub use problem::{Problem, Severity};
pub use values::values;

/// Largest file that is read, in bytes.
pub const MAX_BYTES: usize = 4 << 20;

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// The objects that can be used, in the order of the text.
    pub objects: Vec<Located>,
    /// What is wrong, in the order of the text.
    pub problems: Vec<Problem>,
}

/// An object and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Located {
    /// The object.
    pub object: Object,
    /// Where it was written.
    pub origin: Origin,
}

/// Reads a text of YAML or JSON, of any number of documents. `file` is its path, for messages.
///
/// Never fails as a whole: what can be used is there, and all that is wrong is told.
#[must_use]
pub fn parse(file: &str, text: &str) -> Parsed {
    if text.len() > MAX_BYTES {
        let message = format!("{} bytes: a manifest may have {MAX_BYTES} at most", text.len());
        let problem = Problem::error(file, 0, "", message).with_help("Cut it into several files.");
        return Parsed { objects: Vec::new(), problems: vec![problem] };
    }
    let mut loader = load::Loader::new(file);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for document in split::split(text) {
        loader.document(document.text, document.first_line);
    }
    loader.finish()
}
