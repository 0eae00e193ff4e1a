//! The cluster from outside: pods of our own image run in it, its parts can be killed, and nothing of it stays.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod ends;
mod faults;
mod images;
mod pods;
mod sample;
mod traces;
