//! A storm of pushes: none lost, each started once, and memory bounded.

use jiff::SignedDuration;
use serde_json::json;
use weir_trigger::Provider::GitHub;
use weir_trigger::delivery::Content;
use weir_trigger::event::change::{MOST_PATHS, MOST_TEXT_BYTES};
use weir_trigger::seen::Bounds;
use weir_trigger::{Event, Seen};

use crate::fixture::{NEW, OLD, Sent, now, push, subscription};

#[test]
fn five_hundred_in_ten_seconds_start_as_many_runs_also_when_each_comes_twice() {
    let wanted =
        subscription(r#"{"github": {"repository": "shop/cart", "branches": ["main"], "secret": "hooks"}}"#);
    let mut seen = Seen::default();
    let (mut started, mut refused) = (0, 0);
    for turn in 0..1_000_u32 {
        let number = turn / 2;
        let mut body = push("refs/heads/main", OLD, NEW);
        body["after"] = json!(format!("{:040x}", number + 1));
        let delivery = Sent::new(GitHub, "push", &format!("d{number}"), &body).receive().unwrap();
        match seen.take(
            &delivery,
            now() + SignedDuration::from_millis(i64::from(turn) * 10),
            &Bounds::default(),
        ) {
            Ok(()) => {
                let Content::Events(events) = delivery.content else { panic!("{delivery:?}") };
                started += events.iter().filter(|event| wanted.wants(event).is_ok()).count();
            }
            Err(refusal) => {
                assert_eq!(refusal.status(), 409);
                refused += 1;
            }
        }
    }
    assert_eq!((started, refused, seen.len()), (500, 500, 1_000));
}

#[test]
fn fifty_a_second_are_remembered_without_end_and_without_more_memory() {
    let bounds = Bounds::default();
    let mut seen = Seen::default();
    let mut refused = 0;
    for number in 0..40_000_i64 {
        let delivery = Sent::new(GitHub, "ping", &format!("d{number}"), &json!(number)).receive().unwrap();
        let at = now() + SignedDuration::from_millis(number * 20);
        refused += usize::from(seen.take(&delivery, at, &bounds).is_err());
        assert!(seen.len() <= bounds.most);
    }
    assert_eq!(refused, 0);
}

#[test]
fn what_is_kept_of_a_call_is_small_whatever_was_sent() {
    let mut body = push("refs/heads/main", OLD, NEW);
    let files: Vec<String> = (0..=MOST_PATHS).map(|number| format!("src/{number}.rs")).collect();
    body["head_commit"]["message"] = json!("ü".repeat(100_000));
    body["commits"][0]["added"] = json!(files);
    let events = Sent::new(GitHub, "push", "d1", &body).events();
    let [Event::Forge { change, payload, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(change.message.as_ref().map(String::len), Some(MOST_TEXT_BYTES));
    assert_eq!(
        (&change.paths, payload),
        (&None, &None),
        "of so many nobody is told, and such a body is not kept"
    );
    let stored = serde_json::to_string(&events).unwrap();
    assert!(stored.len() < 2 * MOST_TEXT_BYTES, "{}", stored.len());
    assert_eq!(serde_json::from_str::<Vec<Event>>(&stored).unwrap(), events);
}
