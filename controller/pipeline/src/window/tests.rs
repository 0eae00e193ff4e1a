//! Windows through midnight, weeks and clock changes. Europe/Berlin skips 02:00-03:00 on 2026-03-29 and shows it twice on 2026-10-25.

use jiff::Timestamp;

use super::{Schedule, zone};
use crate::definition::Window;
use crate::span::Span;

fn schedule(window: &str, name: &str) -> Schedule {
    let window: Window = serde_json::from_str(window).unwrap();
    Schedule::new(&window, &zone(Some(name), "timeZone").unwrap(), "windows.w").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn opens(schedule: &Schedule, now: &str) -> Option<String> {
    schedule.next_opening(at(now)).map(|opening| opening.to_string())
}

#[test]
fn a_window_opens_and_closes_to_the_minute_in_its_zone() {
    let office = schedule(r#"{"days": ["monday", "tuesday"], "hours": ["09:15-17:30"]}"#, "Europe/Berlin");
    for (now, open) in [
        ("2026-11-23T08:14:59Z", false),
        ("2026-11-23T08:15:00Z", true),
        ("2026-11-23T16:30:59Z", true),
        ("2026-11-23T16:31:00Z", false),
        ("2026-11-25T10:00:00Z", false),
        // In summer the same hours are an hour earlier.
        ("2026-07-20T07:15:00Z", true),
    ] {
        assert_eq!(office.is_open(at(now)), open, "{now}");
    }
    assert_eq!(opens(&office, "2026-11-23T08:15:30Z").unwrap(), "2026-11-23T08:15:30Z", "it is open");
    assert_eq!(opens(&office, "2026-11-23T16:31:00Z").unwrap(), "2026-11-24T08:15:00Z");
    assert_eq!(opens(&office, "2026-11-24T17:00:00Z").unwrap(), "2026-11-30T08:15:00Z");
}

#[test]
fn hours_through_midnight_belong_to_the_day_on_which_they_begin() {
    let night = schedule(r#"{"days": ["friday"], "hours": ["22:00-02:00"]}"#, "UTC");
    for (now, open) in [
        ("2026-11-27T01:00:00Z", false),
        ("2026-11-27T22:00:00Z", true),
        ("2026-11-28T02:00:59Z", true),
        ("2026-11-28T02:01:00Z", false),
        ("2026-11-28T22:00:00Z", false),
    ] {
        assert_eq!(night.is_open(at(now)), open, "{now}");
    }
}

#[test]
fn a_minute_that_has_just_gone_comes_again_within_the_week() {
    let minute = schedule(r#"{"days": ["sunday"], "hours": ["12:00-12:00"]}"#, "Europe/Berlin");
    assert_eq!(opens(&minute, "2026-10-18T10:01:00Z").unwrap(), "2026-10-25T11:00:00Z", "7 days and an hour");
    let days_alone = schedule(r#"{"days": ["sunday"]}"#, "Europe/Berlin");
    assert_eq!(opens(&days_alone, "2026-10-19T10:00:00Z").unwrap(), "2026-10-24T22:00:00Z");
}

#[test]
fn hours_that_the_clock_skips_open_in_the_first_minute_after() {
    let inside = schedule(r#"{"hours": ["02:15-02:45"]}"#, "Europe/Berlin");
    assert_eq!(
        opens(&inside, "2026-03-28T12:00:00Z").unwrap(),
        "2026-03-29T01:00:00Z",
        "03:00 in summer time"
    );
    assert!(inside.is_open(at("2026-03-29T01:00:59Z")) && !inside.is_open(at("2026-03-29T01:01:00Z")));
    assert_eq!(
        opens(&inside, "2026-03-29T01:01:00Z").unwrap(),
        "2026-03-30T00:15:00Z",
        "02:15 in summer time"
    );
    let across = schedule(r#"{"hours": ["02:30-03:30"]}"#, "Europe/Berlin");
    assert_eq!(opens(&across, "2026-03-29T00:30:00Z").unwrap(), "2026-03-29T01:00:00Z");
    assert!(across.is_open(at("2026-03-29T01:30:59Z")) && !across.is_open(at("2026-03-29T01:31:00Z")));
    let elsewhere = schedule(r#"{"hours": ["05:00-06:00"]}"#, "Europe/Berlin");
    assert!(!elsewhere.is_open(at("2026-03-29T01:00:00Z")));
}

#[test]
fn hours_that_the_clock_shows_twice_are_open_twice() {
    let inside = schedule(r#"{"hours": ["02:15-02:45"]}"#, "Europe/Berlin");
    assert_eq!(opens(&inside, "2026-10-24T23:00:00Z").unwrap(), "2026-10-25T00:15:00Z");
    assert!(!inside.is_open(at("2026-10-25T00:46:00Z")));
    assert_eq!(opens(&inside, "2026-10-25T00:46:00Z").unwrap(), "2026-10-25T01:15:00Z");
    assert_eq!(opens(&inside, "2026-10-25T01:46:00Z").unwrap(), "2026-10-26T01:15:00Z");
    // Put back at 03:00, the clock lands inside of these hours without having shown their first minute.
    let landed = schedule(r#"{"days": ["sunday"], "hours": ["01:00-02:30"]}"#, "Europe/Berlin");
    assert_eq!(opens(&landed, "2026-10-25T00:31:00Z").unwrap(), "2026-10-25T01:00:00Z");
}

#[test]
fn a_day_that_a_zone_left_out_opens_when_it_is_over() {
    // Samoa had no 2011-12-30, a Friday.
    let friday = schedule(r#"{"days": ["friday"], "hours": ["10:00-11:00"]}"#, "Pacific/Apia");
    assert_eq!(opens(&friday, "2011-12-29T12:00:00Z").unwrap(), "2011-12-30T10:00:00Z");
}

#[test]
fn a_delay_is_drawn_by_its_key_and_spares_who_starts_by_hand() {
    let window = r#"{"hours": ["09:00-10:00"], "jitter": {"min": "1m", "max": "10m", "skipManual": true}}"#;
    let jittered = schedule(window, "UTC");
    let delay = jittered.delay("run.deploy.1", false);
    assert_eq!(delay, jittered.delay("run.deploy.1", false));
    assert_ne!(delay, jittered.delay("run.deploy.2", false));
    for run in 0..100 {
        let delay = jittered.delay(&format!("{run}.deploy.1"), false);
        assert!((Span::minutes(1)..=Span::minutes(10)).contains(&delay), "{delay}");
    }
    assert_eq!(jittered.delay("run.deploy.1", true), Span::default());
}

#[test]
fn bad_hours_jitters_and_zones_are_named_with_a_way_out() {
    let refuse = |window: &str| {
        let window: Window = serde_json::from_str(window).unwrap();
        let problems = Schedule::new(&window, &jiff::tz::TimeZone::UTC, "windows.w").unwrap_err();
        problems.into_iter().map(|problem| problem.to_string()).collect::<Vec<_>>()
    };
    let bad = refuse(r#"{"hours": ["9 to 5", "08:00-09:00", "09:00-24:00"]}"#);
    assert_eq!(bad.len(), 2, "{bad:?}");
    assert!(
        bad[0].starts_with("windows.w.hours[0]: \"9 to 5\" is not a span of hours: write it as"),
        "{bad:?}"
    );
    let late = refuse(r#"{"hours": ["09:00-09:09"], "jitter": {"max": "10m"}}"#);
    assert!(late[0].starts_with("windows.w.jitter.max: 10m is not shorter than"), "{late:?}");
    let reversed = refuse(r#"{"jitter": {"min": "10m", "max": "5m"}}"#);
    assert!(reversed[0].starts_with("windows.w.jitter.min: 10m is longer than max"), "{reversed:?}");
    let unknown = zone(Some("Europe/Berln"), "timeZone").unwrap_err().to_string();
    assert_eq!(unknown, "timeZone: there is no time zone \"Europe/Berln\": did you mean \"Europe/Berlin\"?");
    assert!(zone(Some("Mars"), "timeZone").unwrap_err().mend.contains("IANA"));
}
