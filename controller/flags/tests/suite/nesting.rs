//! Shares: how many are in, and that whoever is in stays in while a share grows.

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};
use serde_json::json;
use weir_flags::bucket::Buckets;
use weir_flags::{Flag, FlagSpec, Followed, Release, evaluate};

use crate::fixture::{flag, name, nowhere, share, user};

/// A flag whose variants have these shares, in basis points; the rest gets `rest`.
fn portions(shares: &[(&str, u16)], key: &str) -> Flag {
    let percent = |(variant, points): &(&str, u16)| json!({ "variant": variant, "percent": share(*points) });
    let portions: Vec<_> = shares.iter().map(percent).collect();
    flag(json!({
        "key": key, "defaultVariant": "rest", "variants": { "a": "a", "b": "b", "c": "c", "d": "d", "rest": "rest" },
        "rules": [{ "rollout": { "portions": portions } }],
    }))
}

fn of(flag: &Flag, key: &str) -> String {
    evaluate(flag, &user(key), nowhere).unwrap().variant.unwrap().name.clone()
}

fn following(salt: &str) -> Flag {
    let follows = json!({ "canary": "api", "variant": "on", "salt": salt });
    crate::fixture::with_rules(&json!([{ "follows": follows }]))
}

fn is_in(flag: &Flag, key: &str, basis_points: u16) -> bool {
    let release = |_: &Followed| Some(Release::Weight(share(basis_points)));
    evaluate(flag, &user(key), release).unwrap().value() == Some(&json!(true))
}

#[test]
fn from_nobody_to_everybody_a_user_comes_in_once_and_never_leaves() {
    let flag = following("new-checkout");
    for number in 0..500 {
        let key = format!("user-{number}");
        let mut changes = 0;
        for basis_points in (0..=10_000).step_by(10) {
            let (now, before) =
                (is_in(&flag, &key, basis_points), basis_points > 0 && is_in(&flag, &key, basis_points - 10));
            assert!(now || !before, "{key} left at {basis_points}");
            changes += u32::from(now != before);
        }
        assert_eq!(changes, 1, "{key}: nobody is in at 0 %, everybody at 100 %");
    }
}

#[test]
fn a_user_is_in_where_the_bucket_is_below_the_share() {
    let (flag, buckets) = (following("new-checkout"), Buckets::new("new-checkout", "flag"));
    let users = (0..20_000).map(|number| format!("user-{number}"));
    // Exactly at a share: the first user who is not in.
    let edges: Vec<(String, u32)> = users
        .map(|key| (key.clone(), buckets.of(key)))
        .filter(|(_, bucket)| bucket.is_multiple_of(100))
        .collect();
    assert!(edges.len() > 100, "{}", edges.len());
    for (key, bucket) in edges {
        let share = u16::try_from(bucket / 100).unwrap();
        assert!(!is_in(&flag, &key, share) && is_in(&flag, &key, share + 1), "{key} of bucket {bucket}");
    }
}

#[test]
fn shares_are_what_they_say_within_chance() {
    const USERS: u32 = 20_000;
    for salt in ["one", "two", "three"] {
        let flag = following(salt);
        for basis_points in [0_u16, 1, 100, 500, 1_000, 3_333, 5_000, 9_999, 10_000] {
            let found =
                (0..USERS).filter(|number| is_in(&flag, &format!("user-{number}"), basis_points)).count();
            let (p, n) = (f64::from(basis_points) / 10_000.0, f64::from(USERS));
            // Five standard deviations of the binomial distribution, and one user.
            let bound = 5.0 * (n * p * (1.0 - p)).sqrt() + 1.0;
            let off = (f64::from(u32::try_from(found).unwrap()) - n * p).abs();
            assert!(
                off <= bound,
                "salt {salt}: {found} of {USERS} at {basis_points}/10,000, bound {bound:.0}"
            );
        }
    }
}

