//! Numbers in plain words.

use crate::{Counts, Threshold};

/// `12,345`.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A fraction as a number of percent, without the sign: two digits that matter, at most three decimals.
pub(crate) fn percent(fraction: f64) -> String {
    let value = fraction * 100.0;
    let decimals = match value.abs() {
        size if size >= 10.0 => 0,
        size if size >= 0.995 => 1,
        size if size >= 0.0995 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `2.1 % (21 of 1,003 requests)`.
pub(crate) fn share(counts: Counts) -> String {
    format!("{} % ({} of {} requests)", percent(counts.share()), number(counts.k), number(counts.n))
}

/// Evidence: whole above 10, two decimals below, and words beyond a million.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 10 and a million")]
pub(crate) fn evidence(e: f64) -> String {
    if e >= 1e6 {
        "over a million".to_owned()
    } else if e >= 10.0 {
        number(e.round() as u64)
    } else {
        format!("{e:.2}")
    }
}

/// `latency above p99 (47 ms)`.
pub(crate) fn latency_name(threshold: Threshold) -> String {
    format!("latency above p{} ({})", quantile(threshold.quantile), duration(threshold.micros))
}

/// `50`, `99`, `99.9`.
fn quantile(fraction: f64) -> String {
    let text = format!("{:.3}", fraction * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A latency in the unit that reads best, three digits.
pub(crate) fn duration(micros: u64) -> String {
    let value = micros as f64;
    let (scaled, unit) = match micros {
        0..1_000 => (value, "µs"),
        1_000..1_000_000 => (value / 1e3, "ms"),
        _ => (value / 1e6, "s"),
    };
    let decimals = if scaled >= 100.0 {
        0
    } else if scaled >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{scaled:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, evidence, latency_name, list, number, percent};
    use crate::Threshold;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        let shares = [0.0, 0.000_04, 0.005, 0.0123, 0.2, 0.998, -0.007, 1.0];
        assert_eq!(shares.map(percent), ["0", "0.004", "0.5", "1.2", "20", "100", "-0.7", "100"]);
        assert_eq!([850, 47_000, 47_300, 1_250_000].map(duration), ["850 µs", "47 ms", "47.3 ms", "1.25 s"]);
        assert_eq!([0.5, 1_234.4, 1e9].map(evidence), ["0.50", "1,234", "over a million"]);
    }

    #[test]
    fn a_threshold_is_named_by_its_quantile_and_latency() {
        let name = |quantile, micros| latency_name(Threshold { quantile, micros });
        assert_eq!(name(0.999, 120_000), "latency above p99.9 (120 ms)");
        assert_eq!(name(0.5, 900), "latency above p50 (900 µs)");
    }

    #[test]
    fn lists_end_with_and() {
        assert_eq!(list(&[]), "");
        assert_eq!(list(&["errors".to_owned(), "latency".to_owned()]), "errors and latency");
    }
}
