//! Series of a Prometheus, by its `query_range`. Pure.

use weir_judge::kayenta::query::PrometheusQuery;
use weir_judge::kayenta::response::{self, Series};

use super::Ask;
use super::served::{Question, Store, Unusable};

/// The label that names a machine where a query has no filter of its own; upstream's default.
const SCOPE_LABEL: &str = "instance";

/// A Prometheus, or what answers as one does.
#[derive(Clone, Copy, Debug)]
pub struct Prometheus;

impl Store for Prometheus {
    const CALLED: &'static str = "a Prometheus";
    const EXAMPLE: &'static str = "http://prometheus:9090";

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let query: PrometheusQuery = ask.query()?;
        let promql =
            query.promql(ask.templates, ask.scope, SCOPE_LABEL).map_err(|error| error.to_string())?;
        let seconds = |millis: i64| format!("{}.{:03}", millis.div_euclid(1000), millis.rem_euclid(1000));
        let parameters = form_urlencoded::Serializer::new(String::new())
            .append_pair("query", &promql)
            .append_pair("start", &seconds(ask.window.start_millis))
            .append_pair("end", &seconds(ask.window.end_millis))
            .append_pair("step", &ask.step_seconds.max(1).to_string())
            .finish();
        let path = format!("/api/v1/query_range?{parameters}");
        Ok(Question { text: promql, path, body: None })
    }

    fn answer(&self, _: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        response::parse(&String::from_utf8_lossy(body)).map_err(Unusable::Nonsense)
    }
}
