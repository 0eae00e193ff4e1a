//! Each strategy as steps: what decides and what moves traffic is the same for all of them.

use std::time::Duration;

use weir_api::Share;
use weir_api::canary::{CanaryStrategy, Strategy};
use weir_api::strategy::{BlueGreenStrategy, OnInsufficient, Ramp, RollingBlueGreenStrategy};

use super::steps::{self, Analyse, Pause, Scale, Step, Until};
use super::{PolicyError, Timing};

const PROGRESS_DEADLINE: Duration = Duration::from_mins(10);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
/// As in Argo Rollouts.
const SCALE_DOWN_DELAY: Duration = Duration::from_secs(30);
/// No analysis is longer.
const NO_END: Duration = Duration::MAX;

/// A strategy as it is followed.
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    pub(super) baseline: bool,
    pub(super) timing: Timing,
    pub(super) after_promotion: Option<Duration>,
}

/// # Errors
/// Not exactly one strategy, or a field that cannot be followed.
pub(super) fn parse(strategy: &Strategy) -> Result<Plan, PolicyError> {
    let Strategy { canary: steps, blue_green: full, rolling_blue_green: rolling } = strategy;
    match (steps, full, rolling) {
        (Some(strategy), None, None) => canary(strategy),
        (None, Some(strategy), None) => blue_green(strategy),
        (None, None, Some(strategy)) => rolling_blue_green(strategy),
        _ => {
            let problem = "must be exactly one of canary, blueGreen and rollingBlueGreen";
            Err(PolicyError::new("spec.strategy", problem))
        }
    }
}

fn canary(strategy: &CanaryStrategy) -> Result<Plan, PolicyError> {
    const FIELD: &str = "spec.strategy.canary";
    let steps = match &strategy.ramp {
        Some(_) if !strategy.steps.is_empty() => {
            return Err(PolicyError::new(
                format!("{FIELD}.ramp"),
                "is given beside steps: give either of them",
            ));
        }
        Some(ramp) => self::ramp(ramp, &format!("{FIELD}.ramp"))?,
        None => steps::parse_steps(&strategy.steps, strategy.baseline, &format!("{FIELD}.steps"))?,
    };
    let after_promotion = strategy.after_promotion.as_ref().map(|after| after.duration);
    let watch = span(FIELD, after_promotion, Duration::ZERO, "afterPromotion.duration")?;
    Ok(Plan {
        steps,
        baseline: strategy.baseline,
        timing: timing(
            FIELD,
            [
                strategy.progress_deadline,
                strategy.drain_timeout,
                strategy.scale_down_delay,
                strategy.abort_scale_down_delay,
            ],
        )?,
        after_promotion: Some(watch).filter(|watch| !watch.is_zero()),
    })
}

/// Weights by a factor, with an analysis after each.
fn ramp(ramp: &Ramp, field: &str) -> Result<Vec<Step>, PolicyError> {
    let Ramp { from, to, factor, analysis } = ramp;
    if *from == Share::ZERO || from > to {
        let problem = format!("{from} is not a share above 0 and up to `to`, {to}");
        return Err(PolicyError::new(format!("{field}.from"), problem));
    }
    if !(1.1..=100.0).contains(factor) {
        let problem = format!("{factor} is not a factor from 1.1 to 100, such as 2");
        return Err(PolicyError::new(format!("{field}.factor"), problem));
    }
    let wait = Analyse { min: Duration::ZERO, max: NO_END, on_insufficient: OnInsufficient::Wait };
    let analyse = match analysis {
        Some(given) => steps::analysis(given, &format!("{field}.analysis"))?,
        None => wait,
    };
    let mut steps = Vec::new();
    let mut weight = *from;
    loop {
        steps.extend([Step::SetWeight(weight), Step::Analysis(analyse)]);
        if weight >= *to {
            steps::check_number(steps.len(), field)?;
            return Ok(steps);
        }
        weight = larger(weight, *factor).min(*to);
    }
}

/// By a factor, and by at least the smallest share.
fn larger(share: Share, factor: f64) -> Share {
    let points = f64::from(share.basis_points()) * factor;
    let least = share.basis_points().saturating_add(1);
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 1 to 10,000"
    )]
    let points = points.min(f64::from(Share::FULL.basis_points())).round() as u16;
    Share::from_basis_points(points.max(least)).unwrap_or(Share::FULL)
}

