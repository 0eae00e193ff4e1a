//! Reading thresholds.

use std::str::FromStr;

use super::{Clock, Comparison, Limit, Metric, Statistic, Threshold};
use crate::units::parse_duration;

/// Why a threshold could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ThresholdError {
    /// No comparison in it.
    #[error(
        "\"{0}\" is not a threshold: write METRIC>LIMIT or METRIC<LIMIT, such as p99>250ms, errors>0.1% or unsent>0"
    )]
    Form(String),
    /// An unknown metric.
    #[error(
        "unknown metric \"{0}\": there are p50, p75, p90, p95, p99, p99.9, max and mean (also as service.p99 and lag.p99), errors, unsent and rate"
    )]
    Metric(String),
    /// A limit of another kind than the metric.
    #[error("\"{limit}\" is no limit for {metric}: {expected}")]
    Limit {
        metric: String,
        /// What was written.
        limit: String,
        /// What to write.
        expected: &'static str,
    },
}

impl FromStr for Threshold {
    type Err = ThresholdError;

    fn from_str(text: &str) -> Result<Self, ThresholdError> {
        let form = || ThresholdError::Form(text.to_owned());
        let at = text.find(['<', '>']).ok_or_else(form)?;
        let (name, rest) = text.split_at(at);
        let (comparison, limit) = [
            (">=", Comparison::AtLeast),
            ("<=", Comparison::AtMost),
            (">", Comparison::Above),
            ("<", Comparison::Below),
        ]
        .into_iter()
        .find_map(|(sign, comparison)| Some((comparison, rest.strip_prefix(sign)?)))
        .ok_or_else(form)?;
        let metric = metric(name.trim())?;
        let limit = limit_of(metric, name.trim(), limit.trim())?;
        Ok(Self { text: text.to_owned(), metric, comparison, limit })
    }
}

fn metric(name: &str) -> Result<Metric, ThresholdError> {
    let (clock, statistic) = match name.split_once('.') {
        Some(("service", statistic)) => (Clock::Service, statistic),
        Some(("lag", statistic)) => (Clock::Lag, statistic),
        _ => (Clock::Latency, name),
    };
    let statistic = match statistic {
        "mean" => Statistic::Mean,
        "p50" => Statistic::P50,
        "p75" => Statistic::P75,
        "p90" => Statistic::P90,
        "p95" => Statistic::P95,
        "p99" => Statistic::P99,
        "p99.9" => Statistic::P999,
        "max" => Statistic::Max,
        _ => {
            return match name {
                "errors" => Ok(Metric::Errors),
                "unsent" => Ok(Metric::Unsent),
                "rate" => Ok(Metric::Rate),
                _ => Err(ThresholdError::Metric(name.to_owned())),
            };
        }
    };
    Ok(Metric::Time(clock, statistic))
}

fn limit_of(metric: Metric, name: &str, text: &str) -> Result<Limit, ThresholdError> {
    let refused =
        |expected| ThresholdError::Limit { metric: name.to_owned(), limit: text.to_owned(), expected };
    let number = || text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    match metric {
        Metric::Time(..) => {
            let expected = "write a duration, such as 250ms";
            parse_duration(text).map(Limit::Time).map_err(|_| refused(expected))
        }
        Metric::Errors | Metric::Unsent if text.ends_with('%') => {
            text.parse().map(Limit::Share).map_err(|_| refused("write a share between 0% and 100%"))
        }
        Metric::Errors | Metric::Unsent => number()
            .map(Limit::Number)
            .ok_or_else(|| refused("write a share, such as 0.1%, or a count, such as 0")),
        Metric::Rate => {
            number().map(Limit::Number).ok_or_else(|| refused("write requests per second, such as 190"))
        }
    }
}
