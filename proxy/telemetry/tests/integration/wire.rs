//! Rules of the wire form: it comes back, it stays small, it tolerates what is new and refuses the rest without falling over.

use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::window::Windows;
use weir_telemetry::wire::{Report, WireError};

use crate::proxy::{Proxy, Request};

fn small_report() -> Report {
    let mut proxy = Proxy::start("proxy-0", 1_700_000_000_000_000);
    for (track, total_micros, outcome) in [
        ("stable", 3_100, Outcome::Success),
        ("stable", 47_000, Outcome::ClientError),
        ("canary", 90, Outcome::Truncated),
    ] {
        proxy.serve(track, 0, Request { outcome, total_micros, first_byte_micros: Some(80), warmup: false });
    }
    proxy.serve(
        "canary",
        1,
        Request { outcome: Outcome::ConnectFailed, total_micros: 20, first_byte_micros: None, warmup: true },
    );
    proxy.report()
}

fn text(report: &Report) -> String {
    String::from_utf8(report.to_json().unwrap()).unwrap()
}

/// The message with its causes, as a log shows it.
fn refusal(text: &str) -> String {
    let error = Report::from_json(text.as_bytes()).expect_err(text);
    let mut message = error.to_string();
    if let WireError::Malformed(cause) = error {
        write!(message, ": {cause}").unwrap();
    }
    message
}

#[test]
fn a_report_comes_back_unchanged() {
    let report = small_report();
    assert_eq!(Report::from_json(&report.to_json().unwrap()).unwrap(), report);
}

/// The text is the contract between releases: a change here is another version.
#[test]
fn version_1_is_written_like_this() {
    let canary = concat!(
        r#"{"route":"shop/web/*/api","service":"shop/api","track":"canary","revision":"canary-7d9f","#,
        r#""outcomes":{"connect_failed":1,"truncated":1},"duration":{"sumMicros":90,"buckets":[90,1]},"#,
        r#""warmup":{"sumMicros":20,"buckets":[20,1]},"firstByte":{"sumMicros":80,"buckets":[80,1]},"#,
        r#""inFlight":0,"retries":0,"rescued":0}"#,
    );
    let head = concat!(
        r#"{"version":1,"instance":"proxy-0","startedAtUnixMicros":1700000000000000,"#,
        r#""generatedAtUnixMicros":1700000001000000,"epochs":{"shop/api":7},"series":["#,
    );
    let text = text(&small_report());
    assert!(text.starts_with(&format!("{head}{canary}")), "{text}");
}

