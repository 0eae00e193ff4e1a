//! One line of a file: whether it was run, and which of its branches.

use std::collections::BTreeMap;

/// What is known about a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// `None`: only branches of it are known.
    covered: Option<bool>,
    /// Branches by name, and whether each was taken.
    named: BTreeMap<Box<str>, bool>,
    /// Branches taken and all branches, where they have no names.
    counted: (u32, u32),
}

impl Line {
    pub(super) fn run(covered: bool) -> Self {
        Self { covered: Some(covered), ..Self::default() }
    }

    pub(super) fn branch(name: &str, taken: bool) -> Self {
        Self { named: BTreeMap::from([(name.into(), taken)]), ..Self::default() }
    }

    /// With so many branches taken, of so many.
    pub(super) fn with_branches(self, taken: u32, all: u32) -> Self {
        Self { counted: (taken.min(all), all), ..self }
    }

    pub(super) fn merge(&mut self, other: Self) {
        let Self { covered, named, counted: (taken, all) } = other;
        if let Some(covered) = covered {
            *self.covered.get_or_insert(false) |= covered;
        }
        for (name, taken) in named {
            *self.named.entry(name).or_default() |= taken;
        }
        self.counted = (self.counted.0.max(taken), self.counted.1.max(all));
    }

    /// Branches that were taken, and all of them. Where one report has names and another numbers, it is the same branches.
    pub(super) fn branches(&self) -> (u32, u32) {
        let taken = self.named.values().filter(|taken| **taken).count();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let (counted_taken, counted) = self.counted;
        (counted_taken.max(number(taken)), counted.max(number(self.named.len())))
    }

    pub(super) const fn is_code(&self) -> bool {
        self.covered.is_some()
    }

    pub(super) fn is_covered(&self) -> bool {
        self.covered == Some(true)
    }

    /// How much memory it stands for; 0: nothing is known.
    pub(super) fn size(&self) -> usize {
        self.named.len() + usize::from(self.covered.is_some() || self.counted.1 > 0)
    }
}
