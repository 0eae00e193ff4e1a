//! One window: gather, pair, judge.

use std::collections::BTreeMap;

use serde::Serialize;
use weir_judge::kayenta::pairing::{Measured, Tags, pairs};
use weir_judge::kayenta::plan::Window;
use weir_judge::netflix::config::ConfigError;
use weir_judge::netflix::judgement::{Judgement, Pair, judge};

use super::AnalysisError;
use super::gather::{Gathered, gather};
use super::sides::Compared;
use crate::sources::Sources;

/// Fewer samples of the control than this are told.
const FEW: usize = 50;

/// The judgement of one window, and what it was made from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Execution {
    /// The canary's window.
    pub window: Window,
    /// The judge's answer.
    pub judgement: Judgement,
    /// What was compared, in the order of the judgement's results.
    pub measurements: Vec<Measurement>,
    /// What makes the verdict less sure.
    pub warnings: Vec<String>,
}

/// The two series of one result.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measurement {
    /// The metric.
    pub name: String,
    /// Labels of the series.
    pub tags: Tags,
    /// Production's, or the baseline's.
    pub control: Samples,
    /// The canary's.
    pub experiment: Samples,
}

/// One series. Samples are one step apart: where one is missing nobody can tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Samples {
    /// When the first one was, milliseconds since 1970.
    pub start_millis: i64,
    /// Between two of them, milliseconds.
    pub step_millis: i64,
    /// The samples; `null` where one is missing.
    pub values: Vec<f64>,
    /// What the source was asked.
    pub query: String,
}

impl Execution {
    /// Judges a window.
    ///
    /// # Errors
    /// A source has no answer, or what there is cannot be judged.
    pub async fn of(compared: &Compared, sources: &Sources, window: Window) -> Result<Self, AnalysisError> {
        let (control, experiment) = gather(compared, sources, window).await?;
        let names: Vec<String> = compared.config.metrics.iter().map(|metric| metric.name.clone()).collect();
        let measured = |side: &[Gathered]| -> Vec<Measured> {
            side.iter().map(|gathered| gathered.measured.clone()).collect()
        };
        let pairs = pairs(&names, &measured(&control), &measured(&experiment))?;
        let measurements = pairs.into_iter().map(|pair| measurement(pair, &control, &experiment)).collect();
        Ok(Self::judged(compared, window, measurements)?)
    }

    /// Judges what was measured in a window.
    ///
    /// # Errors
    /// The config cannot be judged by.
    pub fn judged(
        compared: &Compared,
        window: Window,
        measurements: Vec<Measurement>,
    ) -> Result<Self, ConfigError> {
        let pair = |(number, measured): (usize, &Measurement)| Pair {
            id: format!("{}-{number}", measured.name),
            name: measured.name.clone(),
            tags: measured.tags.clone(),
            control: measured.control.values.clone(),
            experiment: measured.experiment.values.clone(),
        };
        let pairs: Vec<Pair> = measurements.iter().enumerate().map(pair).collect();
        let judgement = judge(&compared.config, &pairs, compared.thresholds, compared.quirks)?;
        let warnings = warnings(&judgement);
        Ok(Self { window, judgement, measurements, warnings })
    }
}

fn measurement(pair: Pair, control: &[Gathered], experiment: &[Gathered]) -> Measurement {
    let Pair { name, id: _, tags, control: of_control, experiment: of_experiment } = pair;
    let samples = |side: &[Gathered], values| samples(side, &name, &tags, values);
    let (control, experiment) = (samples(control, of_control), samples(experiment, of_experiment));
    Measurement { name, tags, control, experiment }
}

/// With the times of the series that they are from, or of the one that stands for it.
fn samples(side: &[Gathered], name: &str, tags: &BTreeMap<String, String>, values: Vec<f64>) -> Samples {
    let mut of_metric = side.iter().filter(|gathered| gathered.measured.name == name);
    let first = of_metric.clone().next();
    let own = of_metric.find(|gathered| gathered.measured.tags == *tags).or(first);
    let (start_millis, step_millis, query) =
        own.map(|own| (own.start_millis, own.step_millis, own.query.clone())).unwrap_or_default();
    Samples { start_millis, step_millis, values, query }
}

fn warnings(judgement: &Judgement) -> Vec<String> {
    let few = judgement.results.iter().any(|result| result.control_metadata.stats.count < FEW);
    let text = "One of the metrics returned fewer than 50 data points, which can reduce confidence in the final canary score.";
    few.then(|| text.to_owned()).into_iter().collect()
}
