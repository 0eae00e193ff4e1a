//! Series of Datadog, by its query of timeseries points (API v1). Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use weir_judge::kayenta::query::given;
use weir_judge::kayenta::response::Series;

use super::served::{Question, Store, Unusable, read};
use super::{Ask, grid};

/// Datadog.
#[derive(Clone, Copy, Debug)]
pub struct Datadog;

/// A metric's query of type `datadog`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    metric_name: Option<String>,
    metric_type: Type,
    tags: Option<Vec<String>>,
    /// A whole query.
    custom_inline_template: Option<String>,
    /// Name of a whole query among the config's templates.
    custom_filter_template: Option<String>,
}

/// What a metric counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Count,
    #[default]
    Gauge,
    Rate,
}

impl Query {
    fn text(&self, ask: Ask<'_>) -> Result<String, String> {
        let (inline, named) = (self.custom_inline_template.as_ref(), self.custom_filter_template.as_ref());
        if let Some(whole) = ask.filled(inline, named, &[])? {
            return Ok(whole);
        }
        let metric = given(self.metric_name.as_ref()).ok_or("it needs a metricName")?;
        let scope =
            given(ask.scope.scope.as_ref()).ok_or("it needs a scope, such as kube_deployment:api-canary")?;
        let tags = self.tags.iter().flatten().map(String::as_str);
        let of = std::iter::once(scope).chain(tags).collect::<Vec<_>>().join(",");
        Ok(match self.metric_type {
            Type::Count => format!("sum:{metric}{{{of}}}.as_count()"),
            Type::Gauge | Type::Rate => format!("{metric}{{{of}}}"),
        })
    }
}

/// The answer.
#[derive(Deserialize)]
struct Answer {
    status: Option<String>,
    error: Option<String>,
    series: Option<Vec<Points>>,
}

#[derive(Deserialize)]
struct Points {
    /// Seconds between two points.
    interval: i64,
    /// Milliseconds since 1970, and a value. Both are fractions in its makers' schema.
    pointlist: Vec<(f64, Option<f64>)>,
    /// Tags that tell the series of one query apart: `host:a`.
    #[serde(default)]
    tag_set: Vec<String>,
}

impl Points {
    fn samples(self) -> (BTreeMap<String, String>, Vec<grid::Sample>, i64) {
        let Self { interval, pointlist, tag_set } = self;
        let tags = tag_set.iter().filter_map(|tag| tag.split_once(':'));
        let tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let points = pointlist.into_iter().map(|(at, value)| (grid::millis(at), value)).collect();
        (tags, points, interval.saturating_mul(1000))
    }
}

impl Store for Datadog {
    const CALLED: &'static str = "Datadog";
    const EXAMPLE: &'static str = "https://api.datadoghq.com";

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let text = ask.query::<Query>()?.text(ask)?;
        let parameters = form_urlencoded::Serializer::new(String::new())
            .append_pair("from", &ask.window.start_millis.div_euclid(1000).to_string())
            .append_pair("to", &ask.window.end_millis.div_euclid(1000).to_string())
            .append_pair("query", &text)
            .finish();
        let path = format!("/api/v1/query?{parameters}");
        Ok(Question { text, path, body: None })
    }

    fn answer(&self, _: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        let Answer { status, error, series } = read(body)?;
        if status.as_deref() == Some("error") {
            return Err(Unusable::Refused(error.unwrap_or_default()));
        }
        let series = series.ok_or_else(|| Unusable::Nonsense("there are no series in it".to_owned()))?;
        Ok(grid::all(series.into_iter().map(Points::samples))?)
    }
}
