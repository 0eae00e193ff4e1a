//! Series of a collector of Weir. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use weir_judge::kayenta::query::given;
use weir_judge::kayenta::response::Series;

use super::Ask;
use super::served::{Question, Store, Unusable, read};

/// `weir collect`.
#[derive(Clone, Copy, Debug)]
pub struct Collector;

/// A metric's query of type `collector`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Query {
    r#type: String,
    /// Which source, where there are several.
    metrics_account_name: Option<String>,
    /// The metric, as it was pushed.
    metric_name: Option<String>,
    /// What is made of what came in a step; the sum, unless said.
    aggregate: Option<String>,
    /// Labels that a series has to have, with variables.
    labels: Option<BTreeMap<String, String>>,
    /// Labels that tell series apart.
    group_by: Vec<String>,
}

/// Without labels a side is its track.
const TRACK: [(&str, &str); 1] = [("track", "${track}")];

#[derive(Deserialize)]
struct Answer {
    series: Vec<Found>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    labels: BTreeMap<String, String>,
    start_millis: i64,
    step_seconds: i64,
    values: Vec<Option<f64>>,
}

impl Store for Collector {
    const CALLED: &'static str = "a collector of Weir";
    const EXAMPLE: &'static str = "http://weir-collector:9904";

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let Query { r#type: _, metrics_account_name: _, metric_name, aggregate, labels, group_by } =
            ask.query()?;
        let metric = given(metric_name.as_ref()).ok_or("it needs a metricName")?;
        let by_track = || TRACK.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.append_pair("metric", metric);
        text.append_pair("aggregate", given(aggregate.as_ref()).unwrap_or("sum"));
        for (name, value) in labels.unwrap_or_else(by_track) {
            let value = ask.filled(Some(&value), None, &[])?.unwrap_or_default();
            text.append_pair("label", &format!("{name}={value}"));
        }
        if !group_by.is_empty() {
            text.append_pair("by", &group_by.join(","));
        }
        let text = text.finish();
        let window = form_urlencoded::Serializer::new(String::new())
            .append_pair("startMillis", &ask.window.start_millis.to_string())
            .append_pair("endMillis", &ask.window.end_millis.to_string())
            .append_pair("stepSeconds", &ask.step_seconds.to_string())
            .finish();
        let path = format!("/v1/series?{text}&{window}");
        Ok(Question { text, path, body: None })
    }

    fn answer(&self, _: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        let Answer { series } = read(body)?;
        let all =
            series.into_iter().map(|Found { labels: tags, start_millis, step_seconds, values }| Series {
                tags,
                start_millis,
                step_seconds,
                values: values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect(),
            });
        Ok(all.collect())
    }
}
