//! Numbers, bars, times, paths and verbs as text.

use std::path::Path;
use std::time::Duration;

use jiff::tz::TimeZone;
use weir_api::{Share, Timestamp};

/// A count with its thousands apart: `3,412`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A latency: `870 us`, `12.1 ms`, `101 ms`, `2.4 s`.
pub(crate) fn latency(micros: u64) -> String {
    let tenths = |whole: u64, unit: u64| format!("{}.{}", whole / unit, (whole % unit) * 10 / unit);
    match micros {
        0..1_000 => format!("{micros} us"),
        1_000..100_000 => format!("{} ms", tenths(micros, 1_000)),
        100_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000.. => format!("{} s", tenths(micros, 1_000_000)),
    }
}

/// A part of a whole in percent with one decimal: `4.9 %`; a dash for nothing of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    let tenths = (part.saturating_mul(1_000) + whole / 2) / whole;
    match (part, tenths) {
        (0, _) => "0 %".to_owned(),
        (_, 0) => "<0.1 %".to_owned(),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// How long something took: `0.8 s`, `27.4 s`, `2:27 min`, `3:00:27 h`.
pub(crate) fn took(elapsed: Duration) -> String {
    let tenths = elapsed.as_millis() / 100;
    if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("{} {}", clock(elapsed), if elapsed.as_secs() < 3600 { "min" } else { "h" })
    }
}

/// `line` cut to `columns`, colours not counted.
pub(crate) fn fit(line: &str, columns: usize) -> String {
    let mut text = String::with_capacity(line.len());
    let (mut shown, mut last, mut in_escape, mut cut) = (0, 0, false, false);
    for character in line.chars() {
        in_escape |= character == '\x1b';
        if in_escape {
            // Kept even past the cut, so that a colour ends.
            text.push(character);
            in_escape = character != 'm';
        } else if shown < columns {
            last = text.len();
            text.push(character);
            shown += 1;
        } else {
            cut = true;
        }
    }
    if let Some(replaced) = text.get(last..).and_then(|rest| rest.chars().next()).filter(|_| cut && shown > 0)
    {
        text.replace_range(last..last + replaced.len_utf8(), ">");
    }
    text
}

/// `text` in lines of at most `columns` characters, broken between words; a word that is longer gets a line of its own.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    // Spaces are kept within a line: some of them are columns.
    for word in text.split_inclusive(' ') {
        let taken = word.trim_end().chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + taken <= columns => line.push_str(word),
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The time of day where this runs, with its zone: `17:42:10 CET`.
pub(crate) fn time_of_day(at: Timestamp) -> String {
    local(at, "%H:%M:%S %Z")
}

/// Day and time where this runs, with its zone: `2026-11-26 17:42 CET`.
pub(crate) fn day_and_time(at: Timestamp) -> String {
    local(at, "%Y-%m-%d %H:%M %Z")
}

fn local(at: Timestamp, form: &str) -> String {
    let instant = jiff::Timestamp::from_microsecond(at.unix_micros()).unwrap_or_default();
    instant.to_zoned(TimeZone::system()).strftime(form).to_string()
}

/// Minutes and seconds, with hours where there are any: `0:27`, `2:00:27`.
pub(crate) fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{seconds:02}") } else { format!("{hours}:{minutes:02}:{seconds:02}") }
}

/// An e-value: `0.9`, `63.1`, `1.2e6`.
pub(crate) fn evidence(e_value: f64) -> String {
    if e_value >= 10_000.0 { format!("{e_value:.1e}") } else { format!("{e_value:.1}") }
}

/// A bar of `width` characters, filled to `share`.
pub(crate) fn bar(share: Share, width: usize) -> String {
    let filled =
        (width * usize::from(share.basis_points())).div_ceil(usize::from(Share::FULL.basis_points()));
    format!("[{}{}]", "#".repeat(filled), "-".repeat(width.saturating_sub(filled)))
}