#[test]
fn flags_have_other_users_unless_they_share_a_salt() {
    let both = |first: &Flag, second: &Flag| {
        (0..10_000)
            .map(|number| format!("user-{number}"))
            .filter(|key| is_in(first, key, 1_000) && is_in(second, key, 1_000))
            .count()
    };
    let first = following("one");
    // 100 of 10,000 for independent ones, whose standard deviation is 10.
    let independent = both(&first, &following("two"));
    assert!((50..150).contains(&independent), "{independent}");
    let same = both(&first, &following("one"));
    assert!(same > 800, "{same}");
}

#[test]
fn the_salt_is_the_key_whatever_the_flag_is_asked_for_by() {
    let spec = |key: &str, aliases: &[&str]| -> FlagSpec {
        let portions = json!([{ "variant": "on", "percent": 30 }]);
        let rules = json!([{ "rollout": { "portions": portions } }]);
        serde_json::from_value(json!({ "key": key, "aliases": aliases, "variants": { "on": 1, "off": 0 }, "defaultVariant": "off", "rules": rules })).unwrap()
    };
    let of = |flag: &Flag| -> Vec<bool> {
        (0..200)
            .map(|n| evaluate(flag, &user(n.to_string()), nowhere).unwrap().value() == Some(&json!(1)))
            .collect()
    };
    let make = |spec: FlagSpec, object: &str| Flag::new(spec, &name(object)).unwrap();
    let first = of(&make(spec("k", &[]), "x"));
    assert_eq!(first, of(&make(spec("k", &["other"]), "y")));
    assert_ne!(first, of(&make(spec("l", &[]), "x")));
}

#[test]
fn portions_are_counted_exactly() {
    let shares = [("a", 1_000), ("b", 2_000), ("c", 500), ("d", 1_500)];
    let flag = portions(&shares, "exact");
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for number in 0..50_000 {
        *counts.entry(of(&flag, &number.to_string())).or_default() += 1;
    }
    for (variant, points) in shares.into_iter().chain([("rest", 5_000)]) {
        let expected = u32::from(points) * 5;
        // Five standard deviations of the largest are 560.
        assert!(counts[variant].abs_diff(expected) < 560, "{counts:?}");
    }
}

#[test]
fn two_portions_grow_from_both_ends_and_take_nobody_from_each_other() {
    let of_shares = |a: u16, b: u16| -> Vec<String> {
        let flag = portions(&[("a", a), ("b", b)], "ends");
        (0..2_000).map(|number| of(&flag, &number.to_string())).collect()
    };
    let before = of_shares(1_000, 2_000);
    for (a, b, grows) in [(3_000, 2_000, "a"), (1_000, 5_000, "b"), (8_000, 2_000, "a")] {
        let after = of_shares(a, b);
        let moved = before.iter().zip(&after).filter(|(before, after)| before != after);
        assert!(moved.clone().all(|(before, after)| before == "rest" && after == grows), "{a} {b}");
        assert!(moved.count() > 200, "{a} {b}");
    }
}

/// Four shares, and what one of them grows by at the cost of the rest.
fn growing() -> impl Strategy<Value = ([u16; 4], usize, u16)> {
    ([0_u16..2_000, 0_u16..2_000, 0_u16..2_000, 0_u16..2_000], 0_usize..4, 1_u16..2_000)
}

proptest! {
    #[test]
    fn a_share_that_grows_keeps_its_users_and_those_of_shares_listed_before((shares, which, more) in growing(), key in "[a-z0-9-]{1,30}") {
        let names = ["a", "b", "c", "d"];
        let of_shares = |shares: [u16; 4]| {
            let listed: Vec<(&str, u16)> = names.into_iter().zip(shares).collect();
            of(&portions(&listed, "grows"), &key)
        };
        let before = of_shares(shares);
        let mut grown = shares;
        grown[which] += more;
        let after = of_shares(grown);
        let place = |variant: &str| names.iter().position(|name| *name == variant).unwrap_or(4);
        if place(&before) <= which {
            prop_assert_eq!(&before, &after, "{:?} -> {:?}", shares, grown);
        }
        // One more at the end of the list moves only the rest.
        let shorter: Vec<(&str, u16)> = names.into_iter().zip(shares).take(3).collect();
        let shorter = of(&portions(&shorter, "grows"), &key);
        prop_assert!(shorter == before || (shorter == "rest" && before == "d"), "{} {}", shorter, before);
    }
}
