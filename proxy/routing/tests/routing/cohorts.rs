//! Sticky users: who moves when a weight changes, and who does not.

use std::collections::BTreeMap;
use std::net::IpAddr;

use proptest::prelude::{prop_assert, prop_assert_eq, proptest};
use serde_json::json;
use weir_api::service::Sticky;
use weir_api::{Share, Track};
use weir_routing::sticky::{BUCKETS, Cohort, UserId, track_of};
use weir_routing::{Turns, decide};

use crate::objects::{World, simple, with};

fn share(basis_points: u16) -> Share {
    Share::from_basis_points(basis_points).unwrap()
}

fn cohort(owner: &str, revision: &str) -> Cohort {
    Cohort::new(Sticky::Address, owner, revision)
}

#[test]
fn raising_a_weight_moves_exactly_the_new_interval() {
    let (five, ten) = (share(500), share(1000));
    for bucket in 0..BUCKETS {
        let (before, after) = (track_of(bucket, five, five), track_of(bucket, ten, ten));
        let expected = match bucket {
            0..50_000 => (Track::Canary, Track::Canary),
            50_000..100_000 => (Track::Stable, Track::Canary),
            900_000..950_000 => (Track::Stable, Track::Baseline),
            950_000.. => (Track::Baseline, Track::Baseline),
            _ => (Track::Stable, Track::Stable),
        };
        assert_eq!((before, after), expected, "bucket {bucket}");
    }
}

#[test]
fn shares_are_exact_in_buckets() {
    for (canary, baseline) in
        [(0, 0), (1, 1), (3333, 3333), (5000, 5000), (9999, 1), (10_000, 0), (0, 10_000)]
    {
        let mut count = BTreeMap::new();
        for bucket in 0..BUCKETS {
            *count.entry(track_of(bucket, share(canary), share(baseline))).or_insert(0) += 1;
        }
        let expected = |track| count.get(&track).copied().unwrap_or(0);
        assert_eq!(
            (expected(Track::Canary), expected(Track::Baseline)),
            (i32::from(canary) * 100, i32::from(baseline) * 100)
        );
    }
}

proptest! {
    #[test]
    fn no_user_leaves_the_canary_when_weights_rise(bucket in 0..BUCKETS, canary in 0u16..5000, more in 0u16..5000, baseline in 0u16..5000, user in ".{1,40}") {
        let bottom = track_of(bucket, share(canary), share(baseline.min(10_000 - canary)));
        let top = track_of(bucket, share(canary + more), share(baseline.min(10_000 - canary - more)));
        prop_assert!(bottom != Track::Canary || top == Track::Canary);
        prop_assert!(bottom != Track::Stable || top != Track::Baseline);
        let cohort = cohort("shop/api", "v2");
        prop_assert_eq!(cohort.bucket(user.as_bytes()), cohort.bucket(user.as_bytes()));
        prop_assert!(cohort.bucket(user.as_bytes()) < BUCKETS);
    }
}

#[test]
fn buckets_are_the_same_in_every_process_and_version() {
    let cohort = cohort("shop/api", "v2");
    let users = ["1", "alice", "0123456789abcdef", "a rather longer key than any id is"];
    assert_eq!(
        users.map(|user| cohort.bucket(user.as_bytes())),
        [531_620, 617_481, 690_097, 955_163],
        "changing these moves every user of every proxy"
    );
}

#[test]
fn each_release_has_other_users() {
    let users = || (0..10_000u64).map(|n| UserId::new(n * 7919).to_string());
    let on_canary = |cohort: &Cohort| -> Vec<String> {
        users()
            .filter(|user| {
                track_of(cohort.bucket(user.as_bytes()), share(1000), Share::ZERO) == Track::Canary
            })
            .collect()
    };
    let first = on_canary(&cohort("shop/api", "v2"));
    // 1,000 expected; six standard deviations are 180.
    assert!((820..1180).contains(&first.len()), "{}", first.len());
    for other in [cohort("shop/api", "v3"), cohort("shop/web", "v2"), cohort("shop/ap", "iv2")] {
        let both = on_canary(&other).iter().filter(|user| first.contains(user)).count();
        // 100 expected for independent releases.
        assert!((40..160).contains(&both), "{both} users are in both");
    }
}

#[test]
fn an_ipv6_network_is_one_user_and_a_mapped_address_is_its_ipv4_one() {
    let cohort = cohort("shop/api", "v2");
    let bucket = |address: &str| cohort.bucket_of_address(address.parse::<IpAddr>().unwrap());
    assert_eq!(bucket("2001:db8::1"), bucket("2001:db8::ffff:1:2:3"));
    assert_ne!(bucket("2001:db8::1"), bucket("2001:db8:0:1::1"));
    assert_eq!(bucket("192.0.2.1"), bucket("::ffff:192.0.2.1"));
    assert_ne!(bucket("192.0.2.1"), bucket("192.0.2.2"));
}

#[test]
fn users_of_a_release_only_move_to_its_canary_and_all_return_at_its_end() {
    let table = |weight: u8| {
        let track = |name: &str| json!({ "service": name, "revision": name, "weight": weight });
        let split = json!({ "epoch": 1, "stableRevision": "v1", "canary": track("canary"), "baseline": track("baseline") });
        World::default()
            .service_with("api", 1, &json!({ "weir.dev/sticky": "cookie:user" }), &json!({}))
            .service("canary", 1)
            .service("baseline", 1)
            .ingress("web", &simple("/", "api"))
            .canary("api", "api", &json!({ "epoch": 1, "split": split }))
            .clean()
    };
    let mut before: Vec<usize> = Vec::new();
    for (weight, expected) in [(5, 100), (20, 400), (50, 1000), (0, 0)] {
        let table = table(weight);
        let track_of = |user: usize| {
            let cookie = format!("user=u{user}");
            let headers = vec![("cookie", cookie.as_str())];
            let head = with(&headers, "h", "/");
            decide(table.find(&head).unwrap(), &head, &mut Turns::new(1)).backend.track
        };
        let on_canary: Vec<usize> = (0..2000).filter(|user| track_of(*user) == Track::Canary).collect();
        assert!(on_canary.len().abs_diff(expected) <= 60, "{} of 2,000 at {weight} %", on_canary.len());
        let left = before.iter().filter(|user| !on_canary.contains(user)).count();
        assert!(weight == 0 || left == 0, "{left} users left the canary at {weight} %");
        before = on_canary;
    }
}
