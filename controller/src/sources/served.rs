//! A store of metrics that is asked by HTTP: the one place that puts questions and waits.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::Uri;
use serde::de::DeserializeOwned;
use serde_json::Value;
use weir_judge::kayenta::response::Series;

use super::grid::GridError;
use super::http::{AskError, HttpAsker, Request};
use super::{Ask, Found, MetricSource, SourceError};

/// How one kind of store is asked, and how its answers are read. Pure.
pub trait Store: Send + Sync {
    /// What it is, in a sentence: `a Prometheus`.
    const CALLED: &'static str;
    /// An address that one could have.
    const EXAMPLE: &'static str;
    /// Header fields of each question, beside those that say who asks.
    const FIELDS: &'static [(&'static str, &'static str)] = &[];

    /// What to ask.
    ///
    /// # Errors
    /// The metric's query cannot be asked.
    fn question(&self, ask: Ask<'_>) -> Result<Question, String>;

    /// The series of an answer.
    ///
    /// # Errors
    /// There are none in it, because it is something else.
    fn answer(&self, ask: Ask<'_>, body: &[u8]) -> Result<Vec<Series>, Unusable>;
}

/// What is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    /// In the store's own language; reports show it.
    pub text: String,
    /// Below the store's address, with parameters.
    pub path: String,
    /// A JSON document, where it is asked by POST.
    pub body: Option<String>,
}

/// An answer without series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// The store says no.
    Refused(String),
    /// The store says that it may answer later.
    Later(String),
    /// It can be read, and not as the query says.
    Config(String),
    /// That is no answer of such a store.
    Nonsense(String),
}

/// An answer in JSON.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Unusable> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| Unusable::Nonsense(error.to_string()))
}

impl From<GridError> for Unusable {
    fn from(error: GridError) -> Self {
        Self::Nonsense(error.to_string())
    }
}

/// What is no address of a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It is something else.
    #[error("{given:?} is not the address of {called}: write it as {example}")]
    Unusable {
        /// What was given.
        given: String,
        /// The kind of store.
        called: &'static str,
        /// An address that one could have.
        example: &'static str,
    },
    /// It would be told wherever the address is.
    #[error(
        "the address has a name or a password in it, which every message would tell: they belong in a file"
    )]
    Secret,
}

/// A store at its address.
#[derive(Clone, Debug)]
pub struct Served<S> {
    base: String,
    asker: HttpAsker,
    store: S,
}

impl<S: Store> Served<S> {
    /// The one at `base`, with the path under which it serves where there is one.
    ///
    /// # Errors
    /// That is no address.
    pub fn new(store: S, base: &str, asker: HttpAsker) -> Result<Self, AddressError> {
        let base = base.trim_end_matches('/');
        if base.contains('@') {
            return Err(AddressError::Secret);
        }
        let is_usable = base.parse().is_ok_and(|uri: Uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.host().is_some()
                && uri.query().is_none()
        });
        if !is_usable {
            let given = base.to_owned();
            return Err(AddressError::Unusable { given, called: S::CALLED, example: S::EXAMPLE });
        }
        Ok(Self { base: base.to_owned(), asker, store })
    }

    async fn series(&self, ask: Ask<'_>) -> Result<Found, SourceError> {
        let Question { text, path, body } = self.store.question(ask).map_err(|what| ask.config(&what))?;
        let uri = format!("{}{path}", self.base).parse();
        let uri = uri.map_err(|error: http::uri::InvalidUri| ask.config(&error.to_string()))?;
        let request = Request { uri, fields: S::FIELDS, body: body.map(Into::into) };
        let answer = self.asker.ask(&request).await.map_err(|error| match error {
            AskError::Refused(said) => self.refused(&text, &said),
            AskError::Unreachable(reason) => SourceError::Unreachable { at: self.base.clone(), reason },
        })?;
        let unreachable = |reason: String| SourceError::Unreachable {
            at: self.base.clone(),
            reason: self.asker.hidden(&reason),
        };
        let series = self.store.answer(ask, &answer).map_err(|error| match error {
            Unusable::Refused(said) => self.refused(&text, &self.asker.hidden(&said)),
            Unusable::Later(said) => unreachable(said),
            Unusable::Config(what) => ask.config(&what),
            Unusable::Nonsense(what) => unreachable(format!("its answer is none of {}: {what}", S::CALLED)),
        })?;
        Ok(Found { query: text, series })
    }

    fn refused(&self, query: &str, said: &str) -> SourceError {
        SourceError::Refused { at: self.base.clone(), query: query.to_owned(), reason: words(said) }
    }
}

impl<S: Store> MetricSource for Served<S> {
    fn ask<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Found, SourceError>> {
        self.series(ask).boxed()
    }
}

/// What a store says is wrong, where it says it in a usual way; else what was said.
fn words(said: &str) -> String {
    let json = said.find('{').and_then(|at| said.get(at..));
    let value: Option<Value> = json.and_then(|json| serde_json::from_str(json).ok());
    let places = ["/error", "/errors/0/message", "/errors/0", "/message"];
    let text = |place| value.as_ref().and_then(|value| value.pointer(place)).and_then(Value::as_str);
    places.into_iter().find_map(text).unwrap_or(said).to_owned()
}
