//! Looks in, slow requests out.

use weir_api::Timestamp;
use weir_judge::{Block, Threshold, TrackBlock};

use super::{Open, Overdue, horizon};

const HORIZON: u64 = 5_000_000;

fn block() -> Block {
    let side = || TrackBlock { requests: 10, errors: 0, timed: 10, above: vec![1, 0] };
    Block { control: side(), canary: side(), stable: None }
}

/// One look of a second, in which the canary has so many open requests and so many have ended, `late` of them after longer than the horizon; what it adds to the
/// canary's timed requests, and to those above the first threshold.
fn look(overdue: &mut Overdue, second: i64, (open, ended, late): (u64, u64, u64)) -> (i64, i64) {
    let now = Timestamp::from_unix_micros(second * 1_000_000);
    let fine = Open { open: 1, ended: 10 };
    overdue.see(now, &[("proxy", fine, Open { open, ended })], HORIZON);
    let mut block = block();
    block.canary.timed += late;
    block.canary.above.iter_mut().for_each(|above| *above += late);
    overdue.count(&mut block, (0, late), HORIZON);
    assert_eq!(block.control, self::block().control, "nothing of the control is late");
    let more = |now: u64, before: u64| i64::try_from(now).unwrap() - i64::try_from(before).unwrap();
    (more(block.canary.timed, 10), more(block.canary.above[0], 1))
}

#[test]
fn what_hangs_is_counted_once_and_not_again_when_it_ends() {
    let mut overdue = Overdue::default();
    for second in 0..5 {
        assert_eq!(look(&mut overdue, second, (4, 0, 0)), (0, 0), "{second}: it may still end in time");
    }
    assert_eq!(look(&mut overdue, 5, (4, 0, 0)), (4, 4));
    assert_eq!(look(&mut overdue, 6, (4, 0, 0)), (0, 0), "counted already");
    assert_eq!(look(&mut overdue, 7, (1, 3, 3)), (0, 0), "three of them end, and have been counted");
    assert_eq!(look(&mut overdue, 8, (0, 1, 1)), (0, 0));
    assert_eq!(
        look(&mut overdue, 9, (0, 2, 2)),
        (2, 2),
        "others that were long, and that nobody has counted"
    );
}

#[test]
fn requests_that_come_and_go_are_none_that_hang() {
    let mut overdue = Overdue::default();
    for second in 0..30 {
        assert_eq!(
            look(&mut overdue, second, (8, 10, 0)),
            (0, 0),
            "{second}: of 8 that were open all have ended"
        );
    }
}

#[test]
fn a_proxy_that_goes_takes_its_requests_with_it() {
    let mut overdue = Overdue::default();
    let see = |overdue: &mut Overdue, second: i64, open: Option<u64>| {
        let now = Timestamp::from_unix_micros(second * 1_000_000);
        let canary = open.map(|open| ("proxy", Open::default(), Open { open, ended: 0 }));
        overdue.see(now, canary.as_slice(), HORIZON);
        overdue.is_news(HORIZON)
    };
    assert!((0..3).all(|second| !see(&mut overdue, second, Some(9))));
    assert!(!see(&mut overdue, 3, None), "it is not heard");
    assert!((4..9).all(|second| !see(&mut overdue, second, Some(9))), "and is asked anew");
    assert!(see(&mut overdue, 9, Some(9)));
    overdue.forget_looks();
    assert!(!see(&mut overdue, 10, Some(9)), "other weights");
}

#[test]
fn nobody_waits_longer_than_half_a_minute() {
    let threshold = |micros| Threshold { quantile: 0.99, micros };
    assert_eq!(horizon(&[threshold(20_000), threshold(80_000)]), Some(5_000_000));
    assert_eq!(horizon(&[threshold(80_000), threshold(9_000_000)]), Some(18_000_000));
    assert_eq!((horizon(&[threshold(20_000_000)]), horizon(&[])), (None, None));
}
