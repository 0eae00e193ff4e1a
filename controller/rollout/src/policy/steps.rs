//! What happens in order, read from the steps of a strategy.

use std::time::Duration;

use weir_api::Share;
use weir_api::canary::{Pause as SpecPause, Step as SpecStep};
use weir_api::strategy::{AnalysisStep, CanaryScale, OnExpiry, OnInsufficient};

use super::PolicyError;
use super::routes::{self, RouteChange};

const MAX_STEPS: usize = 100;
/// More pods than this for a canary are a slip of the pen.
const MAX_REPLICAS: u32 = 10_000;
const TEN_MINUTES: Duration = Duration::from_mins(10);

/// One step, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Give the canary this share and wait until every proxy serves it.
    SetWeight(Share),
    /// Size canary and baseline and wait until their pods are ready.
    SetCanaryScale(Scale),
    /// Change which requests go to the canary whatever its weight, or of which it gets copies, and wait until every proxy does so.
    SetRoute(RouteChange),
    /// Stay, whatever the judge says in favour.
    Pause(Pause),
    /// Stay until the judge passes the canary.
    Analysis(Analyse),
}

/// How many pods canary and baseline have: never fewer than their weight needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As many as the weight needs.
    MatchTrafficWeight,
    /// At least this many.
    Replicas(u32),
    /// At least as many as this share needs.
    Weight(Share),
}

/// A stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// What ends it.
    pub until: Until,
    /// What ends it where that does not come.
    pub expiry: Option<Expiry>,
}

/// What ends a pause. A `promote` ends each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Time.
    Elapsed(Duration),
    /// Requests that the canary answered at this weight.
    Requests(u64),
    /// Nothing but somebody's command.
    Somebody,
}

/// The end of a wait for what does not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// After this long.
    pub after: Duration,
    /// This happens.
    pub then: OnExpiry,
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

impl Step {
    /// Whether pods and proxies have to follow it, so that it ends by that and is not skipped: to skip it would give requests to what not every proxy serves.
    #[must_use]
    pub fn sets(&self) -> bool {
        match self {
            Self::SetWeight(_) | Self::SetCanaryScale(_) | Self::SetRoute(_) => true,
            Self::Pause(_) | Self::Analysis(_) => false,
        }
    }
}

impl Scale {
    /// The share that there have to be pods for, where the weights need those for `share`.
    #[must_use]
    pub fn share(self, share: Share) -> Share {
        match self {
            Self::MatchTrafficWeight | Self::Replicas(_) => share,
            Self::Weight(least) => share.max(least),
        }
    }

    /// Pods that there have to be in any case.
    #[must_use]
    pub fn at_least(self) -> u32 {
        match self {
            Self::MatchTrafficWeight | Self::Weight(_) => 0,
            Self::Replicas(least) => least,
        }
    }
}

pub(super) fn parse_steps(
    steps: &[SpecStep],
    has_baseline: bool,
    field: &str,
) -> Result<Vec<Step>, PolicyError> {
    if steps.is_empty() {
        return Err(PolicyError::new(field, "is empty: give at least one setWeight, or a ramp"));
    }
    check_number(steps.len(), field)?;
    if !steps.iter().any(|step| matches!(step, SpecStep::SetWeight(_))) {
        let problem = "have no setWeight: without one the canary gets no request but those that name it";
        return Err(PolicyError::new(field, problem));
    }
    let parse = |(index, step)| parse_step(step, has_baseline, &format!("{field}[{index}]"));
    let steps = steps.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
    routes::check_number(&steps, field)?;
    Ok(steps)
}

/// # Errors
/// More steps than anybody wants.
pub(super) fn check_number(steps: usize, field: &str) -> Result<(), PolicyError> {
    if steps > MAX_STEPS {
        return Err(PolicyError::new(field, format!("has {steps} entries: at most {MAX_STEPS}")));
    }
    Ok(())
}

