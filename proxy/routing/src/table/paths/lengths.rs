//! A set of lengths, for not asking where no known path can end.

/// Lengths that are told apart; longer ones are all taken for members.
const KNOWN: usize = 256;

/// Lengths that occur.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    words: [u64; KNOWN / 64],
    longest: Option<usize>,
}

impl Lengths {
    pub(super) fn insert(&mut self, len: usize) {
        if let Some(word) = self.words.get_mut(len / 64) {
            *word |= 1 << (len % 64);
        }
        self.longest = self.longest.max(Some(len));
    }

    /// Whether a member may have this length: never wrong below 256, and never wrong in saying no.
    #[inline]
    pub(super) fn may_have(&self, len: usize) -> bool {
        match self.words.get(len / 64) {
            Some(word) => word & (1 << (len % 64)) != 0,
            None => self.longest >= Some(len),
        }
    }

    /// The longest member, 0 for none.
    pub(super) fn longest(&self) -> usize {
        self.longest.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Lengths;

    #[test]
    fn a_member_is_never_denied_and_a_short_other_always() {
        let mut lengths = Lengths::default();
        assert!((0..1000).all(|len| !lengths.may_have(len)));
        for len in [0, 63, 64, 255, 256, 700] {
            lengths.insert(len);
            assert!(lengths.may_have(len));
        }
        assert!([1, 62, 65, 254, 701].iter().all(|len| !lengths.may_have(*len)));
        assert_eq!(lengths.longest(), 700);
    }
}
