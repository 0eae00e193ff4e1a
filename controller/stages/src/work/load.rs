//! Load on an address, with what it has to bear.

use serde::Deserialize;
use weir_pipeline::span::Span;

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
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        super::outside::address("url", &self.url)?;
        let refused = |field: &str, why: String| Err((field.to_owned(), why));
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return refused(
                "rate",
                format!("{} is no rate: give requests per second, more than 0", self.rate),
            );
        }
        if self.duration.duration().is_zero() {
            return refused("duration", "nothing is sent in no time".to_owned());
        }
        let number = |text: &str| text.parse::<f64>().is_ok_and(|number| number.is_finite() && number >= 0.0);
        match &self.errors {
            Some(text) if !text.contains("${") && !number(text.strip_suffix('%').unwrap_or(text)) => refused(
                "errors",
                format!("{text:?} is neither a share, such as 0.1%, nor a count, such as 0"),
            ),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::work::Work;

    fn problem(change: (&str, Value)) -> Option<String> {
        let mut load = json!({"url": "http://shop.test/", "rate": 20.5, "duration": "30s", "latency": {"p99": "250ms"}, "errors": "0.1%"});
        load[change.0] = change.1;
        Work::new("load", load).err().map(|misfit| misfit.to_string())
    }

    #[test]
    fn a_load_says_whom_how_much_and_how_long() {
        for (field, value, why) in [
            ("url", json!("shop.test"), "load.url: \"shop.test\" is no address"),
            ("rate", json!(0), "load.rate: 0 is no rate"),
            ("duration", json!("0s"), "load.duration: nothing is sent"),
            ("errors", json!("few"), "load.errors: \"few\" is neither"),
            ("latency", json!({"p98": "1s"}), "load.latency.p98: unknown field"),
        ] {
            let problem = problem((field, value)).unwrap();
            assert!(problem.starts_with(why), "{problem}");
        }
        for (field, value) in
            [("errors", json!("5")), ("rate", json!("${ parameters.rate }")), ("errors", json!("${ most }"))]
        {
            assert_eq!(problem((field, value)), None);
        }
    }
}
