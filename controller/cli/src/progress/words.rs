//! Numbers, bars, times and paths as text.

use std::path::Path;
use std::time::Duration;

use weir_api::Share;

/// A count with its thousands apart: `3,412`.
#[must_use]
pub fn count(number: u64) -> String {
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
#[must_use]
pub fn latency(micros: u64) -> String {
    let tenths = |whole: u64, unit: u64| format!("{}.{}", whole / unit, (whole % unit) * 10 / unit);
    match micros {
        0..1_000 => format!("{micros} us"),
        1_000..100_000 => format!("{} ms", tenths(micros, 1_000)),
        100_000..1_000_000 => format!("{} ms", micros / 1_000),
        1_000_000.. => format!("{} s", tenths(micros, 1_000_000)),
    }
}

/// A part of a whole in percent with one decimal: `4.9 %`; a dash for nothing of nothing.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
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

/// How long something took: `0.8 s`, `27.4 s`, `2:27 min`.
#[must_use]
pub fn took(elapsed: Duration) -> String {
    let tenths = elapsed.as_millis() / 100;
    if tenths < 600 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("{} min", clock(elapsed))
    }
}

/// `line` cut to `columns`, colours not counted.
#[must_use]
pub fn fit(line: &str, columns: usize) -> String {
    let mut text = String::with_capacity(line.len());
    let (mut shown, mut in_escape, mut cut) = (0, false, false);
    for character in line.chars() {
        in_escape |= character == '\x1b';
        if in_escape {
            // Kept even past the cut, so that a colour ends.
            text.push(character);
            in_escape = character != 'm';
        } else if shown < columns {
            text.push(character);
            shown += 1;
        } else {
            cut = true;
        }
    }
    if cut && text.pop().is_some() {
        text.push('>');
    }
    text
}

/// Minutes and seconds: `0:27`.
#[must_use]
pub fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// An e-value: `0.9`, `63.1`, `1.2e6`.
#[must_use]
pub fn evidence(e_value: f64) -> String {
    if e_value >= 10_000.0 { format!("{e_value:.1e}") } else { format!("{e_value:.1}") }
}

/// A bar of `width` characters, filled to `share`.
#[must_use]
pub fn bar(share: Share, width: usize) -> String {
    let filled =
        (width * usize::from(share.basis_points())).div_ceil(usize::from(Share::FULL.basis_points()));
    format!("[{}{}]", "#".repeat(filled), "-".repeat(width.saturating_sub(filled)))
}

/// How near `e_value` is to `limit` on a logarithmic scale, as a share: nothing at 1 or less, full at the limit.
#[must_use]
pub fn nearness(e_value: f64, limit: f64) -> Share {
    let part = if e_value <= 1.0 || limit <= 1.0 { 0.0 } else { (e_value.ln() / limit.ln()).clamp(0.0, 1.0) };
    let basis_points =
        (0..=10_000_u16).rev().step_by(100).find(|points| f64::from(*points) / 10_000.0 <= part);
    basis_points.and_then(Share::from_basis_points).unwrap_or(Share::ZERO)
}

/// A path from the current folder where it lies below it.
#[must_use]
pub fn short_path(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let short = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    short.unwrap_or_else(|| path.to_path_buf()).display().to_string()
}

/// Bold text.
#[must_use]
pub fn bold(text: &str, colour: bool) -> String {
    paint("1", text, colour)
}

/// Green text, for what went well.
#[must_use]
pub fn green(text: &str, colour: bool) -> String {
    paint("32;1", text, colour)
}

/// Red text, for what went wrong.
#[must_use]
pub fn red(text: &str, colour: bool) -> String {
    paint("31;1", text, colour)
}

fn paint(code: &str, text: &str, colour: bool) -> String {
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use weir_api::Share;

    use super::{bar, bold, clock, count, evidence, fit, latency, nearness, percent, took};

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
        assert_eq!(clock(Duration::from_secs(147)), "2:27");
        assert_eq!([took(Duration::from_millis(840)), took(Duration::from_secs(147))], ["0.8 s", "2:27 min"]);
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
    }

    #[test]
    fn evidence_is_near_its_limit_by_its_logarithm() {
        assert_eq!(nearness(0.2, 100.0), Share::ZERO);
        assert_eq!(nearness(10.0, 100.0).basis_points(), 5_000);
        assert_eq!(nearness(1e9, 100.0), Share::FULL);
    }
}
