//! Who is told of releases elsewhere: by Slack, web hooks, e-mails.
//!
//! ```text
//! file     who they are: a file                        pure (but for reading it)
//! due      what there is to tell of a Canary           pure
//!   message  whom, and in which form                   pure
//! teller   tells them beside the looks, until each is told, refused, or too late
//! ```
//! What is due follows from the stored status alone, and so does what of it is done: whichever controller looks goes on, and no release waits for any of it.

mod due;
mod file;
mod message;
mod teller;

pub use file::{Notifier, NotifierFault, Notifiers, Target};
pub(crate) use message::due;
pub use message::{Message, Told};
pub(crate) use teller::Teller;
