//! Series of a Graphite, by its render API. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use weir_judge::kayenta::query::given;
use weir_judge::kayenta::response::Series;

use super::served::{Question, Store, Unusable, read};
use super::{Ask, grid};

/// A Graphite, or what answers as one does.
#[derive(Clone, Copy, Debug)]
pub struct Graphite;

/// A metric's query of type `graphite`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    /// A target with `$scope` and `$location` in it.
    metric_name: Option<String>,
    /// A target with `${scope}` and other variables.
    #[serde(alias = "template")]
    custom_inline_template: Option<String>,
    /// Name of such a target among the config's templates.
    custom_filter_template: Option<String>,
}

impl Query {
    fn target(&self, ask: Ask<'_>) -> Result<String, String> {
        let (inline, named) = (self.custom_inline_template.as_ref(), self.custom_filter_template.as_ref());
        if let Some(target) = ask.filled(inline, named, &[])? {
            return Ok(target);
        }
        let mut target = given(self.metric_name.as_ref()).ok_or("it needs a metricName")?.to_owned();
        for (variable, value) in [("$scope", &ask.scope.scope), ("$location", &ask.scope.location)] {
            if let Some(value) = given(value.as_ref()) {
                target = target.replace(variable, value);
            }
        }
        Ok(target)
    }
}

/// One target of the answer.
#[derive(Deserialize)]
struct Target {
    /// A value, and seconds since 1970.
    datapoints: Vec<(Option<f64>, i64)>,
}

impl Store for Graphite {
    const CALLED: &'static str = "a Graphite";
    const EXAMPLE: &'static str = "http://graphite:8080";

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let text = ask.query::<Query>()?.target(ask)?;
        let parameters = form_urlencoded::Serializer::new(String::new())
            .append_pair("target", &text)
            .append_pair("from", &ask.window.start_millis.div_euclid(1000).to_string())
            .append_pair("until", &ask.window.end_millis.div_euclid(1000).to_string())
            .append_pair("format", "json")
            .finish();
        let path = format!("/render?{parameters}");
        Ok(Question { text, path, body: None })
    }

    fn answer(&self, _: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        let targets: Vec<Target> = read(body)?;
        Ok(grid::all(targets.into_iter().map(|Target { datapoints }| {
            let points = datapoints.into_iter().map(|(value, at)| (at.saturating_mul(1000), value));
            let points: Vec<grid::Sample> = points.collect();
            let step = grid::first_step(&points);
            (BTreeMap::new(), points, step)
        }))?)
    }
}
