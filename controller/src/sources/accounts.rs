//! The sources there are: which one a metric is asked of.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use weir_judge::netflix::config::Metric;

use super::{MetricSource, SourceError};

/// What is asked where a query does not say.
const DEFAULT: &str = "prometheus";
/// A query's field with the name of a source; upstream has it in the request.
const ACCOUNT: &str = "metricsAccountName";

/// A source with its name.
#[derive(Clone)]
struct Account {
    name: String,
    kind: &'static str,
    source: Arc<dyn MetricSource>,
    /// Asked before others of its kind.
    is_chosen: bool,
}

/// The sources there are. Cheap to clone.
#[derive(Clone, Default)]
pub struct Sources(Vec<Account>);

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|account| (&account.name, account.kind))).finish()
    }
}

impl Sources {
    /// With this source, too. `kind` is what a metric's `query.type` calls it, `name` tells it apart from others of its kind.
    #[must_use]
    pub fn with(mut self, name: &str, kind: &'static str, source: impl MetricSource + 'static) -> Self {
        self.0.push(Account { name: name.to_owned(), kind, source: Arc::new(source), is_chosen: false });
        self
    }

    /// Their names and kinds.
    pub fn names(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.0.iter().map(|account| (account.name.as_str(), account.kind))
    }

    /// The same, of which this one, if there is such a one, is asked before others of its kind.
    #[must_use]
    pub fn preferring(mut self, name: &str) -> Self {
        for account in self.0.iter_mut().filter(|account| account.name == name) {
            account.is_chosen = true;
        }
        self
    }

    /// The same, where there must be such a one.
    ///
    /// # Errors
    /// There is none.
    pub fn choosing(self, name: &str) -> Result<Self, SourceError> {
        if self.names().all(|(known, _)| known != name) {
            let known = self.told(|_| true);
            return Err(SourceError::Config(format!("there is no source {name:?}: there is {known}")));
        }
        Ok(self.preferring(name))
    }

    /// The source of a metric: the one that its query names, else the one that was chosen, else the only one of its kind.
    ///
    /// # Errors
    /// There is no such source, or more than one.
    pub fn of(&self, metric: &Metric) -> Result<&dyn MetricSource, SourceError> {
        let text = |field: &str| metric.query.get(field).and_then(Value::as_str);
        let kind = text("type").unwrap_or(DEFAULT);
        let config =
            |what: String| SourceError::Config(format!("query of the metric {:?}: {what}", metric.name));
        let of_kind = |account: &&Account| account.kind == kind;
        let found = match text(ACCOUNT) {
            Some(name) => {
                let named = self.0.iter().filter(of_kind).find(|account| account.name == name);
                Some(named.ok_or_else(|| {
                    let known = self.told(|_| true);
                    config(format!("{ACCOUNT} is {name:?}, and no source of type {kind:?} has that name: there is {known}"))
                })?)
            }
            None => self.0.iter().filter(of_kind).find(|account| account.is_chosen),
        };
        if let Some(account) = found {
            return Ok(account.source.as_ref());
        }
        let mut all = self.0.iter().filter(of_kind);
        match (all.next(), all.next()) {
            (Some(only), None) => Ok(only.source.as_ref()),
            (Some(_), Some(_)) => Err(config(format!(
                "its type is {kind:?}, and there are several such sources: {}; name one, in the query as {ACCOUNT} or by --source",
                self.told(|account| account.kind == kind)
            ))),
            (None, _) => Err(config(format!(
                "its type is {kind:?}, and there is no such source: there is {}",
                self.told(|_| true)
            ))),
        }
    }

    /// Sources with their types, in a list for people.
    fn told(&self, which: impl Fn(&Account) -> bool) -> String {
        let told = |account: &Account| {
            let Account { name, kind, .. } = account;
            if name == kind { name.clone() } else { format!("{name} ({kind})") }
        };
        let all: Vec<String> = self.0.iter().filter(|account| which(account)).map(told).collect();
        if all.is_empty() { "none".to_owned() } else { all.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::BoxFuture;
    use serde_json::json;
    use weir_judge::netflix::config::Metric;

    use super::Sources;
    use crate::sources::{Ask, Found, MetricSource, SourceError};

    /// It has nothing, and a name.
    struct Empty(&'static str);

    impl MetricSource for Empty {
        fn ask<'a>(&'a self, _: Ask<'a>) -> BoxFuture<'a, Result<Found, SourceError>> {
            std::future::ready(Ok(Found { query: self.0.to_owned(), ..Found::default() })).boxed()
        }
    }

    fn all() -> Sources {
        let add = |sources: Sources, name, kind| sources.with(name, kind, Empty(name));
        let sources = add(Sources::default(), "old", "prometheus");
        add(add(sources, "new", "prometheus"), "dd", "datadog")
    }

    fn asked(sources: &Sources, query: serde_json::Value) -> Result<String, String> {
        let metric = Metric { name: "m".to_owned(), query, ..Metric::default() };
        let scope = weir_judge::kayenta::query::Scope::default();
        let window = weir_judge::kayenta::plan::Window { start_millis: 0, end_millis: 1 };
        let templates = std::collections::BTreeMap::new();
        let ask = Ask { metric: &metric, templates: &templates, scope: &scope, window, step_seconds: 1 };
        let source = sources.of(&metric).map_err(|error| error.to_string())?;
        Ok(source.ask(ask).now_or_never().unwrap().unwrap().query)
    }

    #[test]
    fn the_query_names_a_source_before_the_command_line_does() {
        assert_eq!(asked(&all(), json!({"type": "datadog"})).unwrap(), "dd");
        assert_eq!(asked(&all(), json!({"metricsAccountName": "new"})).unwrap(), "new");
        let chosen = all().choosing("old").unwrap();
        assert_eq!(asked(&chosen, json!({"type": "prometheus"})).unwrap(), "old");
        assert_eq!(asked(&chosen, json!({"type": "datadog"})).unwrap(), "dd");
        assert_eq!(asked(&chosen, json!({"metricsAccountName": "new"})).unwrap(), "new");
    }

    #[test]
    fn what_is_not_there_or_not_clear_is_told_with_what_there_is() {
        for (query, expected) in [
            (json!({}), "there are several such sources: old (prometheus), new (prometheus); name one"),
            (
                json!({"type": "x"}),
                "there is no such source: there is old (prometheus), new (prometheus), dd (datadog)",
            ),
            (
                json!({"type": "datadog", "metricsAccountName": "old"}),
                "no source of type \"datadog\" has that name",
            ),
        ] {
            let error = asked(&all(), query.clone()).unwrap_err();
            assert!(error.contains(expected), "{query}: {error}");
        }
        let error = Sources::default().choosing("dd").unwrap_err();
        assert_eq!(error.to_string(), "there is no source \"dd\": there is none");
    }
}
