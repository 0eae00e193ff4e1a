//! Balancing without sockets.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;
use weir_routing::Protocol;
use weir_routing::random::Random;

use super::balance::pick;
use super::endpoint::Endpoint;

const SEED: u64 = 42;

fn endpoints(n: u16, now: Instant) -> Vec<Rc<Endpoint>> {
    let endpoint = |port| Rc::new(Endpoint::new(([127, 0, 0, 1], port).into(), Protocol::Http1, None, now));
    (1..=n).map(endpoint).collect()
}

fn random() -> impl Fn(usize) -> usize {
    let random = RefCell::new(Random::new(SEED));
    move |n| usize::try_from(random.borrow_mut().below(u64::try_from(n).unwrap())).unwrap()
}

#[test]
fn requests_that_do_not_end_spread_evenly() {
    let now = Instant::now();
    let all = endpoints(7, now);
    let random = random();
    for _ in 0..7_000 {
        pick(&all, &[], now, &random).unwrap().begin(now);
    }
    for endpoint in &all {
        // Two choices keep the largest within a few of the mean; one choice would be off by about 100.
        assert!(endpoint.in_flight().abs_diff(1_000) <= 10, "seed {SEED}: {}", endpoint.in_flight());
    }
}

#[test]
fn one_that_refused_rests_longer_each_time_and_is_asked_when_all_rest() {
    let start = Instant::now();
    let all = endpoints(2, start);
    let random = random();
    let mut now = start;
    for rest in [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000] {
        all[0].refused(now);
        assert!((0..50).all(|_| Rc::ptr_eq(pick(&all, &[], now, &random).unwrap(), &all[1])), "seed {SEED}");
        assert!(all[0].is_aside(now + Duration::from_millis(rest - 1)));
        now += Duration::from_millis(rest);
        assert!(!all[0].is_aside(now));
    }
    all[0].refused(now);
    all[1].refused(now);
    assert!(pick(&all, &[], now, &random).is_some());
    all[0].reached();
    assert!((0..50).all(|_| Rc::ptr_eq(pick(&all, &[], now, &random).unwrap(), &all[0])), "seed {SEED}");
}

#[test]
fn all_others_share_the_part_of_one_that_is_aside() {
    let now = Instant::now();
    let all = endpoints(4, now);
    all[1].refused(now);
    let random = random();
    let mut parts = [0_u32; 4];
    for _ in 0..3_000 {
        let picked = pick(&all, &[], now, &random).unwrap();
        parts[all.iter().position(|one| Rc::ptr_eq(one, picked)).unwrap()] += 1;
    }
    // Its neighbour would have 1,500 of them if it took that part alone.
    let shared = parts
        .iter()
        .enumerate()
        .all(|(n, part)| if n == 1 { *part == 0 } else { part.abs_diff(1_000) < 150 });
    assert!(shared, "seed {SEED}: {parts:?}");
}

#[test]
fn nobody_is_tried_twice() {
    let now = Instant::now();
    let all = endpoints(3, now);
    let mut tried = Vec::new();
    while let Some(endpoint) = pick(&all, &tried, now, random()) {
        assert!(!tried.iter().any(|t| Rc::ptr_eq(t, endpoint)));
        tried.push(Rc::clone(endpoint));
    }
    assert_eq!(tried.len(), 3);
    assert!(pick(&[], &[], now, random()).is_none());
    assert!(pick(&all[..1], &all[..1], now, random()).is_none());
}

#[test]
fn the_first_requests_are_warm_up() {
    let endpoint = &endpoints(1, Instant::now())[0];
    let warm: Vec<bool> = (0..5).map(|_| endpoint.warms_up(3)).collect();
    assert_eq!(warm, [true, true, true, false, false]);
}
