//! A question to the store: name, labels, window and step, and a value for each step.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::bucket::Bucket;
use crate::sample::Labels;
use crate::series::Series;

/// Most steps of an answer.
const MOST_STEPS: i64 = 100_000;

/// What is made of all that came in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// All together: orders, errors, money.
    #[default]
    Sum,
    /// The sum for each second.
    Rate,
    /// How many values came.
    Count,
    /// The mean of the values that came.
    Mean,
    /// The least of them.
    Min,
    /// The greatest.
    Max,
    /// The one that came last.
    Last,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Name of the metric.
    pub metric: String,
    /// Labels that a series has to have.
    pub labels: Labels,
    /// Names of the labels that tell series apart; all others are put together.
    pub by: Vec<String>,
    /// What is made of what came in a step.
    pub aggregate: Aggregate,
    /// Time of the first value, milliseconds since 1970. A value is of the step before its time, as with Prometheus: at the end of a window all of it has come.
    pub start_millis: i64,
    /// No value is later than this.
    pub end_millis: i64,
    /// Length of a step, seconds.
    pub step_seconds: i64,
}

/// A series that is the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The labels that tell it apart.
    pub labels: Labels,
    /// Time of the first value, milliseconds since 1970.
    pub start_millis: i64,
    /// Between two of them, seconds.
    pub step_seconds: i64,
    /// A value for each step; `None`: nothing came in it.
    pub values: Vec<Option<f64>>,
}

/// What cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A parameter is not there.
    #[error("give {0}")]
    Missing(&'static str),
    /// A parameter is none.
    #[error("{name} is {given:?}: give {wanted}")]
    Wrong {
        /// Which.
        name: String,
        /// What it is.
        given: String,
        /// What it may be.
        wanted: &'static str,
    },
    /// Nobody knows it.
    #[error(
        "{0:?} is no parameter: there are metric, label, by, aggregate, startMillis, endMillis and stepSeconds"
    )]
    Unknown(String),
    /// The window.
    #[error("the window ends before it begins")]
    Backwards,
    /// Too many steps.
    #[error("that are {0} steps, and {MOST_STEPS} at most are answered: take a longer step")]
    Steps(i64),
}

impl Query {
    /// From the parameters of an address: `metric`, `startMillis`, `endMillis`, `stepSeconds`, `aggregate`, `by`, and `label=NAME=VALUE` as often as needed.
    ///
    /// # Errors
    /// One is missing or wrong.
    pub fn parse<'p>(
        parameters: impl IntoIterator<Item = (impl AsRef<str> + 'p, impl AsRef<str> + 'p)>,
    ) -> Result<Self, QueryError> {
        let (mut metric, mut labels, mut by) = (None, Labels::new(), Vec::new());
        let (mut aggregate, mut start, mut end, mut step) = (Aggregate::default(), None, None, None);
        for (name, given) in parameters {
            let (name, given) = (name.as_ref(), given.as_ref());
            let wrong = |wanted| QueryError::Wrong { name: name.to_owned(), given: given.to_owned(), wanted };
            let whole = || given.parse::<i64>().map_err(|_| wrong("a whole number"));
            match name {
                "metric" => metric = Some(given.to_owned()).filter(|name| !name.is_empty()),
                "startMillis" => start = Some(whole()?),
                "endMillis" => end = Some(whole()?),
                "stepSeconds" => {
                    step = Some(whole()?).filter(|step| (1..=86_400).contains(step));
                    step.ok_or_else(|| wrong("1 to 86400"))?;
                }
                "aggregate" => {
                    aggregate = Aggregate::named(given)
                        .ok_or_else(|| wrong("sum, rate, count, mean, min, max or last"))?;
                }
                "by" => by.extend(given.split(',').filter(|name| !name.is_empty()).map(str::to_owned)),
                "label" => {
                    let (name, value) = given.split_once('=').ok_or_else(|| wrong("NAME=VALUE"))?;
                    labels.insert(name.to_owned(), value.to_owned());
                }
                _ => return Err(QueryError::Unknown(name.to_owned())),
            }
        }
        let query = Self {
            metric: metric.ok_or(QueryError::Missing("metric"))?,
            labels,
            by,
            aggregate,
            start_millis: start.ok_or(QueryError::Missing("startMillis"))?,
            end_millis: end.ok_or(QueryError::Missing("endMillis"))?,
            step_seconds: step.ok_or(QueryError::Missing("stepSeconds"))?,
        };
        query.check()?;
        Ok(query)
    }

    fn check(&self) -> Result<(), QueryError> {
        if self.end_millis < self.start_millis {
            return Err(QueryError::Backwards);
        }
        let steps = self.steps();
        if steps > MOST_STEPS { Err(QueryError::Steps(steps)) } else { Ok(()) }
    }

    /// One that ends at the start, and at each multiple of the step after it, until the end.
    fn steps(&self) -> i64 {
        let length = self.end_millis.saturating_sub(self.start_millis);
        length.div_euclid(self.step_seconds.saturating_mul(1_000)).saturating_add(1)
    }

    pub(crate) fn answer<'s>(&self, all: impl Iterator<Item = (&'s Labels, &'s Series)>) -> Vec<Answer> {
        let mut groups: BTreeMap<Labels, BTreeMap<i64, (i64, Bucket)>> = BTreeMap::new();
        let first = self.start_millis.div_euclid(1_000).saturating_sub(self.step_seconds);
        let until = first.saturating_add(self.steps().saturating_mul(self.step_seconds));
        for (labels, series) in all {
            if self.labels.iter().any(|(name, value)| labels.get(name) != Some(value)) {
                continue;
            }
            let told =
                self.by.iter().map(|name| (name.clone(), labels.get(name).cloned().unwrap_or_default()));
            let group = groups.entry(told.collect()).or_default();
            for (second, bucket) in series.between(first, until) {
                let step = (second - first).div_euclid(self.step_seconds);
                let came = (*second, *bucket);
                group.entry(step).and_modify(|there| *there = together(*there, came)).or_insert(came);
            }
        }
        // A series in which nothing came is none.
        let some = groups.into_iter().filter(|(_, steps)| !steps.is_empty());
        some.map(|(labels, steps)| Answer {
            labels,
            start_millis: self.start_millis,
            step_seconds: self.step_seconds,
            values: (0..self.steps())
                .map(|step| {
                    steps.get(&step).and_then(|(_, bucket)| self.aggregate.of(bucket, self.step_seconds))
                })
                .collect(),
        })
        .collect()
    }
}

