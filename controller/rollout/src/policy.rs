//! What a Canary asks for, read once.
//!
//! A Canary's spec is turned into a `Policy` here and travels no further: what a `Policy` holds is valid by construction.

use std::time::Duration;

use weir_api::canary::{Analysis, CanaryStrategy, OnInsufficient, Step as SpecStep};
use weir_api::{CanarySpec, Share};
use weir_judge::{Criteria, Criterion, Margin};

/// How one Service is released. Read by [`Policy::parse`].
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    service: String,
    steps: Vec<Step>,
    baseline: bool,
    criteria: Criteria,
    progress_deadline: Duration,
    drain_timeout: Duration,
}

/// One step, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Give the canary this share and wait until every proxy serves it.
    SetWeight(Share),
    /// Stay: for a while, or until somebody promotes.
    Pause(Option<Duration>),
    /// Stay until the judge passes the canary.
    Analysis(Analyse),
}

/// A wait for the judge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analyse {
    /// Not shorter than this, whatever the judge says.
    pub min: Duration,
    /// After this, `on_insufficient` applies.
    pub max: Duration,
    /// What happens when the data do not suffice by then.
    pub on_insufficient: OnInsufficient,
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
    fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { field: field.into(), problem: problem.into() }
    }
}

const STRATEGY: &str = "spec.strategy.canary";
const MAX_STEPS: usize = 100;
const TEN_MINUTES: Duration = Duration::from_mins(10);

impl Policy {
    /// Reads a spec. What is released is no part of the policy: see [`crate::Observed::wanted`].
    ///
    /// # Errors
    /// Names the first field that cannot be followed.
    pub fn parse(spec: &CanarySpec) -> Result<Self, PolicyError> {
        let CanarySpec { target_ref, service, release, strategy, analysis } = spec;
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
        if release.as_ref().is_some_and(|release| release.image.is_empty()) {
            return Err(PolicyError::new("spec.release.image", "is empty: name the image to release"));
        }
        let CanaryStrategy { steps, baseline, progress_deadline, drain_timeout } = &strategy.canary;
        let within = |name: &str| format!("{STRATEGY}.{name}");
        Ok(Self {
            service: service.clone(),
            steps: parse_steps(steps)?,
            baseline: *baseline,
            criteria: parse_criteria(analysis)?,
            progress_deadline: duration(progress_deadline.as_ref(), TEN_MINUTES, || {
                within("progressDeadline")
            })?,
            drain_timeout: duration(drain_timeout.as_ref(), Duration::from_secs(30), || {
                within("drainTimeout")
            })?,
        })
    }

    /// Name of the Service whose requests are split.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The steps; never empty, and the first one sets a weight.
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

    /// Longest wait for pods to become ready and for proxies to acknowledge.
    #[must_use]
    pub fn progress_deadline(&self) -> Duration {
        self.progress_deadline
    }

    /// Longest wait for the last requests at weight 0.
    #[must_use]
    pub fn drain_timeout(&self) -> Duration {
        self.drain_timeout
    }

    /// Share of the baseline beside a canary of this share: the same, or what the canary leaves where that is less.
    #[must_use]
    pub fn baseline_weight(&self, canary: Share) -> Share {
        if self.baseline { canary.min(canary.rest()) } else { Share::ZERO }
    }
}

fn parse_steps(steps: &[SpecStep]) -> Result<Vec<Step>, PolicyError> {
    let field = || format!("{STRATEGY}.steps");
    match steps.first() {
        None => return Err(PolicyError::new(field(), "is empty: give at least one setWeight")),
        Some(SpecStep::SetWeight(_)) if steps.len() > MAX_STEPS => {
            return Err(PolicyError::new(
                field(),
                format!("has {} entries: at most {MAX_STEPS}", steps.len()),
            ));
        }
        Some(SpecStep::SetWeight(_)) => {}
        Some(SpecStep::Pause(_) | SpecStep::Analysis(_)) => {
            let problem =
                "must be setWeight: before it the canary gets no request, so there is nothing to watch";
            return Err(PolicyError::new(format!("{}[0]", field()), problem));
        }
    }
    steps.iter().enumerate().map(|(index, step)| parse_step(step, &format!("{}[{index}]", field()))).collect()
}

fn parse_step(step: &SpecStep, field: &str) -> Result<Step, PolicyError> {
    Ok(match step {
        SpecStep::SetWeight(share) => Step::SetWeight(*share),
        SpecStep::Pause(pause) => Step::Pause(match &pause.duration {
            None => None,
            Some(given) => Some(duration(Some(given), Duration::ZERO, || format!("{field}.pause.duration"))?),
        }),
        SpecStep::Analysis(analysis) => {
            let of = |name: &str| format!("{field}.analysis.{name}");
            let min = duration(analysis.min_duration.as_ref(), Duration::ZERO, || of("minDuration"))?;
            let max = duration(analysis.max_duration.as_ref(), TEN_MINUTES.max(min), || of("maxDuration"))?;
            if max < min {
                return Err(PolicyError::new(of("maxDuration"), "is shorter than minDuration"));
            }
            Step::Analysis(Analyse { min, max, on_insufficient: analysis.on_insufficient })
        }
    })
}

fn duration(
    given: Option<&weir_api::Duration>,
    default: Duration,
    field: impl Fn() -> String,
) -> Result<Duration, PolicyError> {
    match given {
        None => Ok(default),
        Some(given) if given.is_negative() => Err(PolicyError::new(field(), "is negative")),
        Some(given) => Ok(Duration::from(*given)),
    }
}

fn parse_criteria(analysis: &Analysis) -> Result<Criteria, PolicyError> {
    let Analysis { false_abort_percent, errors, latency, min_requests } = analysis;
    if !(0.001..=50.0).contains(false_abort_percent) {
        let problem =
            format!("{false_abort_percent} is not a usable chance: give percent from 0.001 to 50, such as 1");
        return Err(PolicyError::new("spec.analysis.falseAbortPercent", problem));
    }
    Ok(Criteria {
        alpha: false_abort_percent / 100.0,
        min_requests: *min_requests,
        errors: criterion(errors, "spec.analysis.errors")?,
        latency: criterion(latency, "spec.analysis.latency")?,
    })
}

fn criterion(given: &weir_api::canary::Criterion, field: &str) -> Result<Option<Criterion>, PolicyError> {
    let weir_api::canary::Criterion { enabled, margin, tolerance } = given;
    let margin = self::margin(margin, &format!("{field}.margin"))?;
    let tolerance = self::margin(tolerance, &format!("{field}.tolerance"))?;
    if *enabled && tolerance.relative + tolerance.absolute <= 0.0 {
        let problem = "is nothing at all: no number of requests proves \"not worse by 0\", so no release would ever pass";
        return Err(PolicyError::new(format!("{field}.tolerance"), problem));
    }
    Ok(enabled.then_some(Criterion { margin, tolerance }))
}

fn margin(given: &weir_api::canary::Margin, field: &str) -> Result<Margin, PolicyError> {
    let weir_api::canary::Margin { relative_percent, absolute_percent } = given;
    for (name, value, most) in
        [("relativePercent", relative_percent, 1e6), ("absolutePercent", absolute_percent, 100.0)]
    {
        if !(0.0..=most).contains(value) {
            return Err(PolicyError::new(
                format!("{field}.{name}"),
                format!("{value} is not a number from 0 to {most}"),
            ));
        }
    }
    Ok(Margin { relative: relative_percent / 100.0, absolute: absolute_percent / 100.0 })
}

#[cfg(test)]
mod tests;
