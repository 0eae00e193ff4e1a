//! Pure: pipelines of Spinnaker as documents of Weir, with a report in which every field of the JSON is accounted for.
//!
//! ```text
//! import       a text of JSON -> documents, as values and as YAML, and the report
//!   form         a pipeline, a template, a call of one
//!     pipeline     how many runs at once, parameters, windows
//!     trigger      what starts it          pattern: a regular expression as a glob
//!     graph        names, ids and needs
//!     stage        one stage, by its type
//!   configs      canary configs that are given beside it
//!   sound        what the documents' reader would refuse is taken out, and told
//!   unread       fields that nobody looked at, told
//!   expression   names that expressions will not find here
//! report       what became of each field     part: a part of the JSON with its place
//! ```
#![doc = include_str!("../DESIGN.md")]

mod configs;
mod expression;
mod form;
mod graph;
mod import;
mod name;
mod part;
mod pattern;
mod pipeline;
pub mod report;
mod sound;
mod stage;
mod trigger;
mod unread;

pub use import::{ImportError, Imported, import, import_with};
pub use report::{Entry, Hint, Outcome, Report};
