//! Series of an `InfluxDB`, by its query API of version 1 and `InfluxQL`. Pure.
//!
//! Asked by GET, by which a server takes no statement that changes anything, whatever a filter brings along.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use weir_judge::kayenta::query::given;
use weir_judge::kayenta::response::Series;

use super::Ask;
use super::literal::quoted;
use super::served::{Question, Store, Unusable, read};

/// What stands for all fields of a measurement.
const ALL_FIELDS: &str = "*::field";

/// An `InfluxDB` 1.x, or a later one by what it kept of that.
#[derive(Clone, Debug, Default)]
pub struct Influxdb {
    /// The database; upstream takes the metric's name.
    pub database: Option<String>,
    /// The retention policy, where it is not the database's default.
    pub retention_policy: Option<String>,
}

/// A metric's query of type `influxdb`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    /// The measurement.
    metric_name: Option<String>,
    fields: Option<Vec<String>>,
    tags: Option<BTreeMap<String, String>>,
    group_by_fields: Option<Vec<String>>,
    /// A whole statement, with `${scope}` and `${timeFilter}`.
    custom_inline_template: Option<String>,
    /// Name of such a statement among the config's templates.
    custom_filter_template: Option<String>,
}

impl Query {
    fn statement(&self, ask: Ask<'_>) -> Result<String, String> {
        let (scope, times) = (scope(ask)?, times(ask)?);
        let (inline, named) = (self.custom_inline_template.as_ref(), self.custom_filter_template.as_ref());
        let more = [("scope", scope.as_deref().unwrap_or_default()), ("timeFilter", times.as_str())];
        if let Some(whole) = ask.filled(inline, named, &more)? {
            let lacks = more.iter().find(|(_, condition)| !whole.contains(condition));
            return match lacks {
                Some((variable, _)) => Err(format!("its template must have ${{{variable}}} in it")),
                None => Ok(whole),
            };
        }
        let measurement = given(self.metric_name.as_ref()).ok_or("it needs a metricName, the measurement")?;
        let fields = self.fields.as_deref().filter(|fields| !fields.is_empty());
        let fields = fields.map_or_else(|| ALL_FIELDS.to_owned(), |fields| fields.join(", "));
        let tags = self.tags.iter().flatten().map(|(tag, value)| format!("{tag} = {}", quoted(value)));
        let conditions: Vec<String> = std::iter::once(times).chain(scope).chain(tags).collect();
        let groups = self.group_by_fields.as_deref().unwrap_or_default();
        let groups =
            if groups.is_empty() { String::new() } else { format!(" GROUP BY {}", groups.join(", ")) };
        Ok(format!("SELECT {fields} FROM {measurement} WHERE {}{groups}", conditions.join(" AND ")))
    }
}

/// The condition of one side: its scope is a tag and its value.
fn scope(ask: Ask<'_>) -> Result<Option<String>, String> {
    let Some(scope) = given(ask.scope.scope.as_ref()) else { return Ok(None) };
    let (tag, value) =
        scope.split_once(':').filter(|(tag, value)| !tag.is_empty() && !value.is_empty()).ok_or_else(
            || format!("the scope {scope:?} must be a tag and its value: autoscaling_group:myapp-prod-v002"),
        )?;
    Ok(Some(format!("{tag} = {}", quoted(value))))
}

/// The condition of a window, without its end, as upstream has it.
fn times(ask: Ask<'_>) -> Result<String, String> {
    let instant = |millis: i64| jiff::Timestamp::from_millisecond(millis).map_err(|error| error.to_string());
    let (start, end) = (instant(ask.window.start_millis)?, instant(ask.window.end_millis)?);
    Ok(format!("time >= '{start}' AND time < '{end}'"))
}

/// The answer.
#[derive(Deserialize)]
struct Answer {
    results: Vec<Statement>,
}

/// What a statement came to.
#[derive(Deserialize)]
struct Statement {
    error: Option<String>,
    #[serde(default)]
    series: Vec<Rows>,
    /// There is more.
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct Rows {
    #[serde(default)]
    tags: BTreeMap<String, String>,
    columns: Vec<String>,
    values: Vec<Vec<Value>>,
    #[serde(default)]
    partial: bool,
}

impl Rows {
    /// A series of each column but the first, which is the time. Where a sample is missing only the server knows: it fills groups of time with nulls.
    fn series(&self) -> Result<Vec<Series>, Unusable> {
        let nonsense = |what: &str| Unusable::Nonsense(what.to_owned());
        let times = self.values.iter().map(|row| row.first().and_then(Value::as_i64));
        let times: Option<Vec<i64>> = times.collect();
        let times = times.ok_or_else(|| nonsense("a row has no time in milliseconds"))?;
        if !times.is_sorted() {
            return Err(nonsense("the rows are not in the order of time"));
        }
        let Some(start_millis) = times.first().copied() else { return Ok(Vec::new()) };
        let step_seconds = match times.as_slice() {
            [first, second, ..] => second.saturating_sub(*first).div_euclid(1000),
            [] | [_] => 0,
        };
        let columns = self.columns.iter().enumerate().skip(1);
        columns
            .map(|(number, column)| {
                let values = self.values.iter().map(|row| match row.get(number) {
                    Some(Value::Null) => Ok(f64::NAN),
                    Some(value) => value.as_f64().ok_or_else(|| {
                        Unusable::Config(format!(
                            "the field {column} has {value}, which is no number: name its fields"
                        ))
                    }),
                    None => Err(nonsense("a row is shorter than its columns")),
                });
                let mut tags = self.tags.clone();
                tags.insert("field".to_owned(), column.clone());
                Ok(Series { tags, start_millis, step_seconds, values: values.collect::<Result<_, _>>()? })
            })
            .collect()
    }
}

impl Store for Influxdb {
    const CALLED: &'static str = "an InfluxDB";
    const EXAMPLE: &'static str = "http://influxdb:8086";

    fn question(&self, ask: Ask<'_>) -> Result<Question, String> {
        let text = ask.query::<Query>()?.statement(ask)?;
        let mut parameters = form_urlencoded::Serializer::new(String::new());
        parameters.append_pair("db", self.database.as_ref().unwrap_or(&ask.metric.name));
        if let Some(policy) = &self.retention_policy {
            parameters.append_pair("rp", policy);
        }
        let parameters = parameters.append_pair("epoch", "ms").append_pair("q", &text).finish();
        let path = format!("/query?{parameters}");
        Ok(Question { text, path, body: None })
    }

    fn answer(&self, _: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable> {
        let Answer { results } = read(body)?;
        let [Statement { error, series, partial }] = results.as_slice() else {
            return Err(Unusable::Nonsense(format!(
                "one statement was asked, and it has {} results",
                results.len()
            )));
        };
        if let Some(error) = error {
            return Err(Unusable::Refused(error.clone()));
        }
        if *partial || series.iter().any(|rows| rows.partial) {
            return Err(Unusable::Refused("it answers with the first rows only: ask for fewer".to_owned()));
        }
        let all: Result<Vec<Vec<Series>>, Unusable> = series.iter().map(Rows::series).collect();
        Ok(all?.concat())
    }
}
