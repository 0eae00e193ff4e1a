//! All metrics of a config judged, and the document that upstream answers with.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::bounds::Bounds;
use super::classify::Classified;
use super::comparison::{self, Class, Comparison};
use super::config::{CanaryConfig, ConfigError, JUDGE, Metric};
use super::options::{OptionError, Options};
use super::quirks::Quirks;
use super::score::{GroupScore, ScoreClass, ScoreThresholds, Scored, score};
use super::summary::Summary;
use crate::series::{self, Level, judge_metric};

/// The two sides of one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pair {
    /// The metric's name in the config.
    pub name: String,
    /// For who looks for it again.
    pub id: String,
    /// Labels of the series.
    pub tags: BTreeMap<String, String>,
    /// What production measured; a missing sample is not a number.
    pub control: Vec<f64>,
    /// What the canary measured.
    pub experiment: Vec<f64>,
}

/// The answer: `judgeResult` of upstream.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgement {
    /// The judge.
    pub judge_name: String,
    /// Of every pair, in their order.
    pub results: Vec<MetricResult>,
    /// Of every group, by name.
    pub group_scores: Vec<GroupScore>,
    /// Of all.
    pub score: Total,
}

/// The score of all metrics.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// 0 to 100.
    pub score: f64,
    /// What it is by the thresholds that were given.
    pub classification: ScoreClass,
    /// Empty where nothing but the score says so.
    pub classification_reason: String,
    /// Whether nothing fails and something is not decided: more samples may pass it. No part of upstream's document.
    #[serde(skip)]
    pub is_undecided: bool,
}

/// The result of one pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetricResult {
    /// The metric.
    pub name: String,
    /// The pair's.
    pub id: String,
    /// The pair's.
    pub tags: BTreeMap<String, String>,
    /// What it is.
    pub classification: Class,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification_reason: Option<String>,
    /// Groups in which it counts.
    pub groups: Vec<String>,
    /// Whether it fails everything.
    pub critical: bool,
    /// Whether it is not counted.
    pub muted: bool,
    /// Of the canary's samples, as compared.
    pub experiment_metadata: Statistics,
    /// Of production's samples, as compared.
    pub control_metadata: Statistics,
    /// Absent where they could not be compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_metadata: Option<Ratio>,
    /// Where the shift of the canary lies. No part of upstream's document.
    #[serde(skip)]
    pub bounds: Option<Bounds>,
    /// Whether there are data, and they do not suffice. No part of upstream's document.
    #[serde(skip)]
    pub is_undecided: bool,
}

/// `{"stats": ...}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The statistics.
    pub stats: Summary,
}

/// `{"ratio": ...}`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// Mean of the canary over that of production; the text `NaN` where there is none.
    #[serde(serialize_with = "number_or_nan")]
    pub ratio: f64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
fn number_or_nan<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_nan() { serializer.serialize_str("NaN") } else { serializer.serialize_f64(*value) }
}

/// Judges every pair by `config`, and all of them by `thresholds`. `quirks` are kept where the config's `judgeConfigurations` say nothing else.
///
/// # Errors
/// The config has no metric, no classifier or no groups; a metric's options cannot be used; a pair has no metric.
pub fn judge(
    config: &CanaryConfig,
    pairs: &[Pair],
    thresholds: ScoreThresholds,
    quirks: Quirks,
) -> Result<Judgement, ConfigError> {
    let metrics = metrics(config)?;
    let by = By::of(config, quirks, pairs.len())?;
    let classifier = config.classifier.as_ref().ok_or_else(|| {
        ConfigError::unusable("classifier", "is missing: it says how metrics become a score; {} will do")
    })?;
    let results = pairs
        .iter()
        .map(|pair| {
            let metric = metrics.get(pair.name.as_str()).ok_or_else(|| {
                ConfigError::unusable(
                    "metrics",
                    format!("has none with the name {:?} of the data", pair.name),
                )
            })?;
            Ok(result(metric, pair, by))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let scored: Vec<Scored<'_>> = results.iter().map(scored).collect();
    let none = BTreeMap::new();
    let total = score(&scored, classifier.group_weights.as_ref().unwrap_or(&none), by.quirks());
    Ok(Judgement {
        judge_name: by.name().to_owned(),
        group_scores: total.groups,
        score: Total {
            score: total.score,
            classification: if total.is_undecided {
                ScoreClass::Marginal
            } else {
                thresholds.classify(total.score)
            },
            classification_reason: total.reason,
            is_undecided: total.is_undecided,
        },
        results,
    })
}

/// A metric of the config, with what it says parsed.
struct Parsed<'c> {
    groups: &'c [String],
    options: Options,
}

fn metrics(config: &CanaryConfig) -> Result<BTreeMap<&str, Parsed<'_>>, ConfigError> {
    if config.metrics.is_empty() {
        return Err(ConfigError::unusable("metrics", "is empty: at least one must be compared"));
    }
    let parsed = config.metrics.iter().enumerate().map(|(number, metric)| {
        let Metric { name, query: _, groups, scope_name: _, analysis_configurations } = metric;
        let path = format!("metrics[{number}]");
        let groups = groups.as_deref().ok_or_else(|| {
            ConfigError::unusable(format!("{path}.groups"), "is missing: name a group, or write [] for none")
        })?;
        let canary = analysis_configurations.get("canary").unwrap_or(&serde_json::Value::Null);
        let options = Options::parse(canary)
            .map_err(|error| unusable(&format!("{path}.analysisConfigurations.canary"), error))?;
        Ok((name.as_str(), Parsed { groups, options }))
    });
    parsed.collect()
}

