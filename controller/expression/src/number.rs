//! Numbers between their kinds, and as Java writes them.

use crate::value::Value;

/// A number of either kind.
pub(crate) fn of(value: &Value) -> Option<f64> {
    if let Value::Integer(integer) = value {
        Some(decimal(*integer))
    } else if let Value::Decimal(decimal) = value {
        Some(*decimal)
    } else {
        None
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "the nearest decimal is what is meant"
)]
pub(crate) const fn decimal(integer: i64) -> f64 {
    integer as f64
}

/// Towards zero; `None` where no integer is that large.
#[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "the range is looked at before")]
pub(crate) fn integer(decimal: f64) -> Option<i64> {
    // 2^63 itself is no integer of 64 bits, and -2^63 is.
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    (-BOUND..BOUND).contains(&decimal).then_some(decimal as i64)
}

/// As Java writes it: `1.0`, `0.25`, `1.0E10`.
pub(crate) fn written(decimal: f64) -> String {
    let size = decimal.abs();
    if decimal.is_nan() {
        "NaN".to_owned()
    } else if decimal.is_infinite() {
        if decimal > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if size == 0.0 || (1e-3..1e7).contains(&size) {
        format!("{decimal:?}")
    } else {
        let text = format!("{decimal:E}");
        if text.contains('.') { text } else { text.replacen('E', ".0E", 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::{integer, written};

    #[test]
    fn decimals_are_written_as_java_writes_them() {
        let written = [1.0, 0.25, -2.5, 1e7, 1.25e10, 0.001, 1e-4, 123_456.7, 0.0].map(written);
        let wanted = ["1.0", "0.25", "-2.5", "1.0E7", "1.25E10", "0.001", "1.0E-4", "123456.7", "0.0"];
        assert_eq!(written, wanted);
    }

    #[test]
    fn what_is_no_integer_of_64_bits_is_none() {
        assert_eq!(
            [2.9, -2.9, 9e18, 9.3e18, -9.3e18, f64::NAN].map(integer),
            [Some(2), Some(-2), Some(9_000_000_000_000_000_000), None, None, None]
        );
    }
}
