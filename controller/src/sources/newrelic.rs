//! Series of New Relic, by NRQL over its `NerdGraph`. Pure.
//!
//! Upstream asks the older query API of Insights with the same NRQL, which its makers do not recommend any more.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use weir_judge::kayenta::query::given;
use weir_judge::kayenta::response::Series;

use super::literal::quoted;
use super::served::{Question, Store, Unusable, read};
use super::{Ask, grid};

/// NRQL in a variable, so that nothing in it can end it. The time limit is below that of one attempt.
const GRAPHQL: &str = "query($account: Int!, $nrql: Nrql!) { actor { account(id: $account) { nrql(query: $nrql, timeout: 25) { results } } } }";
/// Parameters of a scope that say by which attributes its sides are told apart.
const SCOPE_KEY: &str = "_scope_key";
const LOCATION_KEY: &str = "_location_key";
/// What a bucket of time has beside its value.
const FRAME: [&str; 3] = ["beginTimeSeconds", "endTimeSeconds", "inspectedCount"];
/// Classes of errors that may pass.
const PASSING: [&str; 3] = ["TIMEOUT", "TOO_MANY_REQUESTS", "SERVER_ERROR"];

/// New Relic.
#[derive(Clone, Debug)]
pub struct NewRelic {
    /// Number of the account.
    pub account: u32,
    /// Attribute by which the sides are told apart, where the scope does not say.
    pub scope_key: Option<String>,
    /// Attribute of the location; there is no such condition without.
    pub location_key: Option<String>,
}

/// A metric's query of type `newrelic`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    /// `SELECT average(duration) FROM Transaction`.
    select: Option<String>,
    /// A condition.
    q: Option<String>,
    /// A whole query, with `${scope}`, `${startEpochSeconds}` and `${endEpochSeconds}`.
    custom_inline_template: Option<String>,
    /// Name of such a query among the config's templates.
    custom_filter_template: Option<String>,
}

impl NewRelic {
    fn nrql(&self, query: &Query, ask: Ask<'_>) -> Result<String, String> {
        let [start, end] = [ask.window.start_millis, ask.window.end_millis]
            .map(|millis| millis.div_euclid(1000).to_string());
        let step = ask.step_seconds.to_string();
        let more = [("startEpochSeconds", &*start), ("endEpochSeconds", &*end), ("step", &*step)];
        let (inline, named) = (query.custom_inline_template.as_ref(), query.custom_filter_template.as_ref());
        if let Some(whole) = ask.filled(inline, named, &more)? {
            return Ok(whole);
        }
        let select = given(query.select.as_ref()).ok_or("it needs a select, or a customInlineTemplate")?;
        let verb = if select.starts_with("SELECT") { "" } else { "SELECT " };
        let series = if ask.step_seconds > 0 { format!("{step} seconds") } else { "MAX".to_owned() };
        let conditions = self.conditions(query, ask)?.join(" AND ");
        Ok(format!(
            "{verb}{} TIMESERIES {series} SINCE {start} UNTIL {end} WHERE {conditions}",
            select.trim_start()
        ))
    }

    /// Of the query, of the scope's parameters, of the scope and of its location, in upstream's order.
    fn conditions(&self, query: &Query, ask: Ask<'_>) -> Result<Vec<String>, String> {
        let none = BTreeMap::new();
        let parameters = ask.scope.extended_scope_params.as_ref().unwrap_or(&none);
        let like = |attribute: &str, value: &str| format!("{attribute} LIKE {}", quoted(value));
        let mut all: Vec<String> = given(query.q.as_ref()).map(ToOwned::to_owned).into_iter().collect();
        let own = parameters.iter().filter(|(name, _)| !name.starts_with('_'));
        all.extend(own.map(|(name, value)| like(name, value)));
        let scope = given(ask.scope.scope.as_ref()).ok_or("it needs a scope")?;
        let key = given(parameters.get(SCOPE_KEY)).or(given(self.scope_key.as_ref()));
        let key = key.ok_or_else(|| {
            format!("nobody says which attribute the scope is: give the source a scopeKey, or the scope {SCOPE_KEY}")
        })?;
        all.push(like(key, scope));
        let key = given(parameters.get(LOCATION_KEY)).or(given(self.location_key.as_ref()));
        all.extend(key.zip(given(ask.scope.location.as_ref())).map(|(key, location)| like(key, location)));
        Ok(all)
    }
}

/// The answer.
#[derive(Deserialize)]
struct Answer {
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<GraphError>,
}

#[derive(Deserialize)]
struct GraphError {
    message: String,
    #[serde(default)]
    extensions: Value,
}

/// A bucket of time.
type Bucket = BTreeMap<String, Value>;

/// When it began, and its value.
fn sample(bucket: &Bucket) -> Result<grid::Sample, Unusable> {
    let seconds = |name: &str| bucket.get(name).and_then(Value::as_f64);
    let begin = seconds("beginTimeSeconds")
        .ok_or_else(|| Unusable::Config("its answer has no times: it needs a TIMESERIES".to_owned()))?;
    if bucket.contains_key("facet") {
        return Err(Unusable::Config("its FACET makes several series: ask for one".to_owned()));
    }
    let mut values = bucket.iter().filter(|(name, _)| !FRAME.contains(&name.as_str()));
    let value = match (values.next(), values.next()) {
        (Some((_, value)), None) => number(value)?,
        (Some((one, _)), Some((other, _))) => {
            return Err(Unusable::Config(format!("it selects {one} and {other}: select one value")));
        }
        (None, _) => return Err(Unusable::Nonsense("a bucket has no value".to_owned())),
    };
    let is_empty = seconds("inspectedCount").is_some_and(|count| count < 1.0);
    Ok((grid::millis(begin * 1000.0), value.filter(|_| !is_empty)))
}

/// A value, or the only one of an object, as a percentile has it.
fn number(value: &Value) -> Result<Option<f64>, Unusable> {
    let inner = value.as_object().filter(|inner| inner.len() == 1).and_then(|inner| inner.values().next());
    let value = inner.unwrap_or(value);
    if value.is_null() {
        return Ok(None);
    }
    let no_number = || Unusable::Config(format!("it selects {value}, which is no number"));
    value.as_f64().map(Some).ok_or_else(no_number)
}

impl Store for NewRelic {
    const CALLED: &'static str = "New Relic";
    const EXAMPLE: &'static str = "https://api.newrelic.com";

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let text = self.nrql(&ask.query()?, ask)?;
        let variables = json!({"account": self.account, "nrql": text});
        let body = json!({"query": GRAPHQL, "variables": variables}).to_string();
        Ok(Question { text, path: "/graphql".to_owned(), body: Some(body) })
    }

    fn answer(&self, _: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        let Answer { data, errors } = read(body)?;
        if let Some(GraphError { message, extensions }) = errors.into_iter().next() {
            let class = extensions.get("errorClass").and_then(Value::as_str).unwrap_or_default();
            return Err(if PASSING.contains(&class) {
                Unusable::Later(message)
            } else {
                Unusable::Refused(message)
            });
        }
        let results = data.as_ref().and_then(|data| data.pointer("/actor/account/nrql/results"));
        let results = results.ok_or_else(|| Unusable::Nonsense("there are no results in it".to_owned()))?;
        let buckets: Vec<Bucket> = serde_path_to_error::deserialize(results)
            .map_err(|error| Unusable::Nonsense(format!("results: {error}")))?;
        let samples: Vec<grid::Sample> = buckets.iter().map(sample).collect::<Result<_, _>>()?;
        let step = grid::first_step(&samples);
        Ok(grid::all([(BTreeMap::new(), samples, step)])?)
    }
}
