//! Any bytes for the codec and for hyper: the same messages, or the codec is the stricter one.
//!
//! The first byte says which way they go. Run with `cargo +nightly fuzz run differential` in this crate's folder.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/codec/agreement.rs"]
mod agreement;
#[path = "../../tests/codec/message.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod message;
#[path = "../../tests/codec/ours.rs"]
mod ours;
#[path = "../../tests/codec/theirs.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod theirs;
#[path = "../../tests/codec/wire.rs"]
mod wire;

use agreement::{Agreement, compare};
use ours::Side;

fuzz_target!(|bytes: &[u8]| {
    let Some((way, bytes)) = bytes.split_first() else { return };
    let (side, theirs) = match way {
        b'<' | b'^' => {
            let to_head = *way == b'^';
            (Side::Response { to_head }, theirs::response(bytes, to_head, b"").conversation)
        }
        _ => (Side::Requests, theirs::requests(bytes)),
    };
    if let Agreement::Wrong(why) = compare(&ours::read(side, [bytes]), &theirs) {
        panic!("{side:?}: {why}\n{}", bytes.escape_ascii());
    }
});
