//! Explains the state of a [`Sequential`]: every metric, then the whole.

use super::{Sequential, Unproven};
use crate::latency::pass_goal;
use crate::question::Question;
use crate::reason::{evidence, latency_name, list, number, percent, share};
use crate::{Decision, Evidence, MetricVerdict, Verdict};

/// The whole answer.
pub(super) fn verdict(state: &Sequential) -> Verdict {
    let decision = state.decision();
    let metrics = metrics(state);
    let evidence = if decision == Decision::Fail { state.peak } else { state.harm() };
    let requests_needed = requests_needed(state, decision);
    let reason = reason(state, decision, &metrics, requests_needed);
    Verdict {
        decision,
        e_value: evidence.e_value(),
        limit: state.criteria.limit(),
        metrics,
        reason,
        requests_needed,
    }
}

/// One question with what the report needs to know about it.
struct Asked<'a> {
    name: String,
    question: &'a Question,
    harm: Evidence,
    /// Say in the combined evidence of harm.
    weight: f64,
    required: bool,
    /// Evidence that it needs for a pass.
    pass_goal: Evidence,
}

fn asked(state: &Sequential) -> Vec<Asked<'_>> {
    let errors = state.errors.iter().map(|errors| Asked {
        name: "errors".to_owned(),
        question: &errors.fair,
        harm: errors.harm(),
        weight: state.errors_weight(),
        required: true,
        pass_goal: state.goal(),
    });
    let latency =
        state.thresholds.iter().zip(&state.latency).enumerate().map(|(index, (&threshold, question))| {
            Asked {
                name: latency_name(threshold),
                question,
                harm: question.harm(),
                weight: state.latency_weight(index),
                required: state.is_required(index),
                pass_goal: pass_goal(state.goal()),
            }
        });
    errors.chain(latency).collect()
}

impl Asked<'_> {
    /// Evidence that this metric needs to fail the release by itself.
    fn goal(&self, state: &Sequential) -> Evidence {
        state.goal().times(-self.weight.ln())
    }

    fn decision(&self, state: &Sequential) -> Decision {
        if self.question.control().n == 0 || self.question.canary().n == 0 {
            Decision::NoData
        } else if self.harm >= self.goal(state) {
            Decision::Fail
        } else if self.question.pass() >= self.pass_goal {
            Decision::Pass
        } else {
            Decision::Insufficient
        }
    }

    /// Canary requests until this metric passes or fails, whichever comes first.
    fn requests_needed(&self, state: &Sequential) -> Option<u64> {
        let pass = self.question.requests_until_pass(self.pass_goal);
        let harm = self.question.requests_until_harm(self.goal(state));
        pass.into_iter().chain(harm).min()
    }
}

fn metrics(state: &Sequential) -> Vec<MetricVerdict> {
    let explain = |asked: Asked<'_>| {
        let (control, canary) = (asked.question.control(), asked.question.canary());
        let decision = asked.decision(state);
        let requests_needed = match decision {
            Decision::Pass | Decision::Fail => Some(0),
            Decision::Insufficient | Decision::NoData => asked.requests_needed(state),
        };
        MetricVerdict {
            reason: metric_reason(state, &asked, decision, requests_needed),
            decision,
            required: asked.required,
            control,
            canary,
            difference: canary.share() - control.share(),
            interval: asked.question.interval(),
            e_harm: asked.harm.e_value(),
            e_pass: asked.question.pass().e_value(),
            pass_limit: asked.pass_goal.e_value(),
            dispersion: asked.question.temper(),
            requests_needed,
            name: asked.name,
        }
    };
    asked(state).into_iter().map(explain).collect()
}

fn metric_reason(state: &Sequential, asked: &Asked<'_>, decision: Decision, needed: Option<u64>) -> String {
    let (control, canary) = (asked.question.control(), asked.question.canary());
    let shares = format!("canary {}, control {}", share(canary), share(control));
    let interval = interval_words(asked.question.interval());
    match decision {
        Decision::NoData if canary.n == 0 => "no requests on the canary yet".to_owned(),
        Decision::NoData => "no requests on the control yet".to_owned(),
        Decision::Fail => {
            let limit = asked.goal(state).e_value();
            format!(
                "worse: {shares}{interval}; evidence {}, {} is enough",
                evidence(asked.harm.e_value()),
                evidence(limit)
            )
        }
        Decision::Pass => format!("no worse: {shares}{interval}"),
        Decision::Insufficient if !asked.required => {
            format!("too rare to be proven, so a pass does not need it: {shares}{interval}")
        }
        Decision::Insufficient => format!("not decided: {shares}{interval}; {}", needed_words(needed)),
    }
}

