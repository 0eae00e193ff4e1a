//! Weir from outside: its programs as real processes, driven by requests, commands, files, signals and faults.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod bad_input;
mod command_line;
mod commands;
mod controller_killed;
mod demo;
mod disk_full;
mod guard;
mod pods_killed;
mod proxy_killed;
mod verdicts;
