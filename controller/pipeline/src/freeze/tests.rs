//! When freezes are in force, on the clocks of their zones.

use jiff::Timestamp;

use super::{Force, Times};
use crate::definition::Freeze;

fn times(spec: &str) -> Times {
    read(spec).unwrap()
}

fn read(spec: &str) -> Result<Times, String> {
    let written = format!(r#"{{"reason": "books", "owner": "finance", {spec}}}"#);
    let freeze: Freeze = serde_json::from_str(&written).unwrap();
    Times::new(&freeze)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn until(text: &str) -> Force {
    Force::On(Some(at(text)))
}

#[test]
fn it_is_in_force_from_its_begin_until_its_end_on_the_clocks_of_its_zone() {
    let times = times(r#""from": "2026-12-18T18:00", "until": "2027-01-04", "timeZone": "Europe/Berlin""#);
    assert_eq!(times.force(at("2026-12-18T16:59:59Z")), Force::Off);
    assert_eq!(times.force(at("2026-12-18T17:00:00Z")), until("2027-01-03T23:00:00Z"));
    assert_eq!(times.force(at("2027-01-03T22:59:59Z")), until("2027-01-03T23:00:00Z"));
    assert_eq!(times.force(at("2027-01-03T23:00:00Z")), Force::Off);
    assert_eq!(
        super::Times::new(&serde_json::from_str(r#"{"reason": "r", "owner": "o"}"#).unwrap())
            .unwrap()
            .force(at("2026-01-01T00:00:00Z")),
        Force::On(None)
    );
}

#[test]
fn its_windows_are_those_of_the_zone_also_when_the_clock_is_changed() {
    // Clocks are put back on 25 October 2026 at 03:00, to 02:00, and forward on 28 March 2027 at 02:00.
    let weekends = times(
        r#""timeZone": "Europe/Berlin", "windows": [{"days": ["friday"], "hours": ["16:00-23:59"]}, {"days": ["saturday", "sunday"]}]"#,
    );
    assert_eq!(weekends.force(at("2026-10-23T13:59:59Z")), Force::Off);
    assert_eq!(weekends.force(at("2026-10-23T14:00:00Z")), until("2026-10-25T23:00:00Z"), "one hour longer");
    assert_eq!(weekends.force(at("2026-10-25T22:59:59Z")), until("2026-10-25T23:00:00Z"));
    assert_eq!(weekends.force(at("2026-10-25T23:00:00Z")), Force::Off);
    assert_eq!(weekends.force(at("2027-03-26T15:00:00Z")), until("2027-03-28T22:00:00Z"), "one hour shorter");
    let night = times(r#""timeZone": "Europe/Berlin", "windows": [{"hours": ["01:30-02:29"]}]"#);
    assert_eq!(night.force(at("2027-03-28T00:30:00Z")), until("2027-03-28T01:01:00Z"), "its end is skipped");
    assert_eq!(night.force(at("2026-10-25T00:00:00Z")), until("2026-10-25T00:30:00Z"));
    assert_eq!(
        night.force(at("2026-10-25T01:00:00Z")),
        until("2026-10-25T01:30:00Z"),
        "2 o'clock comes again"
    );
}

#[test]
fn its_windows_count_between_its_begin_and_its_end_and_may_be_all_the_time() {
    let both = times(
        r#""from": "2026-11-23T10:00:00Z", "until": "2026-11-24T10:00:00Z", "windows": [{"hours": ["09:00-16:59"]}]"#,
    );
    for (now, expected) in [
        ("2026-11-23T09:30:00Z", Force::Off),
        ("2026-11-23T10:00:00Z", until("2026-11-23T17:00:00Z")),
        ("2026-11-23T17:00:00Z", Force::Off),
        ("2026-11-24T09:00:00Z", until("2026-11-24T10:00:00Z")),
        ("2026-11-24T10:00:00Z", Force::Off),
    ] {
        assert_eq!(both.force(at(now)), expected, "{now}");
    }
    assert_eq!(times(r#""windows": [{}]"#).force(at("2026-11-23T10:00:00Z")), Force::On(None));
}

#[test]
fn what_is_no_time_is_told_and_how_to_write_it() {
    for (spec, expected) in [
        (r#""from": "yesterday""#, "from: \"yesterday\" is no time: write it as 2026-12-18T18:00"),
        (r#""from": "2026-12-18T18:00", "until": "2026-12-18T18:00""#, "until: it ends before it begins"),
        (r#""timeZone": "Europe/Berlim""#, "timeZone: there is no time zone \"Europe/Berlim\": did you mean"),
        (r#""windows": [{"hours": ["9-17"]}]"#, "windows[0].hours[0]: \"9-17\" is not a span of hours"),
        (r#""windows": [{"jitter": {"max": "1m"}}]"#, "windows[0].jitter: a freeze has none"),
    ] {
        let told = read(spec).unwrap_err();
        assert!(told.starts_with(expected), "{told}");
    }
}
