//! Two levels of draws: canary, baseline and stable together, over many weights and changes of them.

use serde_json::json;
use weir_api::Track;
use weir_routing::{Table, Turns, decide};

use crate::objects::{World, get, simple};

/// A table with one route split by a Canary with these shares in percent.
pub(crate) fn table(canary: f64, baseline: Option<f64>, epoch: u64) -> Table {
    let track = |name: &str, weight: f64| json!({ "service": name, "revision": format!("{name}-rev"), "weight": weight });
    let split = json!({
        "epoch": epoch, "stableRevision": "v1",
        "canary": track("api-canary", canary), "baseline": baseline.map(|weight| track("api-baseline", weight)),
    });
    World::default()
        .service("api", 2)
        .service("api-canary", 1)
        .service("api-baseline", 1)
        .ingress("web", &simple("/", "api"))
        .canary("api", "api", &json!({ "epoch": epoch, "split": split }))
        .clean()
}

fn next(table: &Table, turns: &mut Turns) -> Track {
    let head = get("h", "/");
    decide(table.find(&head).unwrap(), &head, turns).backend.track
}

fn units(percent: f64) -> i64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "test weights have two decimals at most"
    )]
    let basis_points = (percent * 100.0).round() as i64;
    basis_points
}

#[test]
fn canary_and_baseline_are_exact_together_and_each_within_two() {
    let pairs = [
        (0.01, 0.01),
        (1.0, 1.0),
        (5.0, 5.0),
        (33.33, 33.33),
        (50.0, 50.0),
        (10.0, 5.0),
        (66.67, 33.33),
        (99.99, 0.01),
        (0.01, 99.98),
        (7.0, 3.0),
        (20.0, 0.0),
    ];
    for (canary, baseline) in pairs {
        let table = table(canary, Some(baseline), 1);
        for seed in 0..2 {
            let mut turns = Turns::new(seed);
            let (mut on_canary, mut on_baseline) = (0, 0);
            for n in 1..=1_000_000 {
                match next(&table, &mut turns) {
                    Track::Canary => on_canary += 1,
                    Track::Baseline => on_baseline += 1,
                    Track::Stable | Track::Shadow => {}
                }
                let off = |hits: i64, percent: f64| (hits * 10_000 - n * units(percent)).abs();
                let (c, b) = (off(on_canary, canary), off(on_baseline, baseline));
                assert!(
                    off(on_canary + on_baseline, canary + baseline) <= 10_000,
                    "{canary}+{baseline} %, seed {seed}, {n}: {on_canary}+{on_baseline}"
                );
                assert!(
                    c <= 20_000 && b <= 20_000,
                    "{canary}+{baseline} %, seed {seed}, {n}: {on_canary}+{on_baseline}"
                );
            }
        }
    }
}

#[test]
fn without_a_baseline_the_canary_is_within_one() {
    for percent in [0.01, 1.0, 5.0, 33.33, 50.0, 66.67, 99.99] {
        let table = table(percent, None, 1);
        let mut turns = Turns::new(3);
        let mut hits: i64 = 0;
        for n in 1..=1_000_000 {
            hits += i64::from(next(&table, &mut turns) == Track::Canary);
            assert!((hits * 10_000 - n * units(percent)).abs() <= 10_000, "{percent} %: {hits} of {n}");
        }
    }
}

#[test]
fn turns_go_on_with_the_same_share_and_a_new_share_restarts_only_its_level() {
    let run = |tables: &[(&Table, u32)]| {
        let mut turns = Turns::of(42, tables[0].0.routes().get(0).unwrap());
        let mut order = Vec::new();
        for (table, count) in tables {
            let route = table.routes().get(0).unwrap();
            for _ in 0..*count {
                order.push(decide(route, &get("h", "/"), &mut turns).backend.track);
            }
        }
        order
    };
    let (five, five_again, ten) =
        (table(5.0, Some(5.0), 1), table(5.0, Some(5.0), 2), table(10.0, Some(10.0), 3));
    assert_eq!(
        run(&[(&five, 7), (&five_again, 993)]),
        run(&[(&five, 1000)]),
        "the same weights go on in their windows"
    );
    let order = run(&[(&five, 7), (&ten, 1000)]);
    let since = &order[7..];
    let away = |n: usize| since[..n].iter().filter(|track| **track != Track::Stable).count();
    assert!((1..=1000).all(|n| (away(n) * 5).abs_diff(n) <= 5), "new windows begin with the new share");
    let mixed: Vec<Track> = order.iter().copied().filter(|track| *track != Track::Stable).collect();
    let canary = |n: usize| mixed[..n].iter().filter(|track| **track == Track::Canary).count();
    assert!(
        (1..=mixed.len()).all(|n| (canary(n) * 2).abs_diff(n) <= 2),
        "canary against baseline is one half throughout, over the change"
    );
}

#[test]
fn workers_and_routes_have_orders_of_their_own() {
    let table = table(50.0, None, 1);
    let order = |seed| {
        let route = table.routes().get(0).unwrap();
        let mut turns = Turns::of(seed, route);
        (0..200).map(|_| decide(route, &get("h", "/"), &mut turns).backend.track).collect::<Vec<_>>()
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
}
