//! What is left of the limits while something is evaluated.

use crate::limits::{Exceeded, Limits};

/// What a value takes beside its text, bytes.
pub(crate) const VALUE_BYTES: usize = 32;

/// Steps and bytes that may still be spent. Of a document, all its expressions share one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    steps: u64,
    bytes: usize,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, steps: limits.steps, bytes: limits.total_bytes }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Work of so many steps.
    pub(crate) fn step(&mut self, steps: u64) -> Result<(), Exceeded> {
        let left = self.steps.checked_sub(steps);
        // What is over stays over, also for the next expression of the document.
        self.steps = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Exceeded::Steps(self.limits.steps))
    }

    /// Work that grows with so many bytes: a step for each 64 of them.
    pub(crate) fn pass(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.step(u64::try_from(bytes / 64).unwrap_or(u64::MAX))
    }

    /// A value of this size is made.
    pub(crate) fn make(&mut self, bytes: usize) -> Result<(), Exceeded> {
        if bytes > self.limits.value_bytes {
            return Err(Exceeded::Value(self.limits.value_bytes));
        }
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Exceeded::Total(self.limits.total_bytes))?;
        self.pass(bytes)
    }

    /// Whether a list of so many values, however small, would still be one that may be made. To be asked while it grows.
    pub(crate) const fn room_for(&self, values: usize) -> Result<(), Exceeded> {
        let is_too_much = values.saturating_mul(VALUE_BYTES) > self.limits.value_bytes;
        if is_too_much { Err(Exceeded::Value(self.limits.value_bytes)) } else { Ok(()) }
    }

    /// A text to be written piece by piece, that ends where it would be larger than a value may be.
    pub(crate) const fn buffer(&self) -> Buffer {
        let left = if self.bytes < self.limits.value_bytes { self.bytes } else { self.limits.value_bytes };
        Buffer { text: String::new(), most: left, limit: self.limits.value_bytes }
    }
}

/// A text that cannot grow past what is left.
#[derive(Debug)]
pub(crate) struct Buffer {
    text: String,
    most: usize,
    limit: usize,
}

impl Buffer {
    pub(crate) fn push(&mut self, text: &str) -> Result<(), Exceeded> {
        if self.text.len().saturating_add(text.len()) > self.most {
            return Err(Exceeded::Value(self.limit.min(self.most)));
        }
        self.text.push_str(text);
        Ok(())
    }

    pub(crate) fn push_char(&mut self, character: char) -> Result<(), Exceeded> {
        self.push(character.encode_utf8(&mut [0; 4]))
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;
    use crate::limits::{Exceeded, Limits};

    #[test]
    fn each_limit_is_reached_and_not_passed() {
        let limits = Limits { steps: 3, value_bytes: 10, total_bytes: 15, ..Limits::default() };
        let mut budget = Budget::new(limits);
        assert_eq!(budget.step(3), Ok(()));
        assert_eq!(budget.step(1), Err(Exceeded::Steps(3)));
        assert_eq!(budget.make(11), Err(Exceeded::Value(10)));
        assert_eq!(budget.make(10), Ok(()));
        assert_eq!(budget.make(6), Err(Exceeded::Total(15)));
        let mut buffer = budget.buffer();
        assert_eq!(buffer.push("12345"), Ok(()));
        assert_eq!(buffer.push_char('6'), Err(Exceeded::Value(5)));
        assert_eq!(buffer.into_text(), "12345");
    }
}
