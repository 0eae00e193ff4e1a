//! Two files, and one judgement.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use weir_controller::analysis::{Analysed, Compared, Execution, Measurement, Samples};
use weir_judge::kayenta::plan::Window;
use weir_judge::netflix::config::CanaryConfig;

use super::series::{self, Series};
use super::{read, wrong};
use crate::args::JudgeArgs;

/// Judges what stands in them.
pub(super) fn judge(args: &JudgeArgs, compared: &Compared) -> Result<Analysed> {
    let series = |path: &Option<PathBuf>| -> Result<BTreeMap<String, Series>> {
        let path = path.as_deref().context("--control and --experiment name the files")?;
        Ok(series::parse(&read(path)?).map_err(|error| wrong(path, &error))?)
    };
    let (control, experiment) = (series(&args.files.control)?, series(&args.files.experiment)?);
    let measurements = measurements(&compared.config, &control, &experiment);
    let window = Window { start_millis: 0, end_millis: 0 };
    let execution =
        Execution::judged(compared, window, measurements).map_err(|error| wrong(&args.config, &error))?;
    Ok(Analysed::once(execution))
}

/// The two sides of each metric of the config; a series that is not there is one without samples.
fn measurements(
    config: &CanaryConfig,
    control: &BTreeMap<String, Series>,
    experiment: &BTreeMap<String, Series>,
) -> Vec<Measurement> {
    let of = |side: &BTreeMap<String, Series>, name: &str| Samples {
        values: side.get(name).cloned().unwrap_or_default(),
        ..Samples::default()
    };
    let metrics = config.metrics.iter();
    metrics
        .map(|metric| Measurement {
            name: metric.name.clone(),
            tags: BTreeMap::new(),
            control: of(control, &metric.name),
            experiment: of(experiment, &metric.name),
        })
        .collect()
}
