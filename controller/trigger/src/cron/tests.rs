//! When schedules are due.

use jiff::Timestamp;
use proptest::prelude::{Just, ProptestConfig, prop_assert_eq, prop_oneof, proptest};

use super::{Due, Invalid, Schedule, zone};

fn schedule(text: &str, name: &str) -> Schedule {
    Schedule::new(text, zone(Some(name)).unwrap(), "cart").unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The next times after this one.
fn times(text: &str, name: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = schedule(text, name);
    let next = |now: &Timestamp| schedule.next_after(*now);
    std::iter::successors(next(&at(from)), next).take(count).map(|time| time.to_string()).collect()
}

#[test]
fn five_fields_are_crontab_s() {
    for (text, expected) in [
        ("30 4 * * *", ["2026-03-03T04:30:00Z", "2026-03-04T04:30:00Z"]),
        ("*/20 * * * *", ["2026-03-02T10:20:00Z", "2026-03-02T10:40:00Z"]),
        ("0 9-17/4 * * 1-5", ["2026-03-02T13:00:00Z", "2026-03-02T17:00:00Z"]),
        ("0 0 1,15 * *", ["2026-03-15T00:00:00Z", "2026-04-01T00:00:00Z"]),
        ("0 0 L * *", ["2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"]),
        ("0 0 * * SUN", ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]),
        ("0 0 * * 7", ["2026-03-08T00:00:00Z", "2026-03-15T00:00:00Z"]),
        ("0 0 29 FEB *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
        ("0 0 13 * 5", ["2026-03-06T00:00:00Z", "2026-03-13T00:00:00Z"]),
    ] {
        assert_eq!(times(text, "UTC", "2026-03-02T10:00:00Z", 2), expected, "{text}");
    }
    assert_eq!(times("0 0 L * *", "UTC", "2026-12-30T10:00:00Z", 1), ["2026-12-31T00:00:00Z"]);
}

#[test]
fn six_and_seven_fields_are_quartz_s() {
    for (text, expected) in [
        ("0 0 12 * * ?", ["2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z"]),
        ("15 0/30 * * * ?", ["2026-03-02T10:00:15Z", "2026-03-02T10:30:15Z"]),
        ("0 0 12 ? * 2-6", ["2026-03-02T12:00:00Z", "2026-03-03T12:00:00Z"]),
        ("0 0 12 ? * 1", ["2026-03-08T12:00:00Z", "2026-03-15T12:00:00Z"]),
        ("0 15 10 ? * 6L", ["2026-03-27T10:15:00Z", "2026-04-24T10:15:00Z"]),
        ("0 15 10 ? * 6#3", ["2026-03-20T10:15:00Z", "2026-04-17T10:15:00Z"]),
        ("0 0 12 1 1 ? 2027-2028", ["2027-01-01T12:00:00Z", "2028-01-01T12:00:00Z"]),
    ] {
        assert_eq!(times(text, "UTC", "2026-03-02T10:00:00Z", 2), expected, "{text}");
    }
    assert_eq!(times("0 0 12 1 1 ? 2027", "UTC", "2027-06-01T00:00:00Z", 1), [""; 0], "it is over");
}

#[test]
fn a_time_is_that_of_the_zone_s_clock_also_when_it_is_changed() {
    // Lisbon goes forward on 2026-03-29 at 01:00 UTC (01:00 becomes 02:00), and back on 2026-10-25 at 01:00 UTC (02:00 becomes 01:00).
    for (text, from, expected) in [
        (
            "0 9 * * *",
            "2026-03-28T00:00:00Z",
            ["2026-03-28T09:00:00Z", "2026-03-29T08:00:00Z", "2026-03-30T08:00:00Z"],
        ),
        (
            "30 1 * * *",
            "2026-03-28T00:00:00Z",
            ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
        ),
        (
            "30 1 * * *",
            "2026-10-24T12:00:00Z",
            ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z", "2026-10-27T01:30:00Z"],
        ),
        (
            "0 * * * *",
            "2026-10-25T00:00:00Z",
            ["2026-10-25T01:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00Z"],
        ),
    ] {
        assert_eq!(times(text, "Europe/Lisbon", from, 3), expected, "{text}");
    }
}

#[test]
fn an_h_is_another_value_for_each_pipeline_and_always_the_same() {
    let first = |text: &str, name: &str| {
        let schedule = Schedule::new(text, zone(None).unwrap(), name).unwrap();
        schedule.next_after(at("2026-03-02T00:00:00Z")).unwrap()
    };
    let minutes: std::collections::BTreeSet<String> =
        (0..50).map(|number| first("H H * * *", &format!("p{number}")).to_string()).collect();
    assert!(minutes.len() > 40, "fifty pipelines are spread: {}", minutes.len());
    assert_eq!(first("H H * * *", "cart"), first("H H * * *", "cart"));
    for (text, least, most) in
        [("H(0-29) 3 * * *", 0, 29), ("H/15 3 * * *", 0, 14), ("H(10-20)/5 3 * * *", 10, 14)]
    {
        for number in 0..20 {
            let time = first(text, &format!("p{number}")).to_string();
            let minute: u32 = time[14..16].parse().unwrap();
            assert!((least..=most).contains(&minute) && &time[11..13] == "03", "{text}: {time}");
        }
    }
    assert_eq!(
        times("0 4 * * THU", "UTC", "2026-03-02T00:00:00Z", 1),
        ["2026-03-05T04:00:00Z"],
        "no H of its own"
    );
    for text in [
        "H(5-2) * * * *",
        "H(0-60) * * * *",
        "H/0 * * * *",
        "H/60 * * * *",
        "HH * * * *",
        "H( * * * *",
        "(1-2) * * * *",
        "H(1-2)/x * * * *",
    ] {
        assert!(matches!(Schedule::new(text, zone(None).unwrap(), ""), Err(Invalid::Hashed(..))), "{text}");
    }
}

#[test]
fn what_is_no_schedule_is_told_with_a_way_out() {
    let refuse = |text: &str| Schedule::new(text, zone(None).unwrap(), "").unwrap_err();
    for (text, expected) in [
        ("", Invalid::Fields(0)),
        ("* * * *", Invalid::Fields(4)),
        ("* * * * * * * *", Invalid::Fields(8)),
        ("@daily", Invalid::Sign('@')),
        ("0 4 * * ×", Invalid::Sign('×')),
        ("* * * * * ?", Invalid::Second("*".to_owned())),
        ("0/5 * * * * ?", Invalid::Second("0/5".to_owned())),
        ("60 * * * * ?", Invalid::Second("60".to_owned())),
        ("0 0 0 1 * MON", Invalid::TwoDays),
        ("0 0 30 2 *", Invalid::Never),
        ("0 0 12 1 1 ? 1969", Invalid::Never),
    ] {
        assert_eq!(refuse(text), expected, "{text}");
    }
    for text in [
        "61 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "*/0 * * * *",
        "5-1 * * * *",
        "a * * * *",
    ] {
        assert!(matches!(refuse(text), Invalid::Field(_)), "{text}: {:?}", refuse(text));
    }
    assert_eq!(zone(Some("Mars/Olympus")).unwrap_err().to_string(), "there is no time zone \"Mars/Olympus\"");
}

#[test]
fn however_long_nobody_looked_one_run_makes_up_for_it() {
    let hourly = schedule("0 * * * *", "UTC");
    let due = |since: &str, now: &str| hourly.due(at(since), at(now));
    assert_eq!(due("2026-03-02T10:00:00Z", "2026-03-02T10:59:59Z"), None);
    let one = Due { scheduled: at("2026-03-02T11:00:00Z"), missed_others: false };
    assert_eq!(due("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"), Some(one), "the minute itself");
    assert_eq!(due("2026-03-02T10:30:00Z", "2026-03-02T11:30:00Z"), Some(one));
    let last = Due { scheduled: at("2026-03-09T08:00:00Z"), missed_others: true };
    assert_eq!(due("2026-03-02T10:00:00Z", "2026-03-09T08:20:00Z"), Some(last), "a week of them is one");
    assert_eq!(due("2026-03-09T08:00:00Z", "2026-03-09T08:20:00Z"), None, "looked at from there it is done");
    assert_eq!(due("2026-03-09T08:00:00Z", "2026-03-09T07:00:00Z"), None, "a clock that was put back");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    /// What is due is the last of the times that come one after the other, whatever clocks do between.
    #[test]
    fn what_is_due_is_the_last_time_that_came(
        text in prop_oneof![Just("30 1 * * *"), Just("0 * * * *"), Just("*/20 1,2 * * *"), Just("0 15 1 ? * 1"), Just("59 0 * * *")],
        name in prop_oneof![Just("UTC"), Just("Europe/Lisbon"), Just("America/New_York"), Just("Australia/Lord_Howe")],
        since in 1_772_000_000_i64..1_796_000_000,
        seconds in 0_i64..200_000,
    ) {
        let schedule = schedule(text, name);
        let (since, now) = (Timestamp::from_second(since).unwrap(), Timestamp::from_second(since + seconds).unwrap());
        let next = |now: &Timestamp| schedule.next_after(*now);
        let came: Vec<Timestamp> = std::iter::successors(next(&since), next).take_while(|time| *time <= now).collect();
        let due = schedule.due(since, now);
        prop_assert_eq!(due.map(|due| due.scheduled), came.last().copied());
        prop_assert_eq!(due.is_some_and(|due| due.missed_others), came.len() > 1);
    }
}
