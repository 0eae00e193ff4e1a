//! Load on an address, with what it has to bear.

use serde::Deserialize;
use weir_pipeline::span::Span;

use super::finding::Finding;
use super::outside::is_address;

/// Requests by the clock, whatever the server does. Latency counts from when a request was due.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Load {
    /// `http://` or `https://`.
    pub url: String,
    /// Requests per second.
    pub rate: f64,
    /// How long.
    pub duration: Span,
    /// Latencies that are not to be passed. Default: none.
    #[serde(default)]
    pub latency: Latency,
    /// Most requests that may fail, or may not be sent at all: a share, `0.1%`, or a count, `5`. Default: they are only counted.
    #[serde(default)]
    pub errors: Option<String>,
}

/// Latencies by their quantiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Latency {
    /// Of half of all requests.
    pub p50: Option<Span>,
    /// Of 95 %.
    pub p95: Option<Span>,
    /// Of 99 %.
    pub p99: Option<Span>,
}

impl Load {
    pub(super) fn check(&self) -> Vec<Finding> {
        let mut found: Vec<Finding> = is_address("url", &self.url).into_iter().collect();
        if !(self.rate.is_finite() && self.rate > 0.0) {
            let what = format!("{} is no rate", self.rate);
            found.push(Finding::new("rate", what, "give requests per second, more than 0"));
        }
        if self.duration == Span::default() {
            found.push(Finding::new("duration", "nothing is sent in no time", "give 10s or more"));
        }
        let number = |text: &str| text.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0);
        let wrong = self.errors.as_ref().filter(|text| !number(text.strip_suffix('%').unwrap_or(text)));
        found.extend(wrong.map(|text| {
            Finding::new(
                "errors",
                format!("{text:?} is no number of errors"),
                "give a share, such as 0.1%, or a count, such as 0",
            )
        }));
        found
    }
}
