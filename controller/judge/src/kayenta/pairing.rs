//! Which series are compared with which.

use std::collections::{BTreeMap, BTreeSet};

use crate::netflix::judgement::Pair;

/// Labels of a series.
pub type Tags = BTreeMap<String, String>;

/// A series of one metric on one side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// The metric's name in the config.
    pub name: String,
    /// Its labels.
    pub tags: Tags,
    /// Its samples.
    pub values: Vec<f64>,
    /// How many samples its time has room for.
    pub expected: usize,
}

/// Series that cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PairingError {
    /// One side has no series of a metric at all.
    #[error("No {side} metrics found for {metric}: not even one without samples")]
    Missing {
        /// `control` or `experiment`.
        side: &'static str,
        /// The metric.
        metric: String,
    },
    /// They are told apart by other labels.
    #[error(
        "Control metrics have different tag keys than the experiment tag set for {metric}: {control:?} and {experiment:?}"
    )]
    Tags {
        /// The metric.
        metric: String,
        /// Labels of the control.
        control: Vec<String>,
        /// Labels of the experiment.
        experiment: Vec<String>,
    },
}

/// The pairs of these metrics, in this order. A series that has no partner is compared with one without samples.
///
/// # Errors
/// A side has no series of a metric, or other labels than the other side.
pub fn pairs(
    metrics: &[String],
    control: &[Measured],
    experiment: &[Measured],
) -> Result<Vec<Pair>, PairingError> {
    let mut pairs = Vec::new();
    for metric in metrics {
        let control = of(metric, control, "control")?;
        let experiment = of(metric, experiment, "experiment")?;
        check_labels(metric, &control, &experiment)?;
        let tags: BTreeSet<&Tags> = control.iter().chain(&experiment).map(|series| &series.tags).collect();
        let is_placeholder = |side: &[&Measured]| side.iter().any(|series| series.tags.is_empty());
        // Where one side alone has no labels, its samples belong to none of the other's, and are no data.
        let lacks = is_placeholder(&control) != is_placeholder(&experiment);
        for tags in tags.into_iter().filter(|tags| !lacks || !tags.is_empty()) {
            let side = |side: &[&Measured]| {
                let found = side.iter().find(|series| series.tags == *tags);
                let template = found.or_else(|| side.first()).copied();
                filled(found.copied(), template.map_or(0, |series| series.expected))
            };
            pairs.push(Pair {
                name: metric.clone(),
                id: String::new(),
                tags: tags.clone(),
                control: side(&control),
                experiment: side(&experiment),
            });
        }
    }
    Ok(pairs)
}

fn of<'s>(metric: &str, side: &'s [Measured], name: &'static str) -> Result<Vec<&'s Measured>, PairingError> {
    let found: Vec<&Measured> = side.iter().filter(|series| series.name == metric).collect();
    if found.is_empty() {
        return Err(PairingError::Missing { side: name, metric: metric.to_owned() });
    }
    Ok(found)
}

fn check_labels(metric: &str, control: &[&Measured], experiment: &[&Measured]) -> Result<(), PairingError> {
    let keys = |side: &[&Measured]| -> BTreeSet<String> {
        side.iter().flat_map(|series| series.tags.keys().cloned()).collect()
    };
    let (control, experiment) = (keys(control), keys(experiment));
    if control.is_empty() || experiment.is_empty() || control == experiment {
        return Ok(());
    }
    Err(PairingError::Tags {
        metric: metric.to_owned(),
        control: control.into_iter().collect(),
        experiment: experiment.into_iter().collect(),
    })
}

/// Its samples, and missing ones until there are as many as expected.
fn filled(series: Option<&Measured>, expected: usize) -> Vec<f64> {
    let mut values = series.map(|series| series.values.clone()).unwrap_or_default();
    if values.len() < expected {
        values.resize(expected, f64::NAN);
    }
    values
}
