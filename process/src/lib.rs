//! What every program of Weir begins and ends with, and no request goes through.
//!
//! ```text
//! log       what is told on standard error, how much of it, and in which form
//! announce  a file that says which addresses were bound: whole, or not there
//! parent    ending with whoever started it
//! stop      the wish to stop
//! ```
//! The same in all of them, so that what is learnt with one program is known of the others.
#![doc = include_str!("../DESIGN.md")]

mod announce;
mod log;
mod parent;
mod stop;

pub use self::announce::announce;
pub use self::log::{Form, LogArgs};
pub use self::parent::exit_with_parent;
pub use self::stop::Stop;
