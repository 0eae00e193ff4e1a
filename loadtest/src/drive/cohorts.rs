//! Which simulated users saw which groups: a user that sticks sees one.

use crate::measure::{GroupName, MAX_GROUPS};

/// For each user a bit for each group.
#[derive(Debug, Clone, Default)]
pub(super) struct Cohorts {
    names: Vec<GroupName>,
    seen: Vec<u64>,
}

impl Cohorts {
    pub(super) fn new(users: usize) -> Self {
        Self { names: Vec::new(), seen: vec![0; users] }
    }

    fn bit(&mut self, group: &GroupName) -> u64 {
        let known = self.names.iter().position(|known| known == group).unwrap_or_else(|| {
            self.names.push(group.clone());
            self.names.len() - 1
        });
        // Groups beyond the limit share the last bit; they are as many as to make the question meaningless.
        1 << known.min(MAX_GROUPS)
    }

    /// A user got an answer of a group; answers without one say nothing.
    pub(super) fn note(&mut self, user: usize, group: &GroupName) {
        if *group == GroupName::None {
            return;
        }
        let bit = self.bit(group);
        if let Some(seen) = self.seen.get_mut(user) {
            *seen |= bit;
        }
    }

    /// What another worker saw of the same users.
    pub(super) fn merge(&mut self, other: &Self) {
        for (number, name) in other.names.iter().enumerate() {
            let theirs = 1 << number.min(MAX_GROUPS);
            for (user, seen) in other.seen.iter().enumerate() {
                if seen & theirs != 0 {
                    self.note(user, name);
                }
            }
        }
    }

    /// Users that got any answer, and those that got answers of several groups.
    pub(super) fn counts(&self) -> (u64, u64) {
        let count =
            |least: u32| self.seen.iter().filter(|seen| seen.count_ones() >= least).map(|_| 1_u64).sum();
        (count(1), count(2))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_user_of_two_groups_is_counted_as_moved_also_across_workers() {
        let group = |name| GroupName::Value(HeaderValue::from_static(name));
        let (mut first, mut second) = (Cohorts::new(4), Cohorts::new(4));
        first.note(0, &group("v1"));
        first.note(1, &group("v1"));
        first.note(2, &GroupName::None);
        second.note(0, &group("v2"));
        second.note(1, &group("v1"));
        assert_eq!((first.counts(), second.counts()), ((2, 0), (2, 0)));
        first.merge(&second);
        assert_eq!(first.counts(), (2, 1));
    }
}
