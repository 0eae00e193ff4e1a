//! Series of Amazon `CloudWatch`, by `GetMetricData`. Pure.
//!
//! Documented at <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use weir_judge::kayenta::query::given;
use weir_judge::kayenta::response::Series;

use super::served::{Question, Store, Unusable, read};
use super::{Ask, grid};

/// Most values of an answer, as the service has it.
const MOST: u32 = 100_800;

/// The service, in one region.
#[derive(Clone, Copy, Debug)]
pub struct CloudWatch;

/// A metric's query of type `cloudwatch`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    namespace: Option<String>,
    metric_name: Option<String>,
    /// With variables in their values.
    dimensions: BTreeMap<String, String>,
    /// `Average`, `Sum`, `p99` ...
    statistic: Option<String>,
    /// Metric math, `SEARCH` or `SELECT` with variables, instead of all that.
    #[serde(alias = "customInlineTemplate")]
    expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    metric_data_results: Vec<Found>,
    next_token: Option<String>,
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(default)]
    label: String,
    /// Seconds since 1970.
    #[serde(default)]
    timestamps: Vec<f64>,
    #[serde(default)]
    values: Vec<f64>,
    status_code: Option<String>,
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    #[serde(default)]
    code: String,
    #[serde(default)]
    value: String,
}

impl Query {
    /// What is asked, without times.
    fn data(&self, ask: Ask<'_>) -> Result<Value, String> {
        let period = ask.step_seconds;
        if !(matches!(period, 1 | 5 | 10 | 20 | 30) || period % 60 == 0) {
            return Err(format!(
                "its step is {period} s, and CloudWatch has 1, 5, 10, 20, 30 and whole minutes"
            ));
        }
        if let Some(expression) = ask.filled(self.expression.as_ref(), None, &[])? {
            return Ok(json!({"Id": "asked", "Expression": expression, "Period": period}));
        }
        let namespace = given(self.namespace.as_ref()).ok_or("it needs a namespace, or an expression")?;
        let metric = given(self.metric_name.as_ref()).ok_or("it needs a metricName, or an expression")?;
        let mut dimensions = Vec::new();
        for (name, value) in &self.dimensions {
            let value = ask.filled(Some(value), None, &[])?;
            dimensions.push(json!({"Name": name, "Value": value}));
        }
        let statistic = given(self.statistic.as_ref()).unwrap_or("Average");
        let metric = json!({"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions});
        Ok(json!({"Id": "asked", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}))
    }
}

impl Store for CloudWatch {
    const CALLED: &'static str = "CloudWatch";
    const EXAMPLE: &'static str = "https://monitoring.eu-west-1.amazonaws.com";
    const FIELDS: &'static [(&'static str, &'static str)] = &[
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "GraniteServiceVersion20100801.GetMetricData"),
    ];

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let data = ask.query::<Query>()?.data(ask)?;
        let seconds = |millis: i64| millis.div_euclid(1_000);
        let body = json!({
            "MetricDataQueries": [data],
            "StartTime": seconds(ask.window.start_millis),
            // Its own is no part of a window.
            "EndTime": seconds(ask.window.end_millis).saturating_add(1),
            "ScanBy": "TimestampAscending",
            "MaxDatapoints": MOST,
        });
        Ok(Question { text: data.to_string(), path: "/".to_owned(), body: Some(body.to_string()) })
    }

    fn answer(&self, ask: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        let Answer { metric_data_results, next_token, messages } = read(body)?;
        let said = |messages: &[Message]| {
            let each = messages.iter().map(|Message { code, value }| format!("{code}: {value}"));
            each.collect::<Vec<_>>().join("; ")
        };
        for found in &metric_data_results {
            match found.status_code.as_deref() {
                None | Some("Complete") => {}
                Some("Forbidden") => return Err(Unusable::Refused(said(&found.messages))),
                Some(status) => return Err(Unusable::Later(format!("{status}: {}", said(&found.messages)))),
            }
        }
        if next_token.is_some() {
            let more = format!("its answer has more than {MOST} values: take a longer step, or fewer series");
            return Err(Unusable::Config(more));
        }
        if metric_data_results.is_empty() && !messages.is_empty() {
            return Err(Unusable::Refused(said(&messages)));
        }
        let step_millis = ask.step_seconds.saturating_mul(1_000);
        Ok(grid::all(metric_data_results.into_iter().map(|Found { label, timestamps, values, .. }| {
            let at = timestamps.into_iter().map(|seconds| grid::millis(seconds * 1_000.0));
            let samples = at.zip(values.into_iter().map(Some)).collect();
            (BTreeMap::from([("label".to_owned(), label)]), samples, step_millis)
        }))?)
    }
}
