//! Percentiles of a sample.

/// The `p`-th percentile, `p` from 0 to 100, of values in ascending order; `None` of none. Linear between the order statistics at rank (n-1) p/100: type 7 of
/// Hyndman and Fan (1996), the default of R and numpy.
#[must_use]
pub fn percentile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = last as f64 * p.clamp(0.0, 100.0) / 100.0;
    let whole = rank.floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let index = whole as usize;
    let (&low, &high) = (sorted.get(index)?, sorted.get(index.saturating_add(1).min(last))?);
    // Nothing to interpolate, and no difference of two infinities.
    #[expect(clippy::float_cmp, reason = "the very same value")]
    if low == high {
        return Some(low);
    }
    Some(low + (rank - whole) * (high - low))
}

/// The values in ascending order.
#[must_use]
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}
