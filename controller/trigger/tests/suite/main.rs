//! What starts a pipeline, from outside: calls as their senders make them, triggers as users write them.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what a test is made of fails where the test would"
)]

mod bitbucket;
mod fixture;
mod generic;
mod gitea;
mod github;
mod gitlab;
mod matching;
mod refusals;
mod seen;
mod storm;
mod trigger_value;
mod validation;
