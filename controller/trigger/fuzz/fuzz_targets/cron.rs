//! Whatever a schedule says, it is read or refused without a panic, and its times come one after the other.
#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use weir_trigger::cron::{Schedule, zone};

const ZONES: [&str; 4] = ["UTC", "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe"];

fuzz_target!(|bytes: &[u8]| {
    let Some(([which, a, b, c], text)) = bytes.split_first_chunk::<4>() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let zone = zone(Some(ZONES[usize::from(*which) % ZONES.len()])).expect("a zone");
    let Ok(schedule) = Schedule::new(text, zone, "pipeline") else { return };
    let from = 1_700_000_000 + i64::from(u32::from_be_bytes([0, *a, *b, *c])) * 30;
    let since = Timestamp::from_second(from).expect("a time");
    let mut last = since;
    for _ in 0..3 {
        let Some(next) = schedule.next_after(last) else { return };
        assert!(next > last, "{text}: {next} after {last}");
        let due = schedule.due(since, next).expect("it has come");
        assert!(due.scheduled > since && due.scheduled <= next, "{text}: {due:?}");
        last = next;
    }
});
