//! What a metric's `analysisConfigurations.canary` says.

use serde_json::Value;

use super::clean::{Detector, NanStrategy};
use super::effect::Measure;

/// Which differences fail a metric.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// A greater value.
    Increase,
    /// A smaller one.
    Decrease,
    /// Both.
    #[default]
    Either,
}

/// From which effect on a difference counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// The least effect of a rise that counts.
    pub increase: f64,
    /// The greatest effect of a fall that counts.
    pub decrease: f64,
}

/// How one metric is judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Which differences fail it.
    pub direction: Direction,
    /// What becomes of missing samples.
    pub nan: NanStrategy,
    /// Whether its failure fails everything.
    pub critical: bool,
    /// Whether missing data fail it.
    pub must_have_data: bool,
    /// Whether it is shown and not counted.
    pub muted: bool,
    /// What an effect is measured by.
    pub measure: Measure,
    /// From which effect on it fails.
    pub allowed: Thresholds,
    /// From which effect on its failure is critical.
    pub critical_from: Thresholds,
    /// Which outliers are taken out, if any.
    pub outliers: Option<Detector>,
}

impl Default for Options {
    fn default() -> Self {
        let none = Measure::default().none();
        let thresholds = Thresholds { increase: none, decrease: none };
        Self {
            direction: Direction::default(),
            nan: NanStrategy::default(),
            critical: false,
            must_have_data: false,
            muted: false,
            measure: Measure::default(),
            allowed: thresholds,
            critical_from: thresholds,
            outliers: None,
        }
    }
}

/// An option that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} is {found}: it must be {wanted}")]
pub struct OptionError {
    /// Where it stands, from `analysisConfigurations.canary` on: `effectSize.allowedIncrease`.
    pub path: String,
    /// What is there.
    pub found: String,
    /// What may be there.
    pub wanted: &'static str,
}

impl Options {
    /// Reads them. Names that are not known mean the default, as upstream has it; a flag or a number of another type is an error.
    ///
    /// # Errors
    /// A flag is no `true` or `false`, a number is none, or the outlier factor is not above 0.
    pub fn parse(canary: &Value) -> Result<Self, OptionError> {
        let measure = match text(canary, &["effectSize", "measure"]) {
            Some("cles") => Measure::Cles,
            _ => Measure::MeanRatio,
        };
        let effect = |name| number(canary, &["effectSize", name], measure.none());
        Ok(Self {
            direction: match text(canary, &["direction"]) {
                Some("increase") => Direction::Increase,
                Some("decrease") => Direction::Decrease,
                _ => Direction::Either,
            },
            nan: match text(canary, &["nanStrategy"]) {
                Some("replace") => NanStrategy::Replace,
                _ => NanStrategy::Remove,
            },
            critical: flag(canary, "critical")?,
            must_have_data: flag(canary, "mustHaveData")?,
            muted: flag(canary, "muted")?,
            measure,
            allowed: Thresholds {
                increase: effect("allowedIncrease")?,
                decrease: effect("allowedDecrease")?,
            },
            critical_from: Thresholds {
                increase: effect("criticalIncrease")?,
                decrease: effect("criticalDecrease")?,
            },
            outliers: outliers(canary)?,
        })
    }
}

fn outliers(canary: &Value) -> Result<Option<Detector>, OptionError> {
    let path = ["outliers", "outlierFactor"];
    let factor = number(canary, &path, 3.0)?;
    if text(canary, &["outliers", "strategy"]) != Some("remove") {
        return Ok(None);
    }
    if factor.is_nan() || factor <= 0.0 {
        let (path, found) = (path.join("."), factor.to_string());
        return Err(OptionError { path, found, wanted: "a number above 0" });
    }
    Ok(Some(Detector::Quartiles { factor, keeps_percentiles: true }))
}

/// What stands at a path. On the way through a list it is looked for in each of its elements, and the hits are a list; as upstream does.
#[must_use]
pub fn at(value: &Value, path: &[&str]) -> Option<Value> {
    let Some((name, rest)) = path.split_first() else { return Some(value.clone()) };
    match value {
        Value::Object(object) => at(object.get(*name)?, rest),
        Value::Array(list) => {
            let hits: Vec<Value> = list.iter().filter_map(|element| at(element, path)).collect();
            (!hits.is_empty()).then_some(Value::Array(hits))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Text at a path, if that is what stands there.
fn text<'v>(value: &'v Value, path: &[&str]) -> Option<&'v str> {
    path.iter().try_fold(value, |value, name| value.get(*name))?.as_str()
}

fn flag(canary: &Value, name: &'static str) -> Result<bool, OptionError> {
    match at(canary, &[name]) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(other) => {
            Err(OptionError { path: name.to_owned(), found: other.to_string(), wanted: "true or false" })
        }
    }
}

/// A number at a path, `default` where there is none.
///
/// # Errors
/// Something else stands there.
pub fn number(value: &Value, path: &[&str], default: f64) -> Result<f64, OptionError> {
    match at(value, path) {
        None | Some(Value::Null) => Ok(default),
        Some(found) => found.as_f64().ok_or_else(|| OptionError {
            path: path.join("."),
            found: found.to_string(),
            wanted: "a number",
        }),
    }
}