fn parse_step(step: &SpecStep, has_baseline: bool, field: &str) -> Result<Step, PolicyError> {
    Ok(match step {
        SpecStep::SetWeight(share) => Step::SetWeight(*share),
        SpecStep::SetCanaryScale(scale) => {
            Step::SetCanaryScale(parse_scale(scale, &format!("{field}.setCanaryScale"))?)
        }
        SpecStep::SetHeaderRoute(route) => {
            Step::SetRoute(RouteChange::header(route, has_baseline, &format!("{field}.setHeaderRoute"))?)
        }
        SpecStep::SetMirrorRoute(route) => {
            Step::SetRoute(RouteChange::mirror(route, has_baseline, &format!("{field}.setMirrorRoute"))?)
        }
        SpecStep::Pause(pause) => Step::Pause(parse_pause(pause, &format!("{field}.pause"))?),
        SpecStep::Analysis(step) => Step::Analysis(analysis(step, &format!("{field}.analysis"))?),
    })
}

fn parse_scale(scale: &CanaryScale, field: &str) -> Result<Scale, PolicyError> {
    match scale {
        CanaryScale { replicas: Some(replicas), weight: None, match_traffic_weight: None | Some(false) } => {
            Ok(Scale::Replicas(self::replicas(*replicas, &format!("{field}.replicas"))?))
        }
        CanaryScale { replicas: None, weight: Some(share), match_traffic_weight: None | Some(false) } => {
            Ok(Scale::Weight(*share))
        }
        CanaryScale { replicas: None, weight: None, match_traffic_weight: Some(true) } => {
            Ok(Scale::MatchTrafficWeight)
        }
        CanaryScale { .. } => {
            Err(PolicyError::new(field, "must have one of replicas, weight and matchTrafficWeight: true"))
        }
    }
}

/// # Errors
/// No pod, or more than anybody wants.
pub(super) fn replicas(given: u32, field: &str) -> Result<u32, PolicyError> {
    if (1..=MAX_REPLICAS).contains(&given) {
        return Ok(given);
    }
    Err(PolicyError::new(field, format!("{given} is not a number of pods from 1 to {MAX_REPLICAS}")))
}

fn parse_pause(pause: &SpecPause, field: &str) -> Result<Pause, PolicyError> {
    let of = |name: &str| format!("{field}.{name}");
    let SpecPause { duration: length, requests, expiry, on_expiry } = pause;
    let until = match (length, requests) {
        (Some(_), Some(_)) => {
            return Err(PolicyError::new(of("requests"), "is given beside duration: give either of them"));
        }
        (Some(given), None) => Until::Elapsed(duration(Some(given), Duration::ZERO, || of("duration"))?),
        (None, Some(0)) => {
            return Err(PolicyError::new(of("requests"), "is 0: the pause would be over before it began"));
        }
        (None, Some(requests)) => Until::Requests(*requests),
        (None, None) => Until::Somebody,
    };
    let expiry = match expiry {
        Some(_) if length.is_some() => {
            return Err(PolicyError::new(of("expiry"), "is given beside duration, which ends the pause"));
        }
        Some(after) => {
            let after = duration(Some(after), Duration::ZERO, || of("expiry"))?;
            Some(Expiry { after, then: on_expiry.unwrap_or_default() })
        }
        None if on_expiry.is_some() => {
            return Err(PolicyError::new(of("onExpiry"), "is given without expiry: say after how long"));
        }
        None => None,
    };
    Ok(Pause { until, expiry })
}

/// # Errors
/// Spans that are negative or the wrong way round.
pub(super) fn analysis(step: &AnalysisStep, field: &str) -> Result<Analyse, PolicyError> {
    let of = |name: &str| format!("{field}.{name}");
    let min = duration(step.min_duration.as_ref(), Duration::ZERO, || of("minDuration"))?;
    let max = duration(step.max_duration.as_ref(), TEN_MINUTES.max(min), || of("maxDuration"))?;
    if max < min {
        return Err(PolicyError::new(of("maxDuration"), "is shorter than minDuration"));
    }
    Ok(Analyse { min, max, on_insufficient: step.on_insufficient })
}

/// # Errors
/// A negative span.
pub(super) fn duration(
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
