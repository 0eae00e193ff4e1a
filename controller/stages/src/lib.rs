//! Pure: what the stages of a pipeline do, as their user writes it.
//!
//! ```text
//! file       texts of YAML -> pipelines and templates, every problem at once
//!   template   a call of a template -> the pipeline that it stands for
//!     builtin    templates that come with Weir
//! work       one stage's own key: checkout, step, gate, image, ...
//! freeze     when pipelines change nothing that runs
//! notification   who is told of runs and stages
//! expected   images that a pipeline counts on
//! source     what counts of a file that a push brings along
//! seen       what expressions see of a run
//! typed      values as types, with errors in words of YAML
//! lines      where in a file a field stands
//! render     a pipeline as a file
//! scripts    lines for a shell, which nobody evaluates
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod expected;
pub mod file;
pub mod freeze;
pub mod lines;
pub mod notification;
pub mod render;
pub mod scripts;
pub mod seen;
pub mod source;
pub mod template;
mod typed;
pub mod work;

pub use expected::Expected;
pub use file::{Definition, File, read};
pub use freeze::Freeze;
pub use notification::Notification;
pub use seen::Seen;
pub use source::Source;
pub use template::Template;
pub use work::{Does, Work};
