//! However bytes are cut into reads, they mean the same.

use crate::corpus;
use crate::ours::{self, Side};

/// Longer cases are cut near both ends and at some places between.
const CUT_EVERYWHERE: usize = 600;

#[test]
fn a_message_means_the_same_wherever_it_is_cut() {
    for case in corpus::cases() {
        let whole = ours::read(case.side, [case.bytes.as_slice()]);
        for at in cuts(case.bytes.len()) {
            let (first, second) = case.bytes.split_at(at);
            assert_eq!(ours::read(case.side, [first, second]), whole, "{}, cut at {at}", case.rule);
        }
    }
}

#[test]
fn a_message_means_the_same_byte_by_byte() {
    for case in corpus::cases() {
        let whole = ours::read(case.side, [case.bytes.as_slice()]);
        assert_eq!(ours::read(case.side, case.bytes.chunks(1)), whole, "{}", case.rule);
        assert_eq!(ours::read(case.side, case.bytes.chunks(7)), whole, "{}", case.rule);
    }
}

#[test]
fn what_fuzzing_has_found_means_the_same_byte_by_byte() {
    for (folder, side) in [("request", Side::Requests), ("response", Side::Response { to_head: false })] {
        for (path, bytes) in corpus::found(folder) {
            let whole = ours::read(side, [bytes.as_slice()]);
            let bytewise = ours::read(side, bytes.chunks(1));
            assert_eq!(bytewise.messages, whole.messages, "{}", path.display());
        }
    }
}

fn cuts(len: usize) -> impl Iterator<Item = usize> {
    (0..=len).filter(move |at| len <= CUT_EVERYWHERE || *at < 60 || len - at < 60 || at % 997 == 0)
}
