//! The house rules, held by a machine: which crate may import which, how long a file may be, what every file says first.
//!
//! Each failure names the file and how to mend it. The reasons behind the rules are in CONTRIBUTING.md.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod crates;
mod files;
mod manifests;
mod readme;
mod untested;
mod words;
mod workspace;