fn blue_green(strategy: &BlueGreenStrategy) -> Result<Plan, PolicyError> {
    const FIELD: &str = "spec.strategy.blueGreen";
    let preview = match strategy.preview_replica_count {
        Some(count) => Scale::Replicas(steps::replicas(count, &format!("{FIELD}.previewReplicaCount"))?),
        None => Scale::Weight(Share::FULL),
    };
    let mut steps = vec![Step::SetCanaryScale(preview)];
    if let Some(analysis) = &strategy.pre_promotion_analysis {
        steps.push(Step::Analysis(steps::analysis(analysis, &format!("{FIELD}.prePromotionAnalysis"))?));
    }
    let look = match strategy.auto_promotion_seconds {
        Some(seconds) => Some(Until::Elapsed(Duration::from_secs(seconds.into()))),
        None => (!strategy.auto_promotion_enabled).then_some(Until::Somebody),
    };
    steps.extend(look.map(|until| Step::Pause(Pause { until, expiry: None })));
    steps.push(Step::SetWeight(Share::FULL));
    let stay = span(FIELD, strategy.scale_down_delay, SCALE_DOWN_DELAY, "scaleDownDelay")?;
    steps.extend(match &strategy.post_promotion_analysis {
        Some(step) => {
            let analyse = steps::analysis(step, &format!("{FIELD}.postPromotionAnalysis"))?;
            Some(Step::Analysis(at_least(analyse, stay)))
        }
        None if stay.is_zero() => None,
        None => Some(Step::Pause(Pause { until: Until::Elapsed(stay), expiry: None })),
    });
    let spans = [strategy.progress_deadline, strategy.drain_timeout, None, strategy.abort_scale_down_delay];
    Ok(whole(steps, timing(FIELD, spans)?))
}

fn rolling_blue_green(strategy: &RollingBlueGreenStrategy) -> Result<Plan, PolicyError> {
    const FIELD: &str = "spec.strategy.rollingBlueGreen";
    let parts = &strategy.target_percentages;
    if !parts.is_sorted_by(|a, b| a < b) || parts.last() != Some(&Share::FULL) || parts.contains(&Share::ZERO)
    {
        let problem = "must rise and end with 100, such as [25, 50, 75, 100]";
        return Err(PolicyError::new(format!("{FIELD}.targetPercentages"), problem));
    }
    let analyse = steps::analysis(&strategy.analysis, &format!("{FIELD}.analysis"))?;
    let stay = span(FIELD, strategy.scale_down_delay, SCALE_DOWN_DELAY, "scaleDownDelay")?;
    let mut steps = vec![Step::SetCanaryScale(Scale::Weight(Share::FULL))];
    for part in parts {
        let analyse = if *part == Share::FULL { at_least(analyse, stay) } else { analyse };
        steps.extend([Step::SetWeight(*part), Step::Analysis(analyse)]);
    }
    steps::check_number(steps.len(), &format!("{FIELD}.targetPercentages"))?;
    let spans = [strategy.progress_deadline, strategy.drain_timeout, None, strategy.abort_scale_down_delay];
    Ok(whole(steps, timing(FIELD, spans)?))
}

/// The plan of a strategy that has the new version at full size: no baseline beside it, and its delay after the switch is a step.
fn whole(steps: Vec<Step>, timing: Timing) -> Plan {
    Plan { steps, baseline: false, timing, after_promotion: None }
}

/// An analysis that lasts at least so long.
fn at_least(analyse: Analyse, min: Duration) -> Analyse {
    Analyse { min: analyse.min.max(min), max: analyse.max.max(min), ..analyse }
}

fn timing(strategy: &str, given: [Option<weir_api::Duration>; 4]) -> Result<Timing, PolicyError> {
    let [progress_deadline, drain_timeout, scale_down_delay, abort_scale_down_delay] = given;
    let span = |given, default, name| span(strategy, given, default, name);
    Ok(Timing {
        progress_deadline: span(progress_deadline, PROGRESS_DEADLINE, "progressDeadline")?,
        drain_timeout: span(drain_timeout, DRAIN_TIMEOUT, "drainTimeout")?,
        scale_down_delay: span(scale_down_delay, Duration::ZERO, "scaleDownDelay")?,
        abort_scale_down_delay: span(abort_scale_down_delay, Duration::ZERO, "abortScaleDownDelay")?,
    })
}

fn span(
    strategy: &str,
    given: Option<weir_api::Duration>,
    default: Duration,
    name: &str,
) -> Result<Duration, PolicyError> {
    steps::duration(given.as_ref(), default, || format!("{strategy}.{name}"))
}
