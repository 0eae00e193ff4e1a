//! Any bytes as requests: nothing panics, spans lie in what was given, and cuts change no message.
//!
//! Run with `cargo +nightly fuzz run request` in this crate's folder.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/codec/message.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod message;
#[path = "../../tests/codec/ours.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod ours;

use ours::Side;

fuzz_target!(|bytes: &[u8]| {
    let whole = ours::read(Side::Requests, [bytes]);
    let bytewise = ours::read(Side::Requests, bytes.chunks(1));
    assert_eq!((&whole.messages, &whole.ends), (&bytewise.messages, &bytewise.ends));
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let halves = ours::read(Side::Requests, [first, second]);
    assert_eq!((&whole.messages, &whole.ends), (&halves.messages, &halves.ends));
});
