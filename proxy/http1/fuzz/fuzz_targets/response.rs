//! Any bytes as a response: nothing panics, spans lie in what was given, and cuts change no message.
//!
//! Run with `cargo +nightly fuzz run response` in this crate's folder.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/codec/message.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod message;
#[path = "../../tests/codec/ours.rs"]
mod ours;

use ours::Side;

fuzz_target!(|bytes: &[u8]| {
    for side in [Side::Response { to_head: false }, Side::Response { to_head: true }] {
        let whole = ours::read(side, [bytes]);
        let bytewise = ours::read(side, bytes.chunks(1));
        assert_eq!((&whole.messages, &whole.ends), (&bytewise.messages, &bytewise.ends));
        let (first, second) = bytes.split_at(bytes.len() / 2);
        let halves = ours::read(side, [first, second]);
        assert_eq!((&whole.messages, &whole.ends), (&halves.messages, &halves.ends));
    }
});
