//! The crate from outside, as the proxy and the controller use it.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod burst;
mod proxy;
mod recording;
mod windows;
mod wire;
