//! What a Canary asks for, read once.
//!
//! A Canary's spec is turned into a `Policy` here and travels no further: what a `Policy` holds is valid by construction.

use std::time::Duration;

use weir_api::canary::ReleaseOn;
use weir_api::{CanarySpec, Share};
use weir_judge::Criteria;

use strategies::Plan;

mod criteria;
mod metrics;
mod routes;
mod steps;
mod strategies;

pub use criteria::parse_criteria;
pub use metrics::Metrics;
pub use routes::RouteChange;
pub use steps::{Analyse, Expiry, Pause, Scale, Step, Until};

/// How one Service is released. Read by [`Policy::parse`].
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    service: String,
    steps: Vec<Step>,
    baseline: bool,
    criteria: Criteria,
    metrics: Option<Metrics>,
    dry_run: bool,
    breaker: bool,
    failure_budget: Option<u64>,
    timing: Timing,
    after_promotion: Option<Duration>,
}

/// How long what should come by itself may take, and how long pods stay that are not needed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Longest wait for pods to become ready and for proxies to acknowledge.
    pub progress_deadline: Duration,
    /// Longest wait for the last requests at weight 0.
    pub drain_timeout: Duration,
    /// After a promotion canary and baseline stay this long, without requests.
    pub scale_down_delay: Duration,
    /// The same after an abort.
    pub abort_scale_down_delay: Duration,
}

/// A field of the spec that cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct PolicyError {
    /// JSON path of the field, as kubectl writes it: `spec.strategy.canary.steps[0]`.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub problem: String,
}

impl PolicyError {
    pub(crate) fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

impl Policy {
    /// Reads a spec. What is released is no part of the policy: see [`crate::Observed::wanted`].
    ///
    /// # Errors
    /// Names the first field that cannot be followed.
    pub fn parse(spec: &CanarySpec) -> Result<Self, PolicyError> {
        let CanarySpec { target_ref, service, release, release_on, strategy, analysis, notifications: _ } =
            spec;
        if target_ref.kind != "Deployment" || target_ref.api_version != "apps/v1" {
            let found = format!("{} {}", target_ref.api_version, target_ref.kind);
            return Err(PolicyError::new(
                "spec.targetRef",
                format!("{found} cannot be released: give an apps/v1 Deployment"),
            ));
        }
        if target_ref.name.is_empty() {
            return Err(PolicyError::new("spec.targetRef.name", "is empty: name the Deployment"));
        }
        if service.is_empty() {
            return Err(PolicyError::new(
                "spec.service",
                "is empty: name the Service whose requests are split",
            ));
        }
        if release.is_some() && *release_on == ReleaseOn::PodTemplate {
            return Err(PolicyError::new(
                "spec.release",
                "says nothing with releaseOn: podTemplate: leave it out, or leave out releaseOn",
            ));
        }
        if release.as_ref().is_some_and(|release| release.image.is_empty()) {
            return Err(PolicyError::new("spec.release.image", "is empty: name the image to release"));
        }
        let Plan { steps, baseline, timing, after_promotion } = strategies::parse(strategy)?;
        Ok(Self {
            service: service.clone(),
            steps,
            baseline,
            criteria: parse_criteria(analysis)?,
            metrics: analysis.metrics.as_ref().map(metrics::parse).transpose()?,
            dry_run: analysis.dry_run,
            breaker: analysis.breaker,
            failure_budget: analysis.failure_budget.map(|budget| budget.failed_requests),
            timing,
            after_promotion,
        })
    }

    /// The same for a Canary that is being deleted: somebody waits for its end, so a proxy that says nothing is not waited for longer than requests are,
    /// and no pod stays.
    #[must_use]
    pub fn hurried(self) -> Self {
        let progress_deadline = self.timing.progress_deadline.min(self.timing.drain_timeout);
        let (scale_down_delay, abort_scale_down_delay) = (Duration::ZERO, Duration::ZERO);
        let timing = Timing { progress_deadline, scale_down_delay, abort_scale_down_delay, ..self.timing };
        Self { timing, ..self }
    }

    /// Name of the Service whose requests are split.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The steps, whatever the strategy; never empty. Before the first one that sets a weight the canary has weight 0.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether fresh pods of the stable version run beside the canary.
    #[must_use]
    pub fn baseline(&self) -> bool {
        self.baseline
    }

    /// What the judge asks, and how much worse a canary may be.
    #[must_use]
    pub fn criteria(&self) -> &Criteria {
        &self.criteria
    }

    /// Metrics of other programs that have a say beside requests; `None`: requests alone.
    #[must_use]
    pub fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    /// How long things may take, and how long pods stay.
    #[must_use]
    pub fn timing(&self) -> Timing {
        self.timing
    }

    /// Whether proxies by themselves take out a canary that fails in a burst.
    #[must_use]
    pub fn has_breaker(&self) -> bool {
        self.breaker
    }

    /// Whether the judge's verdict is told only, and never acted upon.
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.dry_run
    }

    /// Requests that may fail for users on the canary; `None`: the judge alone decides.
    #[must_use]
    pub fn failure_budget(&self) -> Option<u64> {
        self.failure_budget
    }

    /// How long production is watched after the promotion, beside the old version's pods; `None`: not at all.
    #[must_use]
    pub fn after_promotion(&self) -> Option<Duration> {
        self.after_promotion
    }

    /// How the canary is sized at a step: what the last `setCanaryScale` up to it says.
    #[must_use]
    pub fn scale_at(&self, step: usize) -> Scale {
        let set = self.steps.iter().take(step.saturating_add(1)).rev().find_map(|step| match step {
            Step::SetCanaryScale(scale) => Some(*scale),
            Step::SetWeight(_) | Step::SetRoute(_) | Step::Pause(_) | Step::Analysis(_) => None,
        });
        set.unwrap_or(Scale::MatchTrafficWeight)
    }

    /// Share of the baseline beside a canary of this share: the same, or what the canary leaves where that is less.
    #[must_use]
    pub fn baseline_weight(&self, canary: Share) -> Share {
        if self.baseline { canary.min(canary.rest()) } else { Share::ZERO }
    }
}

#[cfg(test)]
mod tests;
