//! What somebody who looks at a release wants to know beside why it stands there: how it is released, what is in force, when it goes on by
//! itself, and what he may ask for.
//!
//! Invariant: what is offered here is accepted by [`crate::advance`](crate::advance()) in the same state.

use std::time::Duration;

use weir_api::status::ReleaseOutcome;
use weir_api::strategy::{OnExpiry, OnInsufficient, Ramp};
use weir_api::{CanarySpec, Share, Timestamp, Track};

use crate::message::duration;
use crate::observed::Command;
use crate::policy::{Analyse, Expiry, Pause, Policy, RouteChange, Step, Until};
use crate::state::{AtStep, Stage, State};

/// What is in force, and what may come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// What is in force beside weights: a word for it, and the fact.
    pub in_force: Vec<(&'static str, String)>,
    /// When the release goes on, or ends, by itself.
    pub deadline: Option<Deadline>,
    /// What may be asked for, and what that does; the likeliest first.
    pub offers: Vec<(Command, String)>,
}

/// When something comes by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
    /// What.
    pub then: String,
}

/// The outlook of a release.
#[must_use]
pub fn outlook(spec: &CanarySpec, policy: &Policy, state: &State) -> Outlook {
    Outlook {
        in_force: in_force(spec, policy, state),
        deadline: deadline(policy, state),
        offers: offers(policy, state),
    }
}

