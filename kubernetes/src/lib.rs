//! What both shells do with an API server.
//!
//! ```text
//! client   the way to it: a client that notices when nobody is there any more
//! events   what is said at objects
//! lease    which of several processes acts: the holder of a Lease
//! watch    the objects of a kind, and whether it is known what they are now
//! pauses   how long a watch waits before it is tried again
//! retry    what is asked again because the API server says so
//! causes   an error with its causes, for people
//! ```
#![doc = include_str!("../DESIGN.md")]

pub mod client;
pub mod events;
pub mod lease;
pub mod retry;
pub mod watch;

mod causes;
mod pauses;

pub use causes::causes;

/// What the API server said, without all the rest of its answer.
#[must_use]
pub fn words(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error { status.message.clone() } else { causes(error) }
}

/// Whether a refusal is about the one object, and another one may be taken: the API server answers, knows who asks, and has time.
#[must_use]
pub fn is_about_one(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else { return false };
    (400..500).contains(&status.code) && !matches!(status.code, 401 | 408 | 429)
}
