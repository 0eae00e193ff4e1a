//! Whoever is asked or told from here.
//!
//! ```text
//! client         HTTP: limits, and whether the other side is to be trusted
//!   question       what is asked, without the secrets in what is told of it
//!   authorization  who asks, as it is sent
//! secrets        a folder of secrets
//! send           one try to tell an event: Slack's form, a CloudEvent
//!   smtp           an e-mail
//! ```
//! Everything is tried once: when again is the caller's business.
#![doc = include_str!("../DESIGN.md")]

pub mod authorization;
pub mod client;
pub mod question;
pub mod secrets;
pub mod send;
pub mod smtp;

pub use client::{Client, causes};
pub use question::Question;
pub use secrets::Secrets;
pub use send::{Failed, Sender};
pub use smtp::{Smtp, SmtpError};
