//! The part of [`crate::advance`](crate::advance()) about what proxies do by themselves when a canary fails.
//!
//! A proxy acts at once and for itself; here it is told what it may do, and what one of them did becomes a decision for all. Each keeps to its part of
//! the failures that a release may cost users, so that the sum holds where no controller runs; where one does, it looks at the sum itself.

use weir_api::status::SplitBreaker;

use super::Look;

impl Look<'_> {
    /// What proxies do by themselves from `epoch` on.
    pub(super) fn breaker(&self, epoch: u64) -> Option<SplitBreaker> {
        let (burst, budget) = (self.policy.has_breaker(), self.policy.failure_budget());
        let since = self.state.split().and_then(|split| Some(split.breaker.as_ref()?.since_epoch));
        let proxies = u64::from(self.observed.acknowledged.of.max(1));
        // At least one: a proxy that may not fail at all would send nothing to the canary.
        let part = budget.map(|all| (all / proxies).max(1));
        (burst || part.is_some()).then(|| SplitBreaker {
            since_epoch: since.unwrap_or(epoch),
            burst,
            failed_requests: part,
        })
    }

    /// Why a release has failed by what proxies saw, whatever the judge thinks of it.
    pub(super) fn broken(&self) -> Option<String> {
        if !self.state.is_guarded() {
            return None;
        }
        if let Some(reason) = &self.observed.tripped {
            return Some(reason.clone());
        }
        let (hit, budget) = (self.observed.users_hit, self.policy.failure_budget()?);
        (hit >= budget.max(1))
            .then(|| format!("errors: {hit} requests of users failed on the canary; the budget was {budget}"))
    }
}
