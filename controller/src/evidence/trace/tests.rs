//! Traces: nothing of a block is lost, and a long release stays bounded, ordered and evenly told.

use super::traced::Traced;
use super::{MOST, Trace};
use weir_api::{Share, Timestamp};
use weir_judge::{Block, Criteria, Decision, Threshold, TrackBlock};

const MOST_U64: u64 = 600;

const THRESHOLDS: [Threshold; 6] = [
    Threshold { quantile: 0.5, micros: 10_000 },
    Threshold { quantile: 0.75, micros: 20_000 },
    Threshold { quantile: 0.9, micros: 30_000 },
    Threshold { quantile: 0.95, micros: 40_000 },
    Threshold { quantile: 0.99, micros: 50_000 },
    Threshold { quantile: 0.999, micros: 60_000 },
];

fn at(millis: u64) -> Timestamp {
    Timestamp::from_unix_micros(1_795_651_200_000_000).plus(std::time::Duration::from_millis(millis))
}

fn share(basis_points: u16) -> Share {
    Share::from_basis_points(basis_points).unwrap()
}

fn side(requests: u64, errors: u64) -> TrackBlock {
    let above = [2, 4, 10, 20, 100, 1000].map(|part| requests / part).to_vec();
    TrackBlock { requests, errors, timed: requests, above }
}

/// Requests of one second at `rate` a side, of which stable has nine times as many.
fn block(rate: u64, failed: u64) -> Block {
    let stable = TrackBlock { requests: 9 * rate, errors: 0, timed: 0, above: Vec::new() };
    Block { control: side(rate, 0), canary: side(rate, failed), stable: Some(stable) }
}

fn copies(rate: u64) -> Block {
    Block { stable: None, ..block(rate, 0) }
}

#[test]
fn a_trace_that_was_stored_is_the_same_and_a_block_takes_less_than_a_hundred_bytes() {
    for (rate, most) in [(10, 70), (1000, 100)] {
        let mut trace = Trace::default();
        (0..MOST_U64).for_each(|second| trace.push(at(second * 1003), share(500), block(rate, 1)));
        // As reports and checkpoints are written.
        let text = serde_json::to_string_pretty(&trace).unwrap();
        assert_eq!(serde_json::from_str::<Trace>(&text).unwrap(), trace);
        let each = text.len() / MOST;
        println!("a block of {rate} requests a side takes {each} bytes, a whole trace {}", text.len());
        assert!(each < most, "{each} bytes of {rate} requests a side");
    }
}

#[test]
fn what_is_no_block_is_refused_with_its_text() {
    for text in ["", "1 2 3", "1 2 1 1,0 1", "1 2 1 1,0 x,0", "1 10001 1 1,0 1,0", "1 2 1 1,0 1,0 1,0 1,0"] {
        let said = text.parse::<Traced>().unwrap_err().to_string();
        assert!(said.contains(&format!("{text:?} is no block")), "{said}");
    }
}

#[test]
fn a_day_stays_bounded_and_evenly_told_and_no_request_is_lost() {
    let mut trace = Trace::default();
    let (mut requests, mut looks) = (0, 0);
    for second in 0..86_400_u64 {
        let weight = share(if second < 43_200 { 500 } else { 5_000 });
        for block in [block(10, 0), copies(7)] {
            requests += block.canary.requests;
            looks += 1;
            trace.push(at(second * 1000), weight, block);
        }
        assert!(trace.len() <= MOST);
    }
    assert_eq!(trace.blocks().map(|(_, block)| block.canary.requests).sum::<u64>(), requests);
    assert!(trace.len() > MOST / 3, "{}", trace.len());
    let times: Vec<Timestamp> = trace.blocks().map(|(at, _)| at).collect();
    assert!(times.is_sorted());
    let widest = trace.blocks.iter().map(|traced| traced.looks).max().unwrap();
    assert!(widest <= 4 * looks / MOST_U64, "the widest holds {widest} of {looks}");
    for Traced { block: Block { canary, stable, .. }, .. } in &trace.blocks {
        let each = if stable.is_some() { 10 } else { 7 };
        assert_eq!(canary.requests % each, 0, "copies are joined with copies: {canary:?}");
    }
    let weights = |share| trace.blocks.iter().filter(|traced| traced.weight == share).count();
    assert_eq!(weights(share(500)) + weights(share(5_000)), trace.len());
}

#[test]
fn weights_that_change_at_every_look_do_not_unbind_it() {
    let mut trace = Trace::default();
    for second in 0..10_000_u64 {
        trace.push(at(second * 1000), share(u16::try_from(second % 5000).unwrap()), block(10, 0));
        assert!(trace.len() <= MOST);
    }
    assert_eq!(trace.blocks().map(|(_, block)| block.canary.requests).sum::<u64>(), 100_000);
}

#[test]
fn a_joined_trace_still_tells_which_release_fails() {
    for (failed, decision) in [(2, Decision::Fail), (0, Decision::Pass)] {
        let mut trace = Trace::default();
        (0..3_000_u64).for_each(|second| trace.push(at(second * 1000), share(500), block(20, failed)));
        let answers = trace.replay(&Criteria::default(), &THRESHOLDS);
        assert_eq!(answers.decision(), decision);
        assert_eq!(answers.canary_requests, 60_000);
    }
}

#[test]
fn blocks_of_an_older_checkpoint_are_the_beginning() {
    let pending = serde_json::to_string(&[block(10, 3), copies(5)]).unwrap();
    let mut trace: Trace = serde_json::from_str(&pending).unwrap();
    trace.push(at(0), share(500), block(10, 0));
    let errors: Vec<u64> = trace.blocks().map(|(_, block)| block.canary.errors).collect();
    assert_eq!(errors, [3, 0, 0]);
    assert!(trace.blocks().all(|(then, _)| then == at(0)));
}
