//! One level of subtests: its plan, and what has come of it.

/// Points with the same indentation, up to the end of what they stand in.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) indent: usize,
    pub(super) seen: u64,
    /// Where its cases begin.
    pub(super) first_case: usize,
    /// How many cases were bad before it began.
    pub(super) bad_before: u64,
    planned: Option<u64>,
    is_skipped: bool,
}

impl Level {
    pub(super) const fn new(indent: usize, first_case: usize, bad_before: u64) -> Self {
        Self { indent, seen: 0, first_case, bad_before, planned: None, is_skipped: false }
    }

    /// The first plan counts.
    pub(super) fn plan(&mut self, count: u64, is_skipped: bool) {
        self.planned.get_or_insert(count);
        self.is_skipped |= is_skipped;
    }

    /// What is wrong with the plan, when the level ends.
    pub(super) fn broken_plan(&self) -> Option<String> {
        let Self { seen, planned, is_skipped, .. } = self;
        match planned {
            None => Some(format!("there is no plan after {seen} tests: the run has ended too early")),
            Some(0) if *is_skipped => None,
            Some(planned) if planned != seen => Some(format!("{planned} tests are planned, and {seen} came")),
            Some(_) => None,
        }
    }
}
