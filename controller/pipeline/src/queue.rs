//! Which of a pipeline's runs are next: concurrency over runs.
//!
//! Only runs that are not over are looked at, so what it costs does not grow with the past.

use jiff::Timestamp;

use crate::definition::{Concurrency, Waiting};

/// A run that waits for its turn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Queued {
    /// When it was asked for.
    pub created: Timestamp,
    /// Its id; it decides between those of one instant.
    pub id: String,
}

/// What becomes of a run that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is its turn: [`crate::event::Ask::Admit`].
    Admit(String),
    /// A newer one takes its place: [`crate::event::Ask::Supersede`].
    Supersede {
        /// Id.
        id: String,
        /// Id of the newer one.
        newer: String,
    },
}

/// Which of those that wait start beside `running` others, and which need not any more. What is not named goes on waiting.
///
/// With `waiting: newest`, a free place goes to the newest one, and the others are superseded; also while there is no free place, for no older one
/// could get it. Spinnaker cancels them only when a run ends. With `all`, the oldest are first, and none is superseded.
#[must_use]
pub fn admit(concurrency: Concurrency, running: usize, waiting: &[Queued]) -> Vec<Decision> {
    let limit = match usize::try_from(concurrency.limit) {
        Ok(0) | Err(_) => usize::MAX,
        Ok(limit) => limit,
    };
    let free = limit.saturating_sub(running);
    let mut oldest_first: Vec<&Queued> = waiting.iter().collect();
    oldest_first.sort();
    let admit = |run: &&Queued| Decision::Admit(run.id.clone());
    match concurrency.waiting {
        Waiting::All => oldest_first.iter().take(free).map(admit).collect(),
        Waiting::Newest => {
            // Without a free place the newest one waits on.
            let kept = free.max(1).min(oldest_first.len());
            let (superseded, newest) = oldest_first.split_at(oldest_first.len().saturating_sub(kept));
            let newer = newest.last().map(|run| run.id.clone()).unwrap_or_default();
            let superseded =
                superseded.iter().map(|run| Decision::Supersede { id: run.id.clone(), newer: newer.clone() });
            superseded.chain(newest.iter().filter(|_| free > 0).map(admit)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Decision, Queued, admit};
    use crate::definition::{Concurrency, Waiting};

    fn decide(limit: u32, waiting: Waiting, running: usize, ids: &[i64]) -> Vec<String> {
        let queued = |second: &i64| Queued {
            created: Timestamp::from_second(*second).unwrap(),
            id: second.to_string(),
        };
        let queued: Vec<Queued> = ids.iter().map(queued).collect();
        let decisions = admit(Concurrency { limit, waiting }, running, &queued);
        let shown = decisions.into_iter().map(|decision| match decision {
            Decision::Admit(id) => format!("+{id}"),
            Decision::Supersede { id, newer } => format!("{id}<{newer}"),
        });
        shown.collect()
    }

    #[test]
    fn the_newest_run_takes_the_place_of_those_that_wait() {
        for (limit, running, waiting, expected) in [
            (1, 0, &[][..], &[][..]),
            (1, 0, &[5], &["+5"]),
            (1, 0, &[7, 5, 6], &["5<7", "6<7", "+7"]),
            (1, 1, &[5], &[]),
            (1, 1, &[6, 5], &["5<6"]),
            (1, 9, &[6, 5], &["5<6"]),
            (2, 1, &[5, 6], &["5<6", "+6"]),
            (3, 1, &[5, 6, 7], &["5<7", "+6", "+7"]),
            (0, 99, &[6, 5], &["+5", "+6"]),
        ] {
            assert_eq!(
                decide(limit, Waiting::Newest, running, waiting),
                expected,
                "{limit} {running} {waiting:?}"
            );
        }
    }

    #[test]
    fn where_all_wait_the_oldest_is_first() {
        for (limit, running, waiting, expected) in [
            (1, 0, &[7, 5, 6][..], &["+5"][..]),
            (1, 1, &[7, 5, 6], &[]),
            (3, 1, &[7, 5, 6], &["+5", "+6"]),
            (0, 99, &[6, 5], &["+5", "+6"]),
        ] {
            assert_eq!(
                decide(limit, Waiting::All, running, waiting),
                expected,
                "{limit} {running} {waiting:?}"
            );
        }
    }
}
