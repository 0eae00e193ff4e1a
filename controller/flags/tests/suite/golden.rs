//! Values that users depend on: changing them moves every user of every flag.

use weir_flags::bucket::{BUCKETS, Buckets};

const USERS: [&str; 4] = ["1", "alice", "0123456789abcdef", "a rather longer key than any id is"];

#[test]
fn the_hash_is_that_of_sticky_releases() {
    // The golden values of weir-routing (`cohorts`), whose crate cannot be imported here.
    let buckets = Buckets::new("shop/api", "v2");
    assert_eq!(USERS.map(|user| buckets.of(user)), [531_620, 617_481, 690_097, 955_163]);
}

#[test]
fn buckets_of_a_flag_are_the_same_in_every_process_and_version() {
    let buckets = Buckets::new("new-checkout", "flag");
    assert_eq!(USERS.map(|user| buckets.of(user)), [820_192, 57_684, 308_966, 72_323]);
    assert!(USERS.iter().all(|user| buckets.of(user) < BUCKETS));
}

#[test]
fn a_number_is_the_user_that_its_text_is() {
    let buckets = Buckets::new("new-checkout", "flag");
    for number in [0_u64, 42, u64::MAX] {
        assert_eq!(buckets.of(number), buckets.of(number.to_string()));
        assert_eq!(buckets.of(serde_json::Number::from(number)), buckets.of(number));
    }
}
