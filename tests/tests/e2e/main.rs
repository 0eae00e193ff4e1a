//! Weir from outside: its programs as processes, driven through sockets, files and signals.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod broken_configuration;
mod drain;
mod forced;
mod killed_upstreams;
mod prefixes;
mod protocols;
mod reloads;
mod splits;
mod sticky;
