//! Where the metrics of other programs come from: what an analysis of series asks.
//!
//! ```text
//! file        text -> the sources that it names
//! accounts    the sources there are: which one a metric is asked of
//! served      a store that is asked by HTTP: question, answer, what is wrong
//!   http        one question: limits, asked again where that may help     I/O
//!   credentials who asks
//!     sigv4     as services of AWS want it              pure
//! prometheus, datadog, graphite, influxdb, newrelic, generic, cloudwatch, collector: how each is asked, and its answers are read   pure
//!   literal     a text as a literal of a query language
//!   grid        samples with their times -> a series                      pure
//! ```
//! A source that cannot be asked is an error of its own. It is nobody's failure, and nobody passes by it.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use weir_judge::kayenta::plan::Window;
use weir_judge::kayenta::query::{Scope, filter};
use weir_judge::kayenta::response::Series;
use weir_judge::netflix::config::Metric;

mod accounts;
mod cloudwatch;
mod collector;
mod credentials;
mod datadog;
pub mod file;
mod generic;
mod graphite;
mod grid;
pub mod http;
mod influxdb;
mod literal;
mod newrelic;
mod prometheus;
mod served;
mod sigv4;

pub use accounts::Sources;
pub use cloudwatch::CloudWatch;
pub use collector::Collector;
pub use credentials::{Credentials, CredentialsError};
pub use datadog::Datadog;
pub use generic::Generic;
pub use graphite::Graphite;
pub use influxdb::Influxdb;
pub use newrelic::NewRelic;
pub use prometheus::Prometheus;
pub use served::{AddressError, Question, Served, Store, Unusable};
pub use sigv4::Signer;

/// What is asked for: a metric of a canary config on one side of the comparison.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The metric.
    pub metric: &'a Metric,
    /// Filters of the config by name.
    pub templates: &'a BTreeMap<String, String>,
    /// Where the side is measured.
    pub scope: &'a Scope,
    /// From when to when, both ends included.
    pub window: Window,
    /// Between two samples, seconds.
    pub step_seconds: i64,
}

impl Ask<'_> {
    /// The metric's query, as its type has it. Fields that are not known are ignored, as upstream does.
    fn query<Q: DeserializeOwned>(&self) -> Result<Q, String> {
        serde_path_to_error::deserialize(&self.metric.query).map_err(|error| error.to_string())
    }

    /// A template of the query, or one of the config's that it names, filled in with what the scope says and with `more`.
    fn filled(
        &self,
        inline: Option<&String>,
        named: Option<&String>,
        more: &[(&str, &str)],
    ) -> Result<Option<String>, String> {
        let variables = self.scope.variables(more.iter().copied());
        filter(inline, named, self.templates, &variables).map_err(|error| error.to_string())
    }

    /// The query cannot be asked.
    fn config(&self, what: &str) -> SourceError {
        SourceError::Config(format!("query of the metric {:?}: {what}", self.metric.name))
    }
}

/// What a source has for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// What was asked in the source's own language; reports show it.
    pub query: String,
    /// The series. None: there are no data, and that is an answer.
    pub series: Vec<Series>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The question cannot be put: the config's fault.
    #[error("{0}")]
    Config(String),
    /// The source refuses it.
    #[error("{at} refuses {query:?}: {reason}")]
    Refused {
        /// Which source.
        at: String,
        /// What was asked.
        query: String,
        /// What it says.
        reason: String,
    },
    /// The source does not answer.
    #[error("{at} cannot be asked: {reason}")]
    Unreachable {
        /// Which source.
        at: String,
        /// What happened last, and how often it was tried.
        reason: String,
    },
}

/// One that has metrics.
pub trait MetricSource: Send + Sync {
    /// The metric's series on one side.
    fn ask<'a>(&'a self, ask: Ask<'a>) -> BoxFuture<'a, Result<Found, SourceError>>;
}