/// How a spec has its releases done, in a few words.
#[must_use]
pub fn strategy(spec: &CanarySpec) -> String {
    let canary = spec.strategy.canary.as_ref();
    let percent = |share: &Share| share.to_string().trim_end_matches(" %").to_owned();
    let moves = match (canary, &spec.strategy.rolling_blue_green) {
        (Some(canary), _) => match &canary.ramp {
            Some(Ramp { from, to, factor, analysis: _ }) => {
                format!("ramp: from {} to {to}, each weight {factor} times the one before", percent(from))
            }
            None => format!("canary: {} steps", canary.steps.len()),
        },
        (None, Some(rolling)) => {
            let parts: Vec<_> = rolling.target_percentages.iter().map(percent).collect();
            format!("rolling blue/green: {} %", parts.join(", "))
        }
        (None, None) => "blue/green: a preview of full size, then everything at once".to_owned(),
    };
    let after = canary.and_then(|canary| canary.after_promotion.as_ref());
    let after = after.map(|after| format!("watched for {} afterwards", duration(after.duration.into())));
    let budget = spec.analysis.failure_budget;
    let budget = budget.map(|budget| format!("at most {} failed requests", budget.failed_requests));
    let dry = spec.analysis.dry_run;
    let dry = dry.then(|| "dry run: the judge's verdict is told and not acted upon".to_owned());
    [Some(moves), after, budget, dry].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn in_force(spec: &CanarySpec, policy: &Policy, state: &State) -> Vec<(&'static str, String)> {
    let Some(release) = state.release() else { return Vec::new() };
    if !state.stage.phase().is_going_on() {
        return Vec::new();
    }
    let mut lines = vec![("strategy", strategy(spec))];
    let (new, old) = (&release.revision.image, &release.from.image);
    let service = policy.service();
    let is_whole = spec.strategy.canary.is_none();
    match &state.stage {
        Stage::Starting { .. } | Stage::Progressing(_) | Stage::Paused { .. }
            if is_whole && state.canary_weight() == Share::ZERO =>
        {
            let text = format!(
                "Service {service}-canary is {new}; requests that name the canary, by the header or cookie of Service {service}, get it as well"
            );
            lines.push(("preview", text));
        }
        Stage::Progressing(_) | Stage::Paused { .. } if state.canary_weight() == Share::FULL => {
            lines.push(("way back", format!("pods of {old} stay until the release has ended")));
        }
        Stage::Watching { .. } => {
            let text = format!(
                "production, which runs {new}, against what stable served in the ten minutes before; pods of {old} stay for the way back"
            );
            lines.push(("watched", text));
        }
        Stage::Returning { split, .. } => {
            let weight = split.weight(Track::Baseline);
            let text = format!("pods of {old} serve {weight} while production is given {old} again");
            lines.push(("return", text));
        }
        Stage::Idle
        | Stage::Starting { .. }
        | Stage::Progressing(_)
        | Stage::Paused { .. }
        | Stage::Promoting { .. }
        | Stage::Draining { .. }
        | Stage::Promoted(_)
        | Stage::Aborted(_) => {}
    }
    let routes = state.split().map(|split| split.header_routes.as_slice()).unwrap_or_default();
    lines.extend(routes.iter().map(|route| {
        let shown = RouteChange::Header { name: route.name.clone(), route: Some(route.clone()) }.shown();
        ("route", shown)
    }));
    lines
}

fn deadline(policy: &Policy, state: &State) -> Option<Deadline> {
    let gives_up = |since: Timestamp, what: &str| Deadline {
        at: since.plus(policy.timing().progress_deadline),
        then: format!("the release is given up where {what}"),
    };
    match &state.stage {
        Stage::Starting { since, .. } => Some(gives_up(*since, "pods are not ready by then")),
        Stage::Progressing(at) if at.by_hand.is_none() => {
            let step = policy.steps().get(at.step)?;
            match step {
                Step::SetWeight(_) | Step::SetCanaryScale(_) | Step::SetRoute(_) => {
                    Some(gives_up(at.since, "pods are not ready or proxies have not acknowledged by then"))
                }
                Step::Pause(pause) => end_of_pause(*pause, at),
                Step::Analysis(analyse) => end_of_analysis(policy, *analyse, at),
            }
        }
        Stage::Paused { at, .. } if at.by_hand.is_none() => match policy.steps().get(at.step)? {
            Step::Pause(pause) if pause.until == Until::Somebody => end_of_pause(*pause, at),
            Step::Pause(_)
            | Step::SetWeight(_)
            | Step::SetCanaryScale(_)
            | Step::SetRoute(_)
            | Step::Analysis(_) => None,
        },
        Stage::Promoting { since, .. } => Some(gives_up(*since, "stable's pods are not ready by then")),
        Stage::Watching { since, .. } => Some(Deadline {
            at: since.plus(policy.after_promotion()?),
            then: "the watch is over and the release is promoted".to_owned(),
        }),
        Stage::Idle
        | Stage::Progressing(_)
        | Stage::Paused { .. }
        | Stage::Returning { .. }
        | Stage::Draining { .. }
        | Stage::Promoted(_)
        | Stage::Aborted(_) => None,
    }
}

fn end_of_pause(pause: Pause, at: &AtStep) -> Option<Deadline> {
    if let Until::Elapsed(length) = pause.until {
        return Some(Deadline { at: at.since.plus(length), then: "the pause is over".to_owned() });
    }
    let Expiry { after, then } = pause.expiry?;
    let waits_for = match pause.until {
        Until::Requests(requests) => format!("the canary has not answered {requests} requests by then"),
        Until::Elapsed(_) | Until::Somebody => "nobody has promoted by then".to_owned(),
    };
    let then = match then {
        OnExpiry::Promote => format!("the release goes on where {waits_for}"),
        OnExpiry::Abort => format!("the release is given up where {waits_for}"),
    };
    Some(Deadline { at: at.since.plus(after), then })
}

fn end_of_analysis(policy: &Policy, analyse: Analyse, at: &AtStep) -> Option<Deadline> {
    let Analyse { min: _, max, on_insufficient } = analyse;
    let then = match on_insufficient {
        _ if max == Duration::MAX => return None,
        _ if policy.is_dry_run() => "the release goes on, unproven,",
        OnInsufficient::Wait => return None,
        OnInsufficient::Ask => "the release waits for somebody",
        OnInsufficient::Promote => "the release goes on, unproven,",
        OnInsufficient::Abort => "the release is given up",
    };
    Some(Deadline { at: at.since.plus(max), then: format!("{then} where there is no verdict by then") })
}

fn offers(policy: &Policy, state: &State) -> Vec<(Command, String)> {
    let old = &state.stable.revision.image;
    let give_up = (Command::Abort, format!("gives it up: production stays on {old}"));
    let skip = (Command::PromoteFull, "skips everything that is left".to_owned());
    let hold = (Command::Pause, "holds it here".to_owned());
    match &state.stage {
        Stage::Idle | Stage::Returning { .. } => Vec::new(),
        Stage::Starting { .. } => vec![give_up, skip],
        Stage::Progressing(at) => {
            let sets = at.by_hand.is_some() || policy.steps().get(at.step).is_none_or(Step::sets);
            let go_on = (Command::Promote, "ends this step without waiting for it".to_owned());
            let first = if sets { None } else { Some(go_on) };
            first.into_iter().chain([hold, give_up, skip]).collect()
        }
        Stage::Paused { at, .. } => {
            let go_on = match policy.steps().get(at.step) {
                Some(Step::Pause(Pause { until: Until::Somebody, .. })) if at.by_hand.is_none() => {
                    (Command::Promote, "goes on".to_owned())
                }
                Some(Step::Analysis(_)) if at.by_hand.is_none() => {
                    (Command::Promote, "goes on without proof".to_owned())
                }
                Some(_) => (Command::Resume, format!("goes on with step {}", at.step.saturating_add(1))),
                None => (Command::Promote, "gives stable the new version".to_owned()),
            };
            vec![go_on, give_up, skip]
        }
        Stage::Promoting { .. } => vec![(Command::Abort, format!("gives production {old} back"))],
        Stage::Watching { .. } => vec![
            (Command::Promote, "ends the watch".to_owned()),
            (Command::Abort, format!("goes back to {old} at once")),
        ],
        Stage::Draining { decision, .. } if decision.outcome == ReleaseOutcome::Aborted => Vec::new(),
        Stage::Draining { .. } | Stage::Promoted(_) => {
            let before = state.stable.before.as_ref();
            before
                .map(|before| (Command::Undo, format!("goes back to {}, without analysis", before.image)))
                .into_iter()
                .collect()
        }
        Stage::Aborted(ended) => {
            vec![(Command::Retry, format!("releases {} again, from the start", ended.release.revision.image))]
        }
    }
}
