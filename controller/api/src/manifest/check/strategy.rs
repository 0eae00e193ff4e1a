//! What the types of a strategy cannot say about their values. What follows from several fields together is the controller's to say.

use super::Findings;
use crate::canary::{CanaryStrategy, Pause, Step, Strategy};
use crate::requests::InvalidMatch;
use crate::strategy::{AnalysisStep, BlueGreenStrategy, CanaryScale, RollingBlueGreenStrategy};
use crate::{Duration, Share};

/// Most steps that a canary may have: what the CRD's schema allows too.
const MAX_STEPS: usize = 100;

/// What is wrong with a strategy.
pub(super) fn strategy(strategy: &Strategy, findings: &mut Findings) {
    let Strategy { canary: steps, blue_green: full, rolling_blue_green: rolling } = strategy;
    let given = usize::from(steps.is_some()) + usize::from(full.is_some()) + usize::from(rolling.is_some());
    findings.require(given == 1, "spec.strategy", || {
        format!("{given} strategies: give one of canary, blueGreen and rollingBlueGreen")
    });
    if let Some(strategy) = steps {
        canary(strategy, findings);
    }
    if let Some(strategy) = full {
        blue_green(strategy, findings);
    }
    if let Some(strategy) = rolling {
        rolling_blue_green(strategy, findings);
    }
}

fn canary(strategy: &CanaryStrategy, findings: &mut Findings) {
    const FIELD: &str = "spec.strategy.canary";
    let CanaryStrategy {
        steps,
        ramp,
        baseline: _,
        progress_deadline,
        drain_timeout,
        scale_down_delay,
        abort_scale_down_delay,
        after_promotion,
    } = strategy;
    let empty = steps.is_empty();
    findings.require(!empty || ramp.is_some(), "spec.strategy.canary.steps", || {
        "empty: a release needs at least one step, such as setWeight: 10, or a ramp".to_owned()
    });
    findings.require(empty || ramp.is_none(), "spec.strategy.canary.ramp", || {
        "beside steps: give either of them".to_owned()
    });
    findings.require(steps.len() <= MAX_STEPS, "spec.strategy.canary.steps", || {
        format!("{} steps: at most {MAX_STEPS} are allowed", steps.len())
    });
    for (index, step) in steps.iter().enumerate() {
        self::step(step, &format!("{FIELD}.steps[{index}]"), findings);
    }
    if let Some(analysis) = ramp.as_ref().and_then(|ramp| ramp.analysis.as_ref()) {
        self::analysis(analysis, &format!("{FIELD}.ramp.analysis"), findings);
    }
    spans(
        FIELD,
        [*progress_deadline, *drain_timeout],
        [*scale_down_delay, *abort_scale_down_delay],
        findings,
    );
    let watch = after_promotion.as_ref().map(|after| after.duration);
    findings.span(&format!("{FIELD}.afterPromotion.duration"), watch);
}

/// How long things may take, and how long pods stay, which every strategy says in these words.
fn spans(
    strategy: &str,
    waits: [Option<Duration>; 2],
    stays: [Option<Duration>; 2],
    findings: &mut Findings,
) {
    let names = ["progressDeadline", "drainTimeout", "scaleDownDelay", "abortScaleDownDelay"];
    for (name, span) in names.into_iter().zip(waits.into_iter().chain(stays)) {
        findings.span(&format!("{strategy}.{name}"), span);
    }
}

fn blue_green(strategy: &BlueGreenStrategy, findings: &mut Findings) {
    const FIELD: &str = "spec.strategy.blueGreen";
    for (name, step) in [
        ("prePromotionAnalysis", &strategy.pre_promotion_analysis),
        ("postPromotionAnalysis", &strategy.post_promotion_analysis),
    ] {
        if let Some(step) = step {
            analysis(step, &format!("{FIELD}.{name}"), findings);
        }
    }
    let waits = [strategy.progress_deadline, strategy.drain_timeout];
    spans(FIELD, waits, [strategy.scale_down_delay, strategy.abort_scale_down_delay], findings);
}

fn rolling_blue_green(strategy: &RollingBlueGreenStrategy, findings: &mut Findings) {
    const FIELD: &str = "spec.strategy.rollingBlueGreen";
    let parts = &strategy.target_percentages;
    findings.require(
        parts.is_sorted_by(|a, b| a < b) && parts.last() == Some(&Share::FULL),
        "spec.strategy.rollingBlueGreen.targetPercentages",
        || "must rise and end with 100, such as [25, 50, 75, 100]".to_owned(),
    );
    analysis(&strategy.analysis, &format!("{FIELD}.analysis"), findings);
    let waits = [strategy.progress_deadline, strategy.drain_timeout];
    spans(FIELD, waits, [strategy.scale_down_delay, strategy.abort_scale_down_delay], findings);
}

fn step(step: &Step, field: &str, findings: &mut Findings) {
    match step {
        Step::SetWeight(_) => {}
        Step::SetCanaryScale(CanaryScale { replicas, weight, match_traffic_weight }) => {
            let given = [replicas.is_some(), weight.is_some(), *match_traffic_weight == Some(true)];
            let given = given.into_iter().filter(|given| *given).count();
            findings.require(given == 1, &format!("{field}.setCanaryScale"), || {
                "give one of replicas, weight and matchTrafficWeight: true".to_owned()
            });
        }
        Step::SetHeaderRoute(route) => {
            if let Err(InvalidMatch { field: at, problem }) = route.requests() {
                findings.require(false, &format!("{field}.setHeaderRoute.{at}"), || problem);
            }
        }
        Step::SetMirrorRoute(route) => {
            if let Err(InvalidMatch { field: at, problem }) = route.route() {
                findings.require(false, &format!("{field}.setMirrorRoute.{at}"), || problem);
            }
        }
        Step::Pause(Pause { duration, requests: _, expiry, on_expiry: _ }) => {
            findings.span(&format!("{field}.pause.duration"), *duration);
            findings.span(&format!("{field}.pause.expiry"), *expiry);
        }
        Step::Analysis(step) => analysis(step, &format!("{field}.analysis"), findings),
    }
}

fn analysis(step: &AnalysisStep, field: &str, findings: &mut Findings) {
    findings.span(&format!("{field}.minDuration"), step.min_duration);
    findings.span(&format!("{field}.maxDuration"), step.max_duration);
    if let (Some(min), Some(max)) = (step.min_duration, step.max_duration) {
        findings.require(min <= max, &format!("{field}.minDuration"), || {
            format!("{min} is longer than maxDuration, {max}")
        });
    }
}
