//! Samples as a JSON document: one, or an array of them.
//!
//! ```text
//! [{"metric": "orders", "increment": 3, "labels": {"track": "canary"}},
//!  {"metric": "queue", "gauge": 7}, {"metric": "basket", "measured": [12.5, 80]},
//!  {"metric": "orders_total", "total": 812, "at": "2026-01-01T00:00:00Z"}]
//! ```

use serde::Deserialize;
use serde_json::Value as Document;

use crate::sample::{Labels, Measured, Refusal, Sample, Total, Value};

/// A sample as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    metric: String,
    #[serde(default)]
    labels: Labels,
    at: Option<jiff::Timestamp>,
    increment: Option<f64>,
    total: Option<f64>,
    gauge: Option<f64>,
    measured: Option<Vec<f64>>,
}

/// The samples of a document, or why one is none, in their order.
///
/// # Errors
/// The text is no JSON, or something else than an object or an array.
pub fn parse(text: &[u8]) -> Result<Vec<Result<Sample, Refusal>>, Refusal> {
    let document: Document =
        serde_json::from_slice(text).map_err(|error| Refusal::Malformed(format!("no JSON: {error}")))?;
    let all = match document {
        Document::Array(all) => all,
        one @ Document::Object(_) => vec![one],
        Document::Null | Document::Bool(_) | Document::Number(_) | Document::String(_) => {
            return Err(Refusal::Malformed("give an object, or an array of them".to_owned()));
        }
    };
    let one = |(number, one): (usize, &Document)| {
        read(one).map_err(|what| Refusal::Malformed(format!("[{number}]{what}")))
    };
    Ok(all.iter().enumerate().map(one).collect())
}

fn read(document: &Document) -> Result<Sample, String> {
    let written: Written = serde_path_to_error::deserialize(document).map_err(|error| {
        let path = error.path().to_string();
        if path == "." { format!(": {}", error.inner()) } else { format!(".{path}: {}", error.inner()) }
    })?;
    let Written { metric, labels, at, increment, total, gauge, measured } = written;
    let values = [
        increment.map(Value::Increment),
        total.map(|sum| Value::Total(Total { sum, count: None, since_millis: None })),
        gauge.map(Value::Gauge),
        measured.map(|values| Value::Measured(together(&values))),
    ];
    let mut values = values.into_iter().flatten();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(": give one of increment, total, gauge and measured".to_owned());
    };
    Ok(Sample { metric, labels, at_millis: at.map(jiff::Timestamp::as_millisecond), value })
}

fn together(values: &[f64]) -> Measured {
    Measured {
        count: u64::try_from(values.len()).unwrap_or(u64::MAX),
        sum: values.iter().sum(),
        least: values.iter().copied().reduce(f64::min),
        greatest: values.iter().copied().reduce(f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::sample::{Measured, Value};

    #[test]
    fn one_sample_or_many_are_read() {
        let one = parse(br#"{"metric": "a", "gauge": 7, "at": "1970-01-01T00:00:01.5Z"}"#)
            .unwrap()
            .remove(0)
            .unwrap();
        assert_eq!((one.at_millis, one.value), (Some(1_500), Value::Gauge(7.0)));
        let text = br#"[{"metric": "a", "increment": 2, "labels": {"track": "canary"}}, {"metric": "b", "measured": [3, 1]}]"#;
        let all: Vec<_> = parse(text).unwrap().into_iter().map(Result::unwrap).collect();
        assert_eq!((all[0].value, all[0].labels["track"].as_str()), (Value::Increment(2.0), "canary"));
        let both = Measured { count: 2, sum: 4.0, least: Some(1.0), greatest: Some(3.0) };
        assert_eq!(all[1].value, Value::Measured(both));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_the_others_are_read() {
        for (sample, expected) in [
            (r#"{"increment": 1}"#, "[1]: missing field `metric`"),
            (r#"{"metric": "a"}"#, "[1]: give one of increment, total, gauge and measured"),
            (r#"{"metric": "a", "gauge": 1, "total": 2}"#, "[1]: give one of"),
            (r#"{"metric": "a", "gauge": "1"}"#, "[1].gauge: invalid type: string"),
            (r#"{"metric": "a", "labels": {"track": 1}, "gauge": 1}"#, "[1].labels.track: invalid type"),
            (r#"{"metric": "a", "value": 1}"#, "[1].value: unknown field"),
            (r#"{"metric": "a", "gauge": 1, "at": "now"}"#, "[1].at: "),
        ] {
            let text = format!(r#"[{{"metric": "a", "gauge": 1}}, {sample}]"#);
            let all = parse(text.as_bytes()).unwrap();
            let error = all[1].clone().unwrap_err().to_string();
            assert!(all[0].is_ok() && error.starts_with(expected), "{sample}: {error}");
        }
        assert!(parse(b"{").unwrap_err().to_string().contains("no JSON"));
        assert!(parse(b"3").unwrap_err().to_string().contains("give an object"));
    }
}