/// How near `e_value` is to `limit` on a logarithmic scale, as a share: nothing at 1 or less, full at the limit.
pub(crate) fn nearness(e_value: f64, limit: f64) -> Share {
    let part = if e_value <= 1.0 || limit <= 1.0 { 0.0 } else { (e_value.ln() / limit.ln()).clamp(0.0, 1.0) };
    let basis_points =
        (0..=10_000_u16).rev().step_by(100).find(|points| f64::from(*points) / 10_000.0 <= part);
    basis_points.and_then(Share::from_basis_points).unwrap_or(Share::ZERO)
}

/// A path from the current folder where it lies below it.
pub(crate) fn short_path(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    short.unwrap_or_else(|| path.to_path_buf()).display().to_string()
}

/// A verb of the annotation as people type it.
pub(crate) fn typed(verb: &str) -> &str {
    match verb {
        "promoteFull" => "promote --full",
        "setWeight" => "set-weight",
        verb => verb,
    }
}

/// Bold text.
pub(crate) fn bold(text: &str, colour: bool) -> String {
    paint("1", text, colour)
}

/// Green text, for what went well.
pub(crate) fn green(text: &str, colour: bool) -> String {
    paint("32;1", text, colour)
}

/// Red text, for what went wrong.
pub(crate) fn red(text: &str, colour: bool) -> String {
    paint("31;1", text, colour)
}

fn paint(code: &str, text: &str, colour: bool) -> String {
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use weir_api::Share;

    use super::{bar, bold, clock, count, evidence, fit, latency, nearness, percent, took, wrap};

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(
            [count(0), count(999), count(1_000), count(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [latency(870), latency(12_140), latency(101_900), latency(2_440_000)],
            ["870 us", "12.1 ms", "101 ms", "2.4 s"]
        );
        assert_eq!(
            [percent(0, 0), percent(0, 9), percent(1, 100_000), percent(49, 1_000), percent(1, 1)],
            ["-", "0 %", "<0.1 %", "4.9 %", "100.0 %"]
        );
        assert_eq!([clock(Duration::from_secs(147)), clock(Duration::from_secs(7_227))], ["2:27", "2:00:27"]);
        assert_eq!(
            [840, 147_000, 7_227_000].map(|millis| took(Duration::from_millis(millis))),
            ["0.8 s", "2:27 min", "2:00:27 h"]
        );
        assert_eq!([evidence(0.94), evidence(63.06), evidence(1.234e7)], ["0.9", "63.1", "1.2e7"]);
    }

    #[test]
    fn a_bar_shows_the_smallest_share_and_is_full_only_at_the_whole() {
        let share = |basis_points| Share::from_basis_points(basis_points).unwrap();
        assert_eq!(bar(share(0), 10), "[----------]");
        assert_eq!(bar(share(1), 10), "[#---------]");
        assert_eq!(bar(share(10_000), 10), "[##########]");
    }

    #[test]
    fn a_line_is_cut_to_the_window_whatever_its_colours() {
        assert_eq!(fit("0123456789", 10), "0123456789");
        assert_eq!(fit("0123456789", 4), "012>");
        assert_eq!(fit(&bold("0123", true), 4), bold("0123", true));
        assert_eq!(fit(&bold("01234", true), 4), bold("012>", true));
        assert_eq!(fit("0123", 0), "");
    }

    #[test]
    fn a_long_text_is_broken_between_words() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one   two", 20), ["one   two"]);
        assert_eq!(wrap("extraordinary x", 5), ["extraordinary", "x"]);
        assert_eq!(wrap("a b", 0), ["a", "b"]);
        assert!(wrap("", 5).is_empty());
    }

    #[test]
    fn evidence_is_near_its_limit_by_its_logarithm() {
        assert_eq!(nearness(0.2, 100.0), Share::ZERO);
        assert_eq!(nearness(10.0, 100.0).basis_points(), 5_000);
        assert_eq!(nearness(1e9, 100.0), Share::FULL);
    }
}