/// The interval as the end of a sentence; nothing where it says nothing.
fn interval_words((lower, upper): (f64, f64)) -> String {
    let sure = "with 95 % confidence";
    match (lower > -1.0, upper < 1.0) {
        (true, true) => {
            format!("; difference from {} to {} percentage points {sure}", percent(lower), percent(upper))
        }
        (true, false) => format!("; difference at least {} percentage points {sure}", percent(lower)),
        (false, true) => format!("; difference at most {} percentage points {sure}", percent(upper)),
        (false, false) => String::new(),
    }
}

fn needed_words(needed: Option<u64>) -> String {
    match needed {
        Some(0) => "a verdict is due with the next requests".to_owned(),
        Some(needed) => format!("about {} more canary requests are needed", number(rounded(needed))),
        None => "at these shares no number of requests would decide".to_owned(),
    }
}

/// Two digits that matter: the estimate is no better.
fn rounded(requests: u64) -> u64 {
    let mut unit = 1;
    while requests / unit >= 100 {
        unit *= 10;
    }
    requests.div_ceil(unit) * unit
}

fn requests_needed(state: &Sequential, decision: Decision) -> Option<u64> {
    match decision {
        Decision::Pass | Decision::Fail => return Some(0),
        Decision::NoData => return None,
        Decision::Insufficient => {}
    }
    let missing = state.criteria.min_requests.saturating_sub(state.canary_requests);
    let asked = asked(state);
    let passes: Option<Vec<u64>> = asked
        .iter()
        .filter(|asked| asked.required)
        .map(|asked| asked.question.requests_until_pass(asked.pass_goal))
        .collect();
    let latency_can_pass = state.criteria.latency.is_none() || !state.thresholds.is_empty();
    let pass = passes.filter(|_| latency_can_pass).map(|each| each.into_iter().fold(missing, u64::max));
    let fail = asked.iter().filter_map(|asked| asked.question.requests_until_harm(asked.goal(state))).min();
    pass.into_iter().chain(fail).min()
}

fn reason(state: &Sequential, decision: Decision, metrics: &[MetricVerdict], needed: Option<u64>) -> String {
    match decision {
        Decision::NoData if state.canary_requests == 0 => "no requests on the canary yet".to_owned(),
        Decision::NoData => "no requests on the control yet".to_owned(),
        Decision::Fail => fail_reason(state, metrics),
        Decision::Pass => {
            let names = [
                state.errors.is_some().then_some("errors"),
                (!state.latency.is_empty()).then_some("latency"),
            ];
            let names: Vec<String> = names.into_iter().flatten().map(str::to_owned).collect();
            let what = if names.is_empty() { String::new() } else { format!(" in {}", list(&names)) };
            format!(
                "the canary is shown to be no worse than its control{what} after {} requests",
                number(state.canary_requests)
            )
        }
        Decision::Insufficient => insufficient_reason(state, metrics, needed),
    }
}

/// Names the metric that carries most of the evidence.
fn fail_reason(state: &Sequential, metrics: &[MetricVerdict]) -> String {
    let weighted = asked(state).into_iter().map(|asked| asked.weight.ln() + asked.harm.log());
    let worst = metrics.iter().zip(weighted).max_by(|left, right| left.1.total_cmp(&right.1));
    let detail = worst.map_or_else(String::new, |(metric, _)| {
        format!(": {} {} against {} on the control", metric.name, share(metric.canary), share(metric.control))
    });
    format!(
        "the canary is worse than its control{detail}; evidence of harm {} where {} is enough",
        evidence(state.peak.e_value()),
        evidence(state.criteria.limit())
    )
}

fn insufficient_reason(state: &Sequential, metrics: &[MetricVerdict], needed: Option<u64>) -> String {
    let needed = needed_words(needed);
    match state.unproven() {
        Some(Unproven::TooFewRequests) => format!(
            "not decided yet: the canary has served {} of the {} requests asked for",
            number(state.canary_requests),
            number(state.criteria.min_requests)
        ),
        Some(Unproven::NoThresholds) => {
            "latency cannot be judged: the control had no requests before the release to take thresholds from"
                .to_owned()
        }
        Some(Unproven::Doubt) => format!(
            "not decided yet: shown to be within the tolerance, but evidence of harm is {} where {} fails; {needed}",
            evidence(state.harm().e_value()),
            evidence(state.criteria.limit())
        ),
        Some(Unproven::Metric) | None => {
            let open = |metric: &&MetricVerdict| metric.required && metric.decision != Decision::Pass;
            let open: Vec<&MetricVerdict> = metrics.iter().filter(open).collect();
            let slowest = open.iter().max_by_key(|metric| metric.requests_needed.unwrap_or(u64::MAX));
            let detail = slowest.map_or_else(String::new, |metric| {
                format!(
                    ": {} {} against {} on the control",
                    metric.name,
                    share(metric.canary),
                    share(metric.control)
                )
            });
            format!("not decided yet{detail}; {needed}")
        }
    }
}
