//! Secrets in a stream of bytes, in whatever pieces they come. Pure.
//!
//! What may be the beginning of a secret is held back until it is known not to be one. A secret of several lines is also looked for line by line, because a
//! program may print it so.

use memchr::memmem::Finder;

/// Shorter texts are no secrets that can be looked for: `1` is everywhere.
pub const SHORTEST: usize = 4;
/// What stands in the place of a secret.
pub const MASK: &[u8] = b"***";

/// A stream without its secrets.
#[derive(Debug)]
pub struct Mask {
    /// Longest first, so that of two that begin alike the longer one is found.
    secrets: Vec<Finder<'static>>,
    /// Bytes of the longest one.
    longest: usize,
    held: Vec<u8>,
}

impl Mask {
    /// A stream that has none of these.
    #[must_use]
    pub fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let mut found: Vec<&[u8]> = Vec::new();
        for secret in secrets {
            let lines = secret.lines().map(str::trim).filter(|line| line.len() < secret.len());
            found.extend(std::iter::once(secret.trim()).chain(lines).map(str::as_bytes));
        }
        found.retain(|secret| secret.len() >= SHORTEST);
        found.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then(one.cmp(other)));
        found.dedup();
        Self {
            longest: found.first().map_or(0, |first| first.len()),
            secrets: found.into_iter().map(|secret| Finder::new(secret).into_owned()).collect(),
            held: Vec::new(),
        }
    }

    /// Takes bytes in, and gives those that can hold no secret any more.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(bytes);
        // A secret may begin in the last bytes, and end in those that come.
        let safe = self.held.len().saturating_sub(self.longest.saturating_sub(1));
        self.take(safe)
    }

    /// The rest, at the end of the stream.
    pub fn finish(&mut self) -> Vec<u8> {
        self.take(self.held.len())
    }

    /// Gives what begins before `until`, masked; a secret that begins there is taken whole.
    fn take(&mut self, until: usize) -> Vec<u8> {
        let (mut given, mut at) = (Vec::with_capacity(until), 0);
        while let Some((begin, length)) = self.next(at).filter(|(begin, _)| *begin < until) {
            given.extend_from_slice(self.held.get(at..begin).unwrap_or_default());
            given.extend_from_slice(MASK);
            at = begin.saturating_add(length);
        }
        let end = until.max(at);
        given.extend_from_slice(self.held.get(at..end).unwrap_or_default());
        self.held.drain(..end.min(self.held.len()));
        given
    }

    /// The first secret from here on, and of several that begin there the longest.
    fn next(&self, from: usize) -> Option<(usize, usize)> {
        let rest = self.held.get(from..)?;
        let found = self.secrets.iter().filter_map(|secret| {
            let begin = secret.find(rest)?;
            Some((from.saturating_add(begin), secret.needle().len()))
        });
        found.min_by_key(|(begin, length)| (*begin, std::cmp::Reverse(*length)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Mask;

    fn masked(secrets: &[&str], pieces: &[&[u8]]) -> String {
        let mut mask = Mask::new(secrets.iter().copied());
        let mut all: Vec<u8> = pieces.iter().flat_map(|piece| mask.push(piece)).collect();
        all.extend(mask.finish());
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn secrets_are_masked_in_whatever_pieces_they_come() {
        let text = b"a tok3n-of-mine, tok3n-of-mine and tok3n";
        for size in 1..text.len() {
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(masked(&["tok3n-of-mine"], &pieces), "a ***, *** and tok3n", "in pieces of {size}");
        }
    }

    #[test]
    fn of_two_that_begin_alike_the_longer_one_is_taken_and_short_ones_are_left() {
        assert_eq!(
            masked(&["secret", "secret-long", "abc", ""], &[b"secret-long secret abc"]),
            "*** *** abc"
        );
        assert_eq!(masked(&[], &[b"nothing"]), "nothing");
    }

    #[test]
    fn lines_of_a_key_are_masked_one_by_one() {
        let key = "-----BEGIN-----\nAAAABBBB\nCCCCDDDD\n";
        assert_eq!(masked(&[key], &[b"x CCCCDDDD y\nAAAABBBB"]), "x *** y\n***");
        assert_eq!(masked(&[key], &[key.as_bytes()]), "***\n");
    }

    proptest! {
        #[test]
        fn no_secret_is_ever_given_and_nothing_else_is_lost(
            parts in prop::collection::vec(prop_oneof!["[xyz ]{0,6}", Just("abcab".to_owned()), Just("abca".to_owned())], 0..12),
            size in 1_usize..7,
        ) {
            let text = parts.concat();
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            let given = masked(&["abcab"], &pieces);
            prop_assert!(!given.contains("abcab"));
            prop_assert_eq!(given, text.replace("abcab", "***"));
        }
    }
}
