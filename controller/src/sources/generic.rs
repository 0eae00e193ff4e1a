//! Series of anything that answers in JSON: a question with variables, and where times and values are in the answer. Pure.
//!
//! The server is the source's, and a query adds only what comes after its address: so no config takes a secret anywhere else.

use std::collections::BTreeMap;

use jsonpath_rust::parser::model::{JpQuery, Segment, Selector};
use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde::Deserialize;
use serde_json::Value;
use weir_judge::kayenta::response::Series;
use weir_judge::kayenta::template::{expand, unescape};

use super::served::{Question, Store, Unusable, read};
use super::{Ask, grid};

/// A server with an API of its own.
#[derive(Clone, Copy, Debug)]
pub struct Generic;

/// A metric's query of type `http`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    /// What follows the source's address: `/series?of=${scope}&from=${start}&until=${end}&step=${step}`.
    path: String,
    /// A JSON document with variables, where it is asked by POST.
    body: Option<String>,
    /// `JSONPath` (RFC 9535) of the samples' times.
    times: String,
    /// `JSONPath` of their values, as many.
    values: String,
    /// Of times that are numbers.
    #[serde(default)]
    time_unit: Unit,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    #[default]
    Seconds,
    Milliseconds,
}

/// The variables, each in a form that ends nothing where it stands.
fn filled(template: &str, ask: Ask<'_>, form: impl Fn(&str) -> String) -> Result<String, String> {
    let instant = |millis: i64| jiff::Timestamp::from_millisecond(millis).map(|at| at.to_string());
    let [start, end] = [ask.window.start_millis, ask.window.end_millis];
    let instants = [instant(start), instant(end)];
    let [Ok(start_iso), Ok(end_iso)] = instants else { return Err("it has no such time".to_owned()) };
    let own = [
        ("start", start.div_euclid(1000).to_string()),
        ("end", end.div_euclid(1000).to_string()),
        ("startMillis", start.to_string()),
        ("endMillis", end.to_string()),
        ("startIso", start_iso),
        ("endIso", end_iso),
        ("step", ask.step_seconds.to_string()),
    ];
    let variables = ask.scope.variables(own.iter().map(|(name, value)| (*name, value.as_str())));
    let variables: BTreeMap<String, String> =
        variables.into_iter().map(|(name, value)| (name, form(&value))).collect();
    expand(&unescape(template), &variables).map_err(|error| error.to_string())
}

/// As part of a URL.
fn in_url(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Within the quotes of a text in JSON.
fn in_json(value: &str) -> String {
    let quoted = Value::from(value).to_string();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// A path to samples.
fn path(field: &str, text: &str) -> Result<JpQuery, String> {
    parse_json_path(text).map_err(|error| format!("{field}: {text:?} is no JSONPath: {error}"))
}

/// What is there. Nothing, where the document has the place and nothing in it; a place that it does not have is an error.
fn found<'d>(query: &JpQuery, text: &str, document: &'d Value) -> Result<Vec<&'d Value>, Unusable> {
    let look = |query: &JpQuery| {
        let found = js_path_process(query, document);
        found.map_err(|error| Unusable::Config(error.to_string()))
    };
    let all = look(query)?;
    let is_one =
        |segment: &&Segment| matches!(segment, Segment::Selector(Selector::Name(_) | Selector::Index(_)));
    let place = query.segments.iter().take_while(is_one).cloned().collect();
    if all.is_empty() && look(&JpQuery::new(place))?.is_empty() {
        return Err(Unusable::Nonsense(format!("there is nothing at {text}")));
    }
    Ok(all.into_iter().map(|found| found.val).collect())
}

fn instant(value: &Value, unit: Unit) -> Result<i64, Unusable> {
    let nonsense = || Unusable::Nonsense(format!("{value} is no time"));
    if let Some(text) = value.as_str() {
        let instant: jiff::Timestamp = text.parse().map_err(|_| nonsense())?;
        return Ok(instant.as_millisecond());
    }
    let number = value.as_f64().ok_or_else(nonsense)?;
    Ok(grid::millis(match unit {
        Unit::Seconds => number * 1000.0,
        Unit::Milliseconds => number,
    }))
}

fn number(value: &Value) -> Result<Option<f64>, Unusable> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    number.map(Some).ok_or_else(|| Unusable::Nonsense(format!("{value} is no number")))
}

impl Store for Generic {
    const CALLED: &'static str = "the kind that the query says";
    const EXAMPLE: &'static str = "https://metrics.example/api";

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let query: Query = ask.query()?;
        path("times", &query.times)?;
        path("values", &query.values)?;
        if !query.path.starts_with('/') {
            return Err(format!("path: {:?} must begin with /: it follows the source's address", query.path));
        }
        let path = filled(&query.path, ask, in_url).map_err(|error| format!("path: {error}"))?;
        let body = query.body.as_ref().map(|body| filled(body, ask, in_json)).transpose();
        let body = body.map_err(|error| format!("body: {error}"))?;
        let text = body.as_ref().map_or_else(|| path.clone(), |body| format!("{path} {body}"));
        Ok(Question { text, path, body })
    }

    fn answer(&self, ask: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        let query: Query = ask.query().map_err(Unusable::Config)?;
        let document: Value = read(body)?;
        let look = |field, text: &str| found(&path(field, text).map_err(Unusable::Config)?, text, &document);
        let (times, values) = (look("times", &query.times)?, look("values", &query.values)?);
        if times.len() != values.len() {
            let (times, values) = (times.len(), values.len());
            return Err(Unusable::Nonsense(format!("it has {times} times and {values} values")));
        }
        let samples: Result<Vec<grid::Sample>, Unusable> = times
            .into_iter()
            .zip(values)
            .map(|(at, value)| Ok((instant(at, query.time_unit)?, number(value)?)))
            .collect();
        let step = ask.step_seconds.saturating_mul(1000);
        let series = grid::all([(BTreeMap::new(), samples?, step)]);
        series.map_err(|error| {
            Unusable::Config(format!("its answer does not have the step that was asked for: {error}"))
        })
    }
}