fn unusable(path: &str, error: OptionError) -> ConfigError {
    let OptionError { path: within, found, wanted } = error;
    ConfigError::unusable(format!("{path}.{within}"), format!("is {found}: it must be {wanted}"))
}

/// Who compares.
#[derive(Clone, Copy)]
enum By {
    Netflix(Quirks),
    /// One of so many.
    Sequential(Level, usize),
}

impl By {
    /// Whom the config names; what it says of the other one nobody reads. `metrics` are compared.
    fn of(config: &CanaryConfig, quirks: Quirks, metrics: usize) -> Result<Self, ConfigError> {
        let Some(judge) = &config.judge else { return Ok(Self::Netflix(quirks)) };
        let says = &judge.judge_configurations;
        let by = if judge.name.as_deref() == Some(series::JUDGE) {
            Level::parse(says).map(|level| Self::Sequential(level, metrics))
        } else {
            Quirks::parse(says, quirks).map(Self::Netflix)
        };
        by.map_err(|error| unusable("judge.judgeConfigurations", error))
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Netflix(_) => JUDGE,
            Self::Sequential(..) => series::JUDGE,
        }
    }

    /// For the score. Who bets has no surprises of upstream's to keep.
    const fn quirks(self) -> Quirks {
        match self {
            Self::Netflix(quirks) => quirks,
            Self::Sequential(..) => Quirks::FIXED,
        }
    }
}

fn result(metric: &Parsed<'_>, pair: &Pair, by: By) -> MetricResult {
    let Parsed { groups, options } = metric;
    let (control, experiment, classified) = match by {
        By::Netflix(quirks) => compared(options, pair, quirks),
        By::Sequential(level, metrics) => {
            let sides = (pair.control.as_slice(), pair.experiment.as_slice());
            let finite = |side: &[f64]| side.iter().copied().filter(|value| value.is_finite()).collect();
            let classified = judge_metric(&pair.name, sides, options, level, metrics);
            (finite(sides.0), finite(sides.1), classified)
        }
    };
    let Classified { class, reason, ratio, critical, bounds, is_undecided } = classified;
    MetricResult {
        name: pair.name.clone(),
        id: pair.id.clone(),
        tags: pair.tags.clone(),
        classification: class,
        classification_reason: reason,
        groups: groups.to_vec(),
        critical,
        muted: options.muted,
        experiment_metadata: Statistics { stats: Summary::of(&experiment) },
        control_metadata: Statistics { stats: Summary::of(&control) },
        result_metadata: ratio.map(|ratio| Ratio { ratio }),
        bounds,
        is_undecided,
    }
}

/// Both sides as they are compared by upstream's judge, and what that comes to.
fn compared(options: &Options, pair: &Pair, quirks: Quirks) -> (Vec<f64>, Vec<f64>, Classified) {
    let cleaned = |values: &[f64]| {
        // Zeros in the place of samples of which there is not one are no measurement.
        if !quirks.replaced_nothing_passes && values.iter().all(|value| value.is_nan()) {
            return Vec::new();
        }
        let values = options.nan.apply(values);
        match options.outliers {
            Some(detector) => detector.remove(&values),
            None => values,
        }
    };
    let (control, experiment) = (cleaned(&pair.control), cleaned(&pair.experiment));
    let comparison = Comparison {
        name: &pair.name,
        control: &control,
        experiment: &experiment,
        options,
        level: comparison::Level::with(quirks),
    };
    let classified = comparison.classify();
    (control, experiment, classified)
}

fn scored(result: &MetricResult) -> Scored<'_> {
    Scored {
        class: result.classification,
        reason: result.classification_reason.as_deref(),
        critical: result.critical,
        muted: result.muted,
        is_undecided: result.is_undecided,
        groups: &result.groups,
    }
}
