//! Which failed attempts are followed by another one, and how long the wait is.
//!
//! The wait doubles with each failure up to a limit, and half of it is drawn ("equal jitter", M. Brooker, Exponential Backoff And Jitter, 2015):
//! stages that failed together because a node was lost do not come back together.

use std::time::Duration;

use crate::definition::{Backoff, Retries, RetryOn};
use crate::draw;
use crate::event::Blame;
use crate::span::Span;

/// Retries where a stage does not say how many.
const DEFAULT_LIMIT: u32 = 3;

/// When a stage is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    limit: u32,
    backoff: Backoff,
    on: RetryOn,
}

impl RetryPolicy {
    /// A stage that says nothing is tried again where the infrastructure failed, and never where its work did.
    pub(crate) fn of(written: Option<&Retries>) -> Self {
        let Retries { limit, backoff, on } = written.copied().unwrap_or_default();
        Self { limit: limit.unwrap_or(DEFAULT_LIMIT), backoff, on }
    }

    /// The wait before the next attempt after this many failures in a row, the last of which is to `blame`; `None`: there is none.
    pub(crate) fn wait(&self, failures: u32, blame: Blame, key: &str) -> Option<Span> {
        let counts = match (self.on, blame) {
            (RetryOn::Any, _) | (RetryOn::Infrastructure, Blame::Infrastructure) => true,
            (RetryOn::Infrastructure, Blame::Work) => false,
        };
        (counts && failures <= self.limit).then(|| self.delay(failures, key))
    }

    fn delay(&self, failures: u32, key: &str) -> Span {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        let whole: Duration = self.backoff.initial.duration().saturating_mul(doubled);
        let whole = whole.min(self.backoff.max.duration());
        let half = whole / 2;
        Span::from(half.saturating_add(draw::up_to(key, whole.saturating_sub(half))))
    }
}

#[cfg(test)]
mod tests {
    use super::RetryPolicy;
    use crate::definition::{Backoff, Retries, RetryOn};
    use crate::event::Blame;
    use crate::span::Span;

    #[test]
    fn only_the_infrastructure_is_forgiven_unasked() {
        let unasked = RetryPolicy::of(None);
        assert!(unasked.wait(1, Blame::Infrastructure, "k").is_some());
        assert!(unasked.wait(3, Blame::Infrastructure, "k").is_some());
        assert_eq!(unasked.wait(4, Blame::Infrastructure, "k"), None);
        assert_eq!(unasked.wait(1, Blame::Work, "k"), None);
        let asked =
            RetryPolicy::of(Some(&Retries { limit: Some(1), on: RetryOn::Any, ..Retries::default() }));
        assert!(asked.wait(1, Blame::Work, "k").is_some());
        assert_eq!(asked.wait(2, Blame::Work, "k"), None);
        let never = RetryPolicy::of(Some(&Retries { limit: Some(0), ..Retries::default() }));
        assert_eq!(never.wait(1, Blame::Infrastructure, "k"), None);
    }

    #[test]
    fn waits_double_up_to_the_limit_and_half_of_each_is_drawn() {
        let backoff = Backoff { initial: Span::seconds(10), max: Span::seconds(60) };
        let policy = RetryPolicy::of(Some(&Retries { limit: Some(u32::MAX), backoff, ..Retries::default() }));
        for (failures, whole) in [(1, 10), (2, 20), (3, 40), (4, 60), (40, 60), (u32::MAX, 60)] {
            let waits: Vec<Span> = (0..200)
                .map(|n| policy.wait(failures, Blame::Infrastructure, &n.to_string()).unwrap())
                .collect();
            let (least, most) = (Span::seconds(whole / 2), Span::seconds(whole));
            assert!(waits.iter().all(|wait| (least..=most).contains(wait)), "{failures}: {waits:?}");
            let spread =
                waits.iter().max().unwrap().duration().abs_diff(waits.iter().min().unwrap().duration());
            assert!(spread > least.duration() * 8 / 10, "{failures}: {spread:?}");
        }
    }
}
