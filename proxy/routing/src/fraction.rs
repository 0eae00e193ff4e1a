//! Exact shares.

/// An exact share in lowest terms, from 0/1 to 1/1. Equal shares are equal fractions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    pub(crate) numerator: u32,
    pub(crate) denominator: u32,
}

impl Fraction {
    /// `part` of `whole`, at most all of it; nothing of nothing is nothing.
    #[must_use]
    pub fn new(part: u32, whole: u32) -> Self {
        let (mut a, mut b) = (part.min(whole), whole.max(1));
        while a != 0 {
            (a, b) = (b % a, a);
        }
        Self { numerator: part.min(whole) / b, denominator: whole.max(1) / b }
    }

    /// Number of parts.
    pub(crate) fn numerator(self) -> u32 {
        self.numerator
    }

    /// Number of parts of the whole; never zero.
    pub(crate) fn denominator(self) -> u32 {
        self.denominator
    }

    /// What is left of the whole.
    pub(crate) fn rest(self) -> Self {
        Self { numerator: self.denominator - self.numerator, denominator: self.denominator }
    }
}

#[cfg(test)]
mod tests {
    use super::Fraction;

    #[test]
    fn a_fraction_is_in_lowest_terms_and_never_above_one() {
        for (part, whole, expected) in [
            (0, 0, (0, 1)),
            (0, 10_000, (0, 1)),
            (500, 10_000, (1, 20)),
            (1000, 2000, (1, 2)),
            (3333, 10_000, (3333, 10_000)),
            (10_000, 10_000, (1, 1)),
            (7, 3, (1, 1)),
            (10, 0, (0, 1)),
        ] {
            let fraction = Fraction::new(part, whole);
            assert_eq!((fraction.numerator(), fraction.denominator()), expected, "{part}/{whole}");
        }
    }
}
