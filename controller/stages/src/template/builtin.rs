//! Templates that come with Weir.

use super::Template;

/// Their names.
pub const NAMES: [&str; 1] = ["nodejs-api"];

/// Their files.
const FILES: [&str; 1] = [include_str!("../../templates/nodejs-api.yaml")];

/// The template of this name that comes with Weir.
#[must_use]
pub fn builtin(name: &str) -> Option<Template> {
    let all = FILES.iter().flat_map(|file| crate::file::read(file).0.templates);
    all.into_iter().find(|template| template.name == name)
}
