//! Which deliveries were here before.

use jiff::SignedDuration;
use serde_json::json;
use weir_trigger::Provider::{Bitbucket, GitHub, Gitea, Webhook};
use weir_trigger::seen::Bounds;
use weir_trigger::{Delivery, Refusal, Seen};

use crate::fixture::{NEW, OLD, Sent, now, push};

fn secs(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn hook(id: &str) -> Delivery {
    Sent::new(Webhook, "", id, &json!({})).receive().unwrap()
}

#[test]
fn the_same_delivery_is_taken_once() {
    let mut seen = Seen::default();
    let bounds = Bounds::default();
    assert_eq!(seen.take(&hook("a"), now(), &bounds), Ok(()));
    let again = seen.take(&hook("a"), now() + secs(599), &bounds).unwrap_err();
    assert_eq!((again.status().as_u16(), again), (409, Refusal::AlreadySeen("a".to_owned())));
    assert_eq!(seen.take(&hook("b"), now(), &bounds), Ok(()));
    assert_eq!(seen.len(), 2);
}

#[test]
fn where_the_name_is_not_signed_the_body_is_recognised_too() {
    for (provider, event) in [(GitHub, "push"), (Gitea, "push"), (Bitbucket, "repo:fork")] {
        let body = push("refs/heads/main", OLD, NEW);
        let sent = |id: &str| Sent::new(provider, event, id, &body).receive().unwrap();
        let mut seen = Seen::default();
        seen.take(&sent("first"), now(), &Bounds::default()).unwrap();
        let renamed = seen.take(&sent("second"), now(), &Bounds::default());
        assert_eq!(renamed, Err(Refusal::AlreadySeen("second".to_owned())), "{provider}");
    }
}

#[test]
fn names_of_one_provider_say_nothing_about_another_s() {
    let mut seen = Seen::default();
    for provider in [GitHub, Gitea] {
        let delivery =
            Sent::new(provider, "push", "same", &push("refs/heads/main", OLD, NEW)).receive().unwrap();
        assert_eq!(seen.take(&delivery, now(), &Bounds::default()), Ok(()), "{provider}");
    }
}

#[test]
fn it_survives_a_restart() {
    let mut seen = Seen::default();
    seen.take(&hook("a"), now(), &Bounds::default()).unwrap();
    seen.take(&hook("b"), now() + secs(5), &Bounds::default()).unwrap();
    let stored = serde_json::to_string(&seen).unwrap();
    let mut again: Seen = serde_json::from_str(&stored).unwrap();
    assert_eq!(again, seen);
    assert_eq!(again.take(&hook("a"), now() + secs(9), &Bounds::default()).unwrap_err().status(), 409);
    assert!(serde_json::from_str::<Seen>(r#"[[1, "not hexadecimal"]]"#).is_err());
}

#[test]
fn what_is_within_the_replay_window_is_never_forgotten_and_older_ones_make_room() {
    let bounds = Bounds { replay: secs(10), keep: secs(1_000), most: 3 };
    let mut seen = Seen::default();
    for (id, second) in [("a", 0), ("b", 5), ("c", 6)] {
        seen.take(&hook(id), now() + secs(second), &bounds).unwrap();
    }
    let full = seen.take(&hook("d"), now() + secs(10), &bounds).unwrap_err();
    assert_eq!((full.status().as_u16(), full), (503, Refusal::Full(secs(1))), "a may go in a second");
    assert_eq!(
        seen.take(&hook("a"), now() + secs(10), &bounds).unwrap_err().status(),
        409,
        "and was not forgotten"
    );
    assert_eq!(seen.take(&hook("d"), now() + secs(11), &bounds), Ok(()));
    assert_eq!(seen.len(), 3);
    assert_eq!(seen.take(&hook("b"), now() + secs(11), &bounds).unwrap_err().status(), 409);
}

#[test]
fn what_is_older_than_it_is_kept_goes() {
    let bounds = Bounds { replay: secs(10), keep: secs(100), most: 10 };
    let mut seen = Seen::default();
    seen.take(&hook("a"), now(), &bounds).unwrap();
    assert_eq!(seen.take(&hook("a"), now() + secs(100), &bounds).unwrap_err().status(), 409);
    assert_eq!(seen.take(&hook("a"), now() + secs(101), &bounds), Ok(()));
    assert_eq!(seen.len(), 1);
}

#[test]
fn a_clock_that_was_ahead_neither_forgets_nor_blocks() {
    let bounds = Bounds { replay: secs(10), keep: secs(100), most: 1 };
    let mut seen = Seen::default();
    seen.take(&hook("a"), now() + secs(86_400), &bounds).unwrap();
    assert_eq!(seen.take(&hook("a"), now(), &bounds).unwrap_err().status(), 409);
    assert_eq!(seen.take(&hook("b"), now() + secs(1), &bounds).unwrap_err().status(), 503);
    assert_eq!(seen.take(&hook("b"), now() + secs(11), &bounds), Ok(()));
}

#[test]
fn what_could_not_be_stored_may_come_again() {
    let mut seen = Seen::default();
    seen.take(&hook("a"), now(), &Bounds::default()).unwrap();
    seen.forget(&hook("a"));
    assert!(seen.is_empty());
    assert_eq!(seen.take(&hook("a"), now(), &Bounds::default()), Ok(()));
}
