//! The series that were compared: `metricSetPairList` of upstream. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use weir_judge::netflix::judgement::Pair;

use crate::analysis::instant::iso;
use crate::analysis::{Execution, Samples};

/// Both series of one result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct MetricSetPair {
    pub(super) name: String,
    pub(super) id: String,
    tags: BTreeMap<String, String>,
    values: Sides<Vec<Sample>>,
    attributes: Sides<BTreeMap<String, String>>,
    scopes: Sides<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Sides<T> {
    control: T,
    experiment: T,
}

/// A number, or upstream's word for one that JSON has not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Sample {
    Number(f64),
    Word(String),
}

impl From<f64> for Sample {
    fn from(value: f64) -> Self {
        if value.is_finite() {
            return Self::Number(value);
        }
        let word = if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        Self::Word(word.to_owned())
    }
}

impl Sample {
    fn value(&self) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Word(word) if word == "Infinity" => f64::INFINITY,
            Self::Word(word) if word == "-Infinity" => f64::NEG_INFINITY,
            Self::Word(_) => f64::NAN,
        }
    }
}

/// Of one execution.
pub(super) fn of(execution: &Execution) -> Vec<MetricSetPair> {
    let ids = execution.judgement.results.iter().map(|result| result.id.clone());
    let pairs = execution.measurements.iter().zip(ids).map(|(measured, id)| {
        let sides = [&measured.control, &measured.experiment];
        let values = sides.map(|side| side.values.iter().copied().map(Sample::from).collect());
        let attributes = sides.map(|side| BTreeMap::from([("query".to_owned(), side.query.clone())]));
        MetricSetPair {
            name: measured.name.clone(),
            id,
            tags: measured.tags.clone(),
            values: both(values),
            attributes: both(attributes),
            scopes: both(sides.map(times)),
        }
    });
    pairs.collect()
}

fn both<T>([control, experiment]: [T; 2]) -> Sides<T> {
    Sides { control, experiment }
}

fn times(samples: &Samples) -> Value {
    let start = samples.start_millis;
    json!({"startTimeMillis": start, "startTimeIso": iso(start), "stepMillis": samples.step_millis})
}

/// As a judge takes them.
pub(super) fn pair(kept: &MetricSetPair) -> Pair {
    let values = |side: &[Sample]| side.iter().map(Sample::value).collect();
    Pair {
        name: kept.name.clone(),
        id: kept.id.clone(),
        tags: kept.tags.clone(),
        control: values(&kept.values.control),
        experiment: values(&kept.values.experiment),
    }
}