/// Two with the second of their last value, in the order of time.
fn together(one: (i64, Bucket), other: (i64, Bucket)) -> (i64, Bucket) {
    let (earlier, later) = if one.0 <= other.0 { (one, other) } else { (other, one) };
    (later.0, earlier.1.and(later.1))
}

impl Aggregate {
    /// As it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Rate => "rate",
            Self::Count => "count",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
            Self::Last => "last",
        }
    }

    fn named(name: &str) -> Option<Self> {
        let all = [Self::Sum, Self::Rate, Self::Count, Self::Mean, Self::Min, Self::Max, Self::Last];
        all.into_iter().find(|aggregate| aggregate.name() == name)
    }

    /// `None`: it is not known.
    #[expect(
        clippy::cast_precision_loss,
        clippy::as_conversions,
        reason = "counts and seconds are far below 2^53"
    )]
    fn of(self, bucket: &Bucket, step_seconds: i64) -> Option<f64> {
        let value = match self {
            Self::Sum => bucket.sum,
            Self::Rate => bucket.sum / step_seconds as f64,
            Self::Count => bucket.count as f64,
            Self::Mean => bucket.sum / bucket.count as f64,
            Self::Min => bucket.least,
            Self::Max => bucket.greatest,
            Self::Last => bucket.last,
        };
        Some(value).filter(|value| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::Query;
    use crate::sample::{Labels, Sample, Value};
    use crate::store::{Limits, Store};

    fn store() -> Store {
        let mut store = Store::new(Limits::default(), 0);
        for (second, track, pod, value) in [
            (10, "canary", "a", 1.0),
            (11, "canary", "b", 4.0),
            (11, "stable", "c", 9.0),
            (34, "canary", "a", 2.0),
        ] {
            let labels =
                [("track", track), ("pod", pod)].map(|(name, value)| (name.to_owned(), value.to_owned()));
            let labels = Labels::from(labels);
            let sample = Sample {
                metric: "orders".to_owned(),
                labels,
                at_millis: Some(second * 1_000),
                value: Value::Increment(value),
            };
            store.take(sample, 40_000).unwrap();
        }
        store
    }

    fn asked(more: &[(&str, &str)]) -> Result<String, String> {
        let window =
            [("metric", "orders"), ("startMillis", "20000"), ("endMillis", "40000"), ("stepSeconds", "10")];
        let query = Query::parse(window.iter().chain(more).copied()).map_err(|error| error.to_string())?;
        let each =
            store().answer(&query).into_iter().map(|found| format!("{:?} {:?}", found.labels, found.values));
        Ok(each.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn series_with_the_labels_are_put_together_step_by_step() {
        let canary = ("label", "track=canary");
        assert_eq!(asked(&[canary]).unwrap(), "{} [Some(5.0), None, Some(2.0)]");
        for (aggregate, expected) in
            [("rate", 0.5), ("count", 2.0), ("mean", 2.5), ("min", 1.0), ("max", 4.0), ("last", 4.0)]
        {
            let found = asked(&[canary, ("aggregate", aggregate)]).unwrap();
            assert!(found.starts_with(&format!("{{}} [Some({expected:?}), None")), "{aggregate}: {found}");
        }
        let by = asked(&[("by", "track")]).unwrap();
        assert_eq!(
            by,
            "{\"track\": \"canary\"} [Some(5.0), None, Some(2.0)]; {\"track\": \"stable\"} [Some(9.0), None, None]"
        );
        assert_eq!(asked(&[("label", "track=baseline")]).unwrap(), "", "no data, and that is an answer");
    }

    #[test]
    fn what_cannot_be_asked_is_told_with_what_can() {
        for (more, expected) in [
            (("aggregate", "p99"), "aggregate is \"p99\": give sum, rate, count, mean, min, max or last"),
            (("stepSeconds", "0"), "stepSeconds is \"0\": give 1 to 86400"),
            (("label", "track"), "label is \"track\": give NAME=VALUE"),
            (("endMillis", "0"), "the window ends before it begins"),
            (
                ("endMillis", "9223372036854775807"),
                "steps, and 100000 at most are answered: take a longer step",
            ),
            (("metric", ""), "give metric"),
            (("startMillis", "now"), "startMillis is \"now\": give a whole number"),
            (("tag", "x"), "\"tag\" is no parameter: there are metric, label"),
        ] {
            let error = asked(&[more]).unwrap_err();
            assert!(error.contains(expected), "{more:?}: {error}");
        }
    }
}
