//! Pure: what happened, to the messages that tell of it.
//!
//! ```text
//! event        what happened to a run, a stage or a release
//! words        the same for people: a headline, facts
//!   slack        an incoming web hook in Slack's form
//!   mail         an e-mail (RFC 5322)
//! cloud_event  the same for programs (CloudEvents 1.0)
//!   signature    who sent it (Standard Webhooks)
//! target       where they go, as their user writes it
//!   secret_key   which value of which secret
//! ```
//! The same event makes the same message, however often it is sent: it has its id, by which who gets it twice knows it again.
#![doc = include_str!("../DESIGN.md")]

pub mod cloud_event;
pub mod event;
pub mod mail;
mod secret_key;
pub mod signature;
pub mod slack;
pub mod target;
pub mod words;

pub use event::{Event, Fact, Origin, Release, Run, Stage, Subject, What};
pub use secret_key::SecretKey;