#[test]
fn fields_that_are_not_known_are_ignored() {
    let report = small_report();
    let newer = text(&report)
        .replace(r#""instance""#, r#""zone":{"name":"a"},"instance""#)
        .replace(r#""route""#, r#""ingressClass":"weir","route""#)
        .replace(r#""sumMicros""#, r#""unit":"us","sumMicros""#);
    assert_ne!(newer, text(&report));
    assert_eq!(Report::from_json(newer.as_bytes()).unwrap(), report);
}

/// What an older proxy does not write and an older controller does not know.
#[test]
fn trips_and_groups_are_optional() {
    let older = text(&small_report());
    assert!(!older.contains("trips") && !older.contains("group"), "{older}");
    let newer = older
        .replace(
            r#""epochs""#,
            r#""trips":{"shop/api":{"sinceEpoch":3,"atUnixMicros":5,"kind":"burst","reason":"7 of 7"}},"epochs""#,
        )
        .replacen(r#""revision":"canary-7d9f","#, r#""revision":"canary-7d9f","group":"matched","#, 1);
    let report = Report::from_json(newer.as_bytes()).unwrap();
    assert_eq!((report.trips["shop/api"].since_epoch, &*report.trips["shop/api"].kind), (3, "burst"));
    assert_eq!(report.series[0].key.group, "matched");
    assert_eq!(Report::from_json(&report.to_json().unwrap()).unwrap(), report);
}

#[test]
fn another_version_is_refused_by_its_number() {
    let version_2 = text(&small_report()).replace(r#""version":1"#, r#""version":2"#);
    let entirely_different = r#"{"version":4294967296,"shards":[1,2]}"#;
    for (text, found) in [(version_2.as_str(), "version 2,"), (entirely_different, "version 4294967296,")] {
        let message = refusal(text);
        assert!(message.contains(found) && message.contains("reads version 1"), "{message}");
    }
}

#[test]
fn what_is_no_report_is_refused_with_the_place() {
    let report = text(&small_report());
    for (text, reason) in [
        (String::new(), "EOF"),
        ("<html>".to_owned(), "line 1 column 1"),
        ("{}".to_owned(), "missing field `version`"),
        (report.replace(r#""instance":"proxy-0","#, ""), "missing field `instance`"),
        (report.replace("connect_failed", "meteor"), r#"unknown outcome "meteor""#),
        (report.replace("[90,1]", "[9000,1]"), "bucket 9000 does not exist"),
        (report.replace(r#""retries":0"#, r#""retries":-1"#), "invalid value: integer `-1`"),
        (
            report.replace(r#""retries":0"#, &format!(r#""retries":{}"#, "[".repeat(100_000))),
            "recursion limit",
        ),
    ] {
        let message = refusal(&text);
        assert!(message.starts_with("not a report of version 1") && message.contains(reason), "{message}");
    }
}

/// A thousand series that are all busy: 20,000 requests each, from 5 ms to 50 ms.
#[test]
fn a_report_of_1_000_busy_series_stays_below_4_megabytes() {
    let mut proxy = Proxy::start("proxy-0", 0);
    for step in 0..20_000 {
        let total_micros = 5_000 + step * 9 / 4;
        let first_byte_micros = Some(total_micros / 2);
        proxy.serve(
            "stable",
            0,
            Request { outcome: Outcome::Success, total_micros, first_byte_micros, warmup: false },
        );
    }
    let mut report = proxy.report();
    let busy = report.series.pop().unwrap();
    assert!(busy.counts.duration.iter().count() > 200, "every bucket of the range is in use");
    report.series = vec![busy; 1_000];
    for (index, series) in report.series.iter_mut().enumerate() {
        series.key.route = format!("{}-{index}", series.key.route);
    }
    let bytes = report.to_json().unwrap();
    assert!(bytes.len() < 4_000_000, "{} bytes", bytes.len());
    assert_eq!(Report::from_json(&bytes).unwrap(), report);
}

/// One damage to a text.
#[derive(Clone, Debug)]
enum Damage {
    Set(Index, u8),
    Cut(Index),
    Remove(Index),
    Repeat(Index, usize),
    Number(Index, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    let numbers = vec![
        "-1",
        "1e999",
        "18446744073709551615",
        "18446744073709551616",
        "0.5",
        "null",
        "[]",
        "{}",
        "\"\"",
    ];
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        any::<Index>().prop_map(Damage::Cut),
        any::<Index>().prop_map(Damage::Remove),
        (any::<Index>(), 1_usize..40).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (any::<Index>(), proptest::sample::select(numbers)).prop_map(|(at, n)| Damage::Number(at, n)),
    ]
}

fn apply(damage: &Damage, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    match damage {
        Damage::Set(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Damage::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Damage::Remove(at) => drop(bytes.remove(at.index(bytes.len()))),
        Damage::Repeat(at, length) => {
            let start = at.index(bytes.len());
            let piece = bytes[start..(start + length).min(bytes.len())].to_vec();
            bytes.splice(start..start, piece);
        }
        Damage::Number(at, number) => {
            let digits: Vec<usize> =
                (0..bytes.len()).filter(|&index| bytes[index].is_ascii_digit()).collect();
            if !digits.is_empty() {
                let start = digits[at.index(digits.len())];
                bytes.splice(start..=start, number.bytes());
            }
        }
    }
}

proptest! {
    /// Whatever still reads as a report must survive everything that is done with reports, and come back.
    #[test]
    fn damaged_bytes_never_panic(damages in vec(damage(), 1..6)) {
        let mut bytes = small_report().to_json().unwrap();
        for damage in &damages {
            apply(damage, &mut bytes);
        }
        if let Ok(report) = Report::from_json(&bytes) {
            let mut windows = Windows::from_zero();
            windows.feed(&small_report());
            for window in windows.feed(&report).values() {
                let _ = (window.duration.quantile(0.99), window.duration.count_above(3_000), window.outcomes.errors());
            }
            prop_assert_eq!(Report::from_json(&report.to_json().unwrap()).unwrap(), report);
        }
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Report::from_json(&bytes);
    }
}
