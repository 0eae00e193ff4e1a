//! Sample ratio: does each track get the share of the requests that its weight says?
//!
//! Where it does not, requests went elsewhere, or were never counted, and those that were are no fair sample: the comparison answers another question
//! than the one that was asked. The test is anytime-valid, so it may be asked at every look.
//!
//! Source: Lindon, Malek, "Anytime-valid inference for multinomial count data" (2022): the likelihood of the counts under a Dirichlet prior around the
//! shares, over that under the shares. Shares that are exact, as those of a windowed draw are, make it conservative.

use statrs::function::gamma::ln_gamma;

use crate::Evidence;

/// Evidence at which the counts are said not to follow the shares: by chance less than once in a thousand.
pub const LIMIT: f64 = 1_000.0;
/// A part that is within this of its share is no matter, however sure it is that there is a difference.
const MATERIAL: f64 = 0.1;
/// What the prior is worth in requests.
const PRIOR: f64 = 100.0;

/// Evidence that requests which were counted so far, part by part, do not follow these shares. Parts whose share is 0 are left out.
#[must_use]
pub fn evidence(counts: &[u64], shares: &[f64]) -> Evidence {
    let total: f64 = shares.iter().filter(|share| **share > 0.0).sum();
    let parts = || counts.iter().zip(shares).filter(|(_, share)| **share > 0.0);
    let n: f64 = parts().map(|(count, _)| *count as f64).sum();
    if parts().count() < 2 || total <= 0.0 {
        return Evidence::NONE;
    }
    let each = parts().map(|(&count, share)| {
        let (count, share) = (count as f64, share / total);
        let prior = PRIOR * share;
        ln_gamma(prior + count) - ln_gamma(prior) - count * share.ln()
    });
    Evidence::from_log(ln_gamma(PRIOR) - ln_gamma(PRIOR + n) + each.sum::<f64>())
}

/// Whether these counts do not follow these shares, by enough to matter.
#[must_use]
pub fn is_mismatched(counts: &[u64], shares: &[f64]) -> bool {
    let n: f64 = counts.iter().map(|count| *count as f64).sum();
    let total: f64 = shares.iter().sum();
    let is_off = |(count, share): (&u64, &f64)| {
        let expected = n * share / total;
        (*count as f64 - expected).abs() > MATERIAL * expected
    };
    evidence(counts, shares) >= Evidence::from_e(LIMIT) && counts.iter().zip(shares).any(is_off)
}
