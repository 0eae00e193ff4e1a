//! Evidence of harm and of no harm -> what one metric is, and why.

use serde_json::Value;

use super::pairs::{Margin, Pairs, Side};
use crate::netflix::classify::Classified;
use crate::netflix::clean::NanStrategy;
use crate::netflix::comparison::Class;
use crate::netflix::effect::{Measure, mean_ratio};
use crate::netflix::options::{Direction, OptionError, Options};

/// What a config's `judgeConfigurations` say of all metrics.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Share of equal canaries that may fail, over all metrics and however often one looks.
    pub alpha: f64,
    /// By which share of the control a metric may differ, where its `effectSize` does not say.
    pub margin: f64,
}

impl Default for Level {
    fn default() -> Self {
        Self { alpha: 0.01, margin: 0.1 }
    }
}

impl Level {
    /// Reads `{"alpha": 0.01, "margin": 0.1}`.
    ///
    /// # Errors
    /// One of them is no number between 0 and 1.
    pub fn parse(judge: &Value) -> Result<Self, OptionError> {
        let Self { alpha, margin } = Self::default();
        let share = |name: &str, default: f64| match judge.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(value) => {
                value.as_f64().filter(|share| *share > 0.0 && *share < 1.0).ok_or_else(|| OptionError {
                    path: name.to_owned(),
                    found: value.to_string(),
                    wanted: "a number between 0 and 1",
                })
            }
        };
        Ok(Self { alpha: share("alpha", alpha)?, margin: share("margin", margin)? })
    }
}

/// A way in which a metric may be worse.
struct Way {
    margin: Margin,
    /// Where it is worse.
    worse: Side,
    class: Class,
}

/// The evidence of one way, and after how many pairs it sufficed first.
struct Weighed {
    way: Way,
    harm: Told,
    harmless: Told,
}

struct Told {
    log: f64,
    enough_after: Option<u64>,
}

/// Judges one metric, one of `metrics`. Samples of one step stand at the same place of both series; one that is missing is not a number.
#[must_use]
pub fn judge_metric(
    name: &str,
    (control, canary): (&[f64], &[f64]),
    options: &Options,
    level: Level,
    metrics: usize,
) -> Classified {
    let filled = |value: f64| if value.is_nan() && options.nan == NanStrategy::Replace { 0.0 } else { value };
    let steps = control.iter().zip(canary).map(|(c, x)| (filled(*c), filled(*x)));
    let whole: Vec<(f64, f64)> = steps.filter(|(c, x)| c.is_finite() && x.is_finite()).collect();
    if whole.is_empty() {
        return Classified::missing(name, options);
    }
    let ways = ways(options, level);
    // A canary that is equal has so many ways of failing by chance.
    let tries = (metrics.max(1) as f64) * ways.len() as f64;
    let (enough_harm, enough_harmless) = ((tries / level.alpha).ln(), (1.0 / level.alpha).ln());
    let weighed: Vec<Weighed> = ways
        .into_iter()
        .map(|way| Weighed {
            harm: weigh(&whole, way.margin, way.worse, enough_harm),
            harmless: weigh(&whole, way.margin, other(way.worse), enough_harmless),
            way,
        })
        .collect();
    let ratio = {
        let (control, canary): (Vec<f64>, Vec<f64>) = whole.iter().copied().unzip();
        mean_ratio(&canary, &control)
    };
    let found = |class, reason, is_undecided| Classified {
        class,
        reason,
        ratio: Some(ratio),
        critical: options.critical && matches!(class, Class::High | Class::Low),
        bounds: None,
        is_undecided,
    };
    if let Some((worse, after)) = weighed.iter().find_map(|one| Some((one, one.harm.enough_after?))) {
        let (class, allowed) = (worse.way.class, percent(worse.way.margin));
        let reason = format!(
            "{name} was classified as {class:?}: after {after} pairs of samples it is shown to be more than {allowed} {} production's",
            if worse.way.worse == Side::Above { "above" } else { "below" }
        );
        return found(class, Some(reason), false);
    }
    if weighed.iter().all(|one| one.harmless.enough_after.is_some()) {
        return found(Class::Pass, None, false);
    }
    found(Class::Nodata, Some(undecided(name, whole.len(), &weighed, enough_harmless)), true)
}

fn other(side: Side) -> Side {
    match side {
        Side::Above => Side::Below,
        Side::Below => Side::Above,
    }
}

/// The ways that count, each with the margin that the metric or the config allows.
fn ways(options: &Options, level: Level) -> Vec<Way> {
    let allowed = |effect: f64, default: f64| {
        let says =
            options.measure == Measure::MeanRatio && effect > 0.0 && (effect - 1.0).abs() > f64::EPSILON;
        Margin { ratio: if says { effect } else { default } }
    };
    let above = Way {
        margin: allowed(options.allowed.increase, 1.0 + level.margin),
        worse: Side::Above,
        class: Class::High,
    };
    let below = Way {
        margin: allowed(options.allowed.decrease, 1.0 - level.margin),
        worse: Side::Below,
        class: Class::Low,
    };
    match options.direction {
        Direction::Increase => vec![above],
        Direction::Decrease => vec![below],
        Direction::Either => vec![above, below],
    }
}

fn weigh(steps: &[(f64, f64)], margin: Margin, side: Side, enough: f64) -> Told {
    let mut pairs = Pairs::new(margin, side);
    let mut enough_after = None;
    for (control, canary) in steps {
        pairs.observe(*control, *canary);
        if enough_after.is_none() && pairs.log_evidence() >= enough {
            enough_after = Some(pairs.count());
        }
    }
    Told { log: pairs.log_evidence(), enough_after }
}

fn percent(margin: Margin) -> String {
    format!("{:.4} %", (margin.ratio - 1.0).abs() * 100.0).replace(".0000", "")
}

fn undecided(name: &str, count: usize, weighed: &[Weighed], enough: f64) -> String {
    let e = |log: f64| log.clamp(0.0, 690.0).exp();
    // What is furthest from being shown is what everybody waits for.
    let least = weighed.iter().map(|one| one.harmless.log).fold(f64::INFINITY, f64::min);
    let harm = weighed.iter().map(|one| one.harm.log).fold(f64::NEG_INFINITY, f64::max);
    let more =
        (least > 0.0).then(|| ((enough / least - 1.0) * count as f64).ceil()).filter(|more| *more >= 1.0);
    let more = more.map_or_else(String::new, |more| format!("; at this pace {more} more are needed"));
    format!(
        "{name}: {count} pairs of samples show neither that it is worse (evidence {:.1}) nor that it is not ({:.1} where {:.0} is enough){more}",
        e(harm),
        e(least),
        e(enough)
    )
}
