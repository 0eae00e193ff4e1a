//! Why a release stands where it stands, in plain words.

use std::time::Duration;

use weir_api::Timestamp;
use weir_api::status::Acknowledged;
use weir_api::strategy::OnExpiry;
use weir_judge::{Decision, Verdict};

use crate::observed::{Observed, Readiness};
use crate::policy::{Analyse, Expiry, Pause, Policy, Scale, Step, Until};
use crate::state::{AtStep, Release, Stage, State};

/// Reason of a pause that only a command ends.
pub(crate) fn waits_for_somebody(pause: Pause) -> String {
    let waits = "this step waits until somebody promotes or aborts";
    match pause.expiry {
        None => waits.to_owned(),
        Some(Expiry { after, then: OnExpiry::Promote }) => {
            format!("{waits}, and goes on after {}", duration(after))
        }
        Some(Expiry { after, then: OnExpiry::Abort }) => {
            format!("{waits}, and is given up after {}", duration(after))
        }
    }
}

/// Why a pause ended badly.
pub(crate) fn expired(pause: Pause, after: Duration, observed: &Observed) -> String {
    let after = duration(after);
    match pause.until {
        Until::Requests(requests) => {
            format!("the canary answered {} of {requests} requests within {after}", observed.canary_requests)
        }
        Until::Elapsed(_) | Until::Somebody => format!("nobody promoted within {after}"),
    }
}

/// One sentence for `status.message`: it changes only when the state does, so that a waiting release writes nothing.
#[must_use]
pub fn headline(policy: &Policy, state: &State) -> String {
    match &state.stage {
        Stage::Idle => format!("nothing is being released; production runs {}", state.stable.revision.image),
        Stage::Starting { release, .. } => format!("starting {}", release.revision.image),
        Stage::Progressing(AtStep { by_hand: Some(weight), .. }) => {
            format!("weight {weight} is being set by hand")
        }
        Stage::Progressing(at) => {
            let title = policy.steps().get(at.step).map(step).unwrap_or_default();
            format!("step {} of {}: {title}", at.step.saturating_add(1), policy.steps().len())
        }
        Stage::Paused { reason, .. } => format!("paused: {reason}"),
        Stage::Promoting { release, .. } => format!("stable is being given {}", release.revision.image),
        Stage::Watching { release, .. } => {
            let length = policy.after_promotion().map(duration).unwrap_or_default();
            format!("production runs {} and is watched for {length}", release.revision.image)
        }
        Stage::Returning { decision, .. } => {
            format!("stable is being given {} back: {}", state.stable.revision.image, decision.reason)
        }
        Stage::Draining { decision, .. } => format!("{}: {}", decision.outcome, decision.reason),
        Stage::Promoted(ended) => format!("promoted: {}", ended.reason),
        Stage::Aborted(ended) => format!("aborted: {}", ended.reason),
    }
}

/// One sentence for people who watch: what it waits for, and for how long still.
#[must_use]
pub fn describe(
    policy: &Policy,
    state: &State,
    observed: &Observed,
    verdict: &Verdict,
    now: Timestamp,
) -> String {
    match &state.stage {
        Stage::Idle => format!("nothing is being released; production runs {}", state.stable.revision.image),
        Stage::Starting { release, .. } => {
            format!("starting {}: {}", release.revision.image, missing_pods(observed))
        }
        Stage::Progressing(AtStep { by_hand: Some(weight), .. }) => {
            let Acknowledged { proxies, of } = observed.acknowledged;
            format!(
                "weight {weight} is being set by hand: {}, {proxies} of {of} proxies",
                missing_pods(observed)
            )
        }
        Stage::Progressing(at) => {
            let what =
                policy.steps().get(at.step).map(|step| waiting(policy, step, at, observed, verdict, now));
            format!(
                "step {} of {}: {}",
                at.step.saturating_add(1),
                policy.steps().len(),
                what.unwrap_or_default()
            )
        }
        Stage::Paused { reason, .. } => format!("paused: {reason}"),
        Stage::Promoting { release, .. } => {
            format!("stable is being given {}: {}", release.revision.image, missing_pods(observed))
        }
        Stage::Watching { since, .. } => {
            let left = policy.after_promotion().unwrap_or_default().saturating_sub(now.since(*since));
            format!("{}, {} left", headline(policy, state), duration(left))
        }
        Stage::Returning { .. } => format!("{}; {}", headline(policy, state), missing_pods(observed)),
        Stage::Draining { decision, .. } => {
            format!("{}: {}; {}", decision.outcome, decision.reason, draining(observed))
        }
        Stage::Promoted(ended) => format!("promoted: {}", ended.reason),
        Stage::Aborted(ended) => format!("aborted: {}", ended.reason),
    }
}

