//! What Prometheus answers to a range query.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its labels without the metric's name.
    pub tags: BTreeMap<String, String>,
    /// When its first sample was, milliseconds since 1970.
    pub start_millis: i64,
    /// Seconds from the first sample to the second, whole; 0 where there is one sample alone.
    pub step_seconds: i64,
    /// Its samples, one after the other: Prometheus leaves out what is missing, and nobody can tell where.
    pub values: Vec<f64>,
}

impl Series {
    /// After its last sample, milliseconds since 1970.
    #[must_use]
    pub fn end_millis(&self) -> i64 {
        let count = i64::try_from(self.values.len()).unwrap_or(i64::MAX);
        self.start_millis.saturating_add(count.saturating_mul(self.step_seconds).saturating_mul(1000))
    }
}

#[derive(Deserialize)]
struct Body {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Matrix>,
}

#[derive(Deserialize)]
struct Matrix {
    metric: BTreeMap<String, String>,
    values: Vec<(f64, String)>,
}

/// Reads the answer's body.
///
/// # Errors
/// It is no matrix; the message says where.
pub fn parse(body: &str) -> Result<Vec<Series>, String> {
    let mut reader = serde_json::Deserializer::from_str(body);
    let Body { data } = serde_path_to_error::deserialize(&mut reader).map_err(|error| error.to_string())?;
    data.result.into_iter().map(series).collect()
}

fn series(matrix: Matrix) -> Result<Series, String> {
    let Matrix { metric: mut tags, values } = matrix;
    tags.remove("__name__");
    let millis = |sample: Option<&(f64, String)>| sample.map(|(at, _)| truncated(at * 1000.0));
    let start = millis(values.first()).unwrap_or_default();
    let step_seconds = match (values.first(), values.get(1)) {
        (Some((first, _)), Some((second, _))) => truncated(second - first),
        _ => 0,
    };
    let parsed = values.iter().map(|(at, text)| match text.as_str() {
        "+Inf" => Ok(f64::INFINITY),
        "-Inf" => Ok(f64::NEG_INFINITY),
        text => text.parse().map_err(|_| format!("the sample {text:?} at {at} is no number")),
    });
    Ok(Series { tags, start_millis: start, step_seconds, values: parsed.collect::<Result<_, _>>()? })
}

#[expect(clippy::cast_possible_truncation, reason = "saturates, and no time is that far away")]
fn truncated(value: f64) -> i64 {
    value as i64
}
