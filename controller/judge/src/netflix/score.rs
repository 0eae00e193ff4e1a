//! From the classes of metrics to one number.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::comparison::Class;
use super::quirks::Quirks;

/// Share of metrics without data, in percent, from which on there is nothing to score.
const NODATA_LIMIT: f64 = 50.0;

/// What the score takes from one metric's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored<'r> {
    /// Its class.
    pub class: Class,
    /// Why, if somebody said.
    pub reason: Option<&'r str>,
    /// Whether it fails everything.
    pub critical: bool,
    /// Whether it is not counted.
    pub muted: bool,
    /// Whether there are data, and they do not suffice.
    pub is_undecided: bool,
    /// In each of these groups it counts.
    pub groups: &'r [String],
}

/// The score of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupScore {
    /// Its name.
    pub name: String,
    /// Percent of its metrics that pass, those not decided by half; 0 where none has data.
    pub score: f64,
    /// Upstream's is always empty.
    pub classification: String,
    /// Upstream's is always empty.
    pub classification_reason: String,
}

/// What all metrics come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// 0 to 100, where the weights of groups add up to 100.
    pub score: f64,
    /// Why it is 0, where a rule says so; else empty.
    pub reason: String,
    /// By name.
    pub groups: Vec<GroupScore>,
    /// Whether nothing fails and something is not decided; then that is the reason.
    pub is_undecided: bool,
}

/// How far apart good and bad are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreThresholds {
    /// From this score on it passes.
    pub pass: f64,
    /// From this score on it does not fail.
    pub marginal: f64,
}

/// The class of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ScoreClass {
    /// At least `pass`.
    Pass,
    /// At least `marginal`.
    Marginal,
    /// Below both.
    Fail,
}

impl ScoreThresholds {
    /// The class of `score`. `pass` is asked first, so it may be below `marginal`.
    #[must_use]
    pub fn classify(self, score: f64) -> ScoreClass {
        if score >= self.pass {
            ScoreClass::Pass
        } else if score >= self.marginal {
            ScoreClass::Marginal
        } else {
            ScoreClass::Fail
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Tally {
    passes: f64,
    counted: u32,
}

/// Scores the results. `weights`: of groups, in percent; the others share what is left of 100.
#[must_use]
pub fn score(results: &[Scored<'_>], weights: &BTreeMap<String, f64>, quirks: Quirks) -> Score {
    let counted: Vec<&Scored<'_>> = results.iter().filter(|result| !result.muted).collect();
    let tallies = tallies(&counted, quirks);
    let groups = tallies
        .iter()
        .map(|(name, tally)| GroupScore {
            name: (*name).to_owned(),
            score: tally.score().unwrap_or(0.0),
            classification: String::new(),
            classification_reason: String::new(),
        })
        .collect();
    if let Some(failed) = counted.iter().find(|result| result.critical && result.class != Class::Pass) {
        let reason = format!("Canary Failed: {}", failed.reason.unwrap_or_default());
        return Score { score: 0.0, reason, groups, is_undecided: false };
    }
    let is_missing = |result: &&&Scored<'_>| result.class == Class::Nodata && !result.is_undecided;
    let nodata = counted.iter().filter(is_missing).count();
    if !counted.is_empty() && 100.0 * nodata as f64 / counted.len() as f64 >= NODATA_LIMIT {
        let reason = "Canary Failed: 50% or more metrics returned NODATA".to_owned();
        return Score { score: 0.0, reason, groups, is_undecided: false };
    }
    let doubt = counted.iter().find(|result| result.is_undecided);
    let fails = counted.iter().any(|result| !result.is_undecided && result.class != Class::Pass);
    let reason = doubt.filter(|_| !fails).and_then(|result| result.reason).unwrap_or_default().to_owned();
    let score = rounded(weighed(&tallies, weights, quirks));
    Score { score, is_undecided: !reason.is_empty(), reason, groups }
}

fn tallies<'r>(results: &[&'r Scored<'_>], quirks: Quirks) -> BTreeMap<&'r str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for result in results {
        for group in result.groups {
            let tally = tallies.entry(group).or_default();
            match result.class {
                Class::Pass => {
                    tally.passes += 1.0;
                    tally.counted += 1;
                }
                // Neither good nor bad: half.
                Class::Nodata if result.is_undecided => {
                    tally.passes += 0.5;
                    tally.counted += 1;
                }
                Class::High | Class::Low | Class::NodataFailMetric => tally.counted += 1,
                Class::Error if !quirks.errors_pass => tally.counted += 1,
                Class::Nodata | Class::Error => {}
            }
        }
    }
    tallies
}

impl Tally {
    /// `None` where nothing was counted.
    fn score(self) -> Option<f64> {
        (self.counted > 0).then(|| 100.0 * self.passes / f64::from(self.counted))
    }
}

/// Sum of the groups' scores by weight; a group without data counts as 100, or not at all.
fn weighed(tallies: &BTreeMap<&str, Tally>, weights: &BTreeMap<String, f64>, quirks: Quirks) -> f64 {
    let without = tallies.keys().filter(|name| !weights.contains_key(**name)).count();
    let left = (100.0 - weights.values().sum::<f64>()) / without as f64;
    let counted = tallies.iter().filter_map(|(name, tally)| {
        let score = tally.score().or(quirks.nodata_groups_pass.then_some(100.0))?;
        Some((score, weights.get(*name).copied().unwrap_or(left)))
    });
    let counted: Vec<(f64, f64)> = counted.collect();
    let sum: f64 = counted.iter().map(|(_, weight)| weight).sum();
    // Without a group left out the weights are shares of 100 already, unless the config is wrong.
    let whole = if quirks.weights_as_given || sum <= 0.0 { 100.0 } else { sum };
    counted.iter().map(|(score, weight)| score * weight / whole).sum()
}

/// To two decimals, halves up, of the shortest decimal form: 33.335 is 33.34.
fn rounded(value: f64) -> f64 {
    let text = format!("{value}");
    let Some((whole, fraction)) = text.split_once('.') else { return value };
    if fraction.len() <= 2 {
        return value;
    }
    let (kept, rest) = fraction.split_at(2);
    let Ok(cut) = format!("{whole}.{kept}").parse::<f64>() else { return value };
    let step = if rest.as_bytes().first().is_some_and(|digit| *digit >= b'5') { 1.0 } else { 0.0 };
    let hundredths = (cut.abs() * 100.0).round() + step;
    (hundredths / 100.0).copysign(value)
}
