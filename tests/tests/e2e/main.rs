//! Weir from outside: its programs as real processes, driven by requests, commands, files, signals and faults.
// Clippy grants tests their `unwrap` by this attribute; the functions around the tests need it too.
#![cfg(test)]

mod alone;
mod analysed;
mod bad_input;
mod broken_configuration;
mod collected;
mod command_line;
mod commands;
mod controller_killed;
mod demo;
mod disk_full;
mod drain;
mod explain;
mod exposed;
mod flags;
mod forced;
mod hanging;
mod judged;
mod kayenta;
mod killed_upstreams;
mod mirrored;
mod mistakes;
mod notified;
mod pipelines;
mod planned;
mod pods_killed;
mod prefixes;
mod programs;
mod protocols;
mod proxy_killed;
mod reloads;
mod replayed;
mod scored;
mod splits;
mod sticky;
mod stores;
mod verbs;
mod verdicts;
mod watched;