fn waiting(
    policy: &Policy,
    step: &Step,
    at: &AtStep,
    observed: &Observed,
    verdict: &Verdict,
    now: Timestamp,
) -> String {
    let elapsed = now.since(at.since);
    match step {
        Step::SetWeight(share) if at.split.canary.weight == *share => {
            let Acknowledged { proxies, of } = observed.acknowledged;
            format!("weight {share}, acknowledged by {proxies} of {of} proxies")
        }
        Step::SetRoute(change) if !change.is_in(&at.split) => {
            format!("{} waits for pods: {}", change.shown(), missing_pods(observed))
        }
        Step::SetRoute(change) => {
            let Acknowledged { proxies, of } = observed.acknowledged;
            format!("{}, acknowledged by {proxies} of {of} proxies", change.shown())
        }
        Step::SetWeight(share) => format!("weight {share} waits for pods: {}", missing_pods(observed)),
        Step::SetCanaryScale(_) => format!("{} waits for pods: {}", self::step(step), missing_pods(observed)),
        Step::Pause(pause) => match pause.until {
            Until::Elapsed(length) => format!("pause, {} left", duration(length.saturating_sub(elapsed))),
            Until::Requests(requests) => {
                format!("pause, {} of {requests} requests at this weight", observed.canary_requests)
            }
            Until::Somebody => waits_for_somebody(*pause),
        },
        Step::Analysis(analyse) => match verdict.decision {
            Decision::Pass if elapsed < analyse.min => {
                format!(
                    "passed; stays at least {}, {} left",
                    duration(analyse.min),
                    duration(analyse.min.saturating_sub(elapsed))
                )
            }
            Decision::Pass => format!(
                "passed so far; {} of {} requests at this weight",
                observed.canary_requests,
                policy.criteria().min_requests
            ),
            Decision::Fail | Decision::Insufficient | Decision::NoData => {
                format!("analysis: {}", verdict.reason)
            }
        },
    }
}

fn draining(observed: &Observed) -> String {
    let Acknowledged { proxies, of } = observed.acknowledged;
    match observed.in_flight {
        _ if proxies < of || of == 0 => format!("weight 0 acknowledged by {proxies} of {of} proxies"),
        Some(0) => "no request is in flight on the canary".to_owned(),
        Some(1) => "waiting for 1 last request".to_owned(),
        Some(n) => format!("waiting for {n} last requests"),
        None => "a proxy does not tell its requests in flight".to_owned(),
    }
}

/// What a step does, as a title.
#[must_use]
pub fn step(step: &Step) -> String {
    match step {
        Step::SetWeight(share) => format!("weight {share}"),
        Step::SetRoute(change) => change.shown(),
        Step::SetCanaryScale(Scale::MatchTrafficWeight) => "pods as the weight needs".to_owned(),
        Step::SetCanaryScale(Scale::Replicas(1)) => "1 pod".to_owned(),
        Step::SetCanaryScale(Scale::Replicas(replicas)) => format!("{replicas} pods"),
        Step::SetCanaryScale(Scale::Weight(share)) => format!("pods for {share}"),
        Step::Pause(pause) => match pause.until {
            Until::Elapsed(length) => format!("pause {}", duration(length)),
            Until::Requests(requests) => format!("pause for {requests} requests"),
            Until::Somebody => "pause until somebody promotes".to_owned(),
        },
        Step::Analysis(Analyse { max: Duration::MAX, .. }) => "analysis".to_owned(),
        Step::Analysis(analyse) => format!("analysis, at most {}", duration(analyse.max)),
    }
}

/// Which pods are not ready, and why.
pub(crate) fn missing_pods(observed: &Observed) -> String {
    let track = |name: &str, readiness: &Readiness| {
        let Readiness { ready, wanted, problem, enough_for: _ } = readiness;
        (ready < wanted).then(|| match problem {
            Some(problem) => format!("{name} has {ready} of {wanted} pods ready ({problem})"),
            None => format!("{name} has {ready} of {wanted} pods ready"),
        })
    };
    let missing: Vec<_> = [
        track("canary", &observed.canary),
        track("baseline", &observed.baseline),
        track("stable", &observed.stable),
    ]
    .into_iter()
    .flatten()
    .collect();
    if missing.is_empty() { "all pods are ready".to_owned() } else { missing.join(", ") }
}

/// Why an analysis ended without a verdict.
pub(crate) fn insufficient(policy: &Policy, observed: &Observed, verdict: &Verdict, max: Duration) -> String {
    let min = policy.criteria().min_requests;
    let reason = match verdict.decision {
        Decision::NoData => "the canary or its control had no request".to_owned(),
        Decision::Pass => {
            format!("the canary served {} of {min} requests at this weight", observed.canary_requests)
        }
        Decision::Fail | Decision::Insufficient => verdict.reason.clone(),
    };
    format!("no verdict within {}: {reason}", duration(max))
}

/// Why a release is promoted.
pub(crate) fn promoted(policy: &Policy, release: &Release, verdict: &Verdict) -> String {
    let steps = policy.steps().len();
    match verdict.decision {
        _ if release.unproven => format!("all {steps} steps are done, though not every one was proven"),
        Decision::Pass => verdict.reason.clone(),
        Decision::Fail | Decision::Insufficient | Decision::NoData => {
            format!("all {steps} steps are done and nothing spoke against it")
        }
    }
}

pub(crate) fn steps_edited(step: usize, policy: &Policy) -> String {
    let (was, has) = (step.saturating_add(1), policy.steps().len());
    format!(
        "the steps were edited: the release was at step {was}, now there are {has}; promote gives stable the new version, abort gives it up"
    )
}

/// A duration as people write it: `90s` is `1m30s`, below a second in milliseconds.
#[must_use]
pub fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) if !length.is_zero() => format!("{}ms", length.as_millis()),
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, 0, 0) => format!("{h}h"),
        (h, m, 0) => format!("{h}h{m}m"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}
