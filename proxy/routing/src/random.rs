//! A small generator of pseudo-random numbers: SplitMix64 (Steele, Lea, Flood 2014).
//!
//! Eight bytes of state and a few instructions a number; a seed gives the same numbers on every machine. Not for secrets: one number reveals
//! the rest.

/// A stream of 64-bit numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next number.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number from 0 to `bound` exclusive, 0 where that is empty. Lemire's multiplication: off by at most `bound` in 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        scale(self.next_u64(), bound)
    }
}

/// Maps a uniform 64-bit number to 0..`bound`, keeping its order.
pub(crate) fn scale(uniform: u64, bound: u64) -> u64 {
    u64::try_from((u128::from(uniform) * u128::from(bound)) >> 64).unwrap_or_default()
}

/// SplitMix64's output function: a bijection in which every input bit changes about half of the output's.
pub(crate) fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        let mut random = Random::new(1_234_567);
        let numbers: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn a_bound_is_never_reached() {
        let mut random = Random::new(7);
        assert!((0..1000).all(|_| random.below(3) < 3));
        assert_eq!(random.below(0), 0);
    }
}
