//! The two metrics APIs: path to question, rates to answer. Pure.
//!
//! Source: `k8s.io/metrics/pkg/apis/external_metrics/v1beta1` and `custom_metrics/v1beta2`.
//!
//! ```text
//! /apis/external.metrics.k8s.io/v1beta1/namespaces/NAMESPACE/METRIC?labelSelector=service=NAME,track=stable
//! /apis/custom.metrics.k8s.io/v1beta2/namespaces/NAMESPACE/services/NAME/METRIC?metricLabelSelector=track=stable
//! ```
//! An external metric has one value for each track of each Service that the selector means, and an autoscaler adds them up; a custom one is their sum.

use serde_json::{Value, json};

use super::rates::{Place, Rate, Rates};
use super::selector::Selector;

const EXTERNAL: &str = "external.metrics.k8s.io/v1beta1";
const CUSTOM: &str = "custom.metrics.k8s.io/v1beta2";

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    RequestsPerSecond,
    RequestsInFlight,
}

/// What somebody wants to know.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Question {
    /// Which metrics there are.
    Discovery(Value),
    /// A value for each track that is meant.
    External { namespace: String, metric: Metric, selector: Selector },
    /// The sum of those of one Service.
    Custom { namespace: String, service: String, metric: Metric, selector: Selector },
}

/// Why there is no answer: an HTTP status, its name in Kubernetes, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    reason: &'static str,
    message: String,
}

impl Metric {
    const ALL: [Self; 2] = [Self::RequestsPerSecond, Self::RequestsInFlight];

    fn as_str(self) -> &'static str {
        match self {
            Self::RequestsPerSecond => "weir_requests_per_second",
            Self::RequestsInFlight => "weir_requests_in_flight",
        }
    }

    fn named(name: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(" and ");
            Refusal::not_found(format!("there is no metric {name}: there are {known}"))
        })
    }

    /// In thousandths, as the quantities of Kubernetes have them.
    fn of(self, rate: &Rate) -> u64 {
        match self {
            // Rates are far below 2^53, and never negative.
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::as_conversions,
                reason = "a float becomes an integer by `as` only, which saturates"
            )]
            Self::RequestsPerSecond => (rate.per_second * 1_000.0).round() as u64,
            Self::RequestsInFlight => rate.in_flight.saturating_mul(1_000),
        }
    }
}

impl Refusal {
    fn not_found(message: String) -> Self {
        Self { status: 404, reason: "NotFound", message }
    }

    /// Nobody but the API server may ask.
    pub(crate) fn forbidden() -> Self {
        let message = "only the API server asks here: kubectl get --raw leads through it".to_owned();
        Self { status: 403, reason: "Forbidden", message }
    }

    /// There are no two reports of the proxies yet.
    pub(crate) fn unmeasured() -> Self {
        let message = "the proxies have not reported twice yet: ask again in some seconds".to_owned();
        Self { status: 503, reason: "ServiceUnavailable", message }
    }

    /// As every client of Kubernetes reads it.
    pub(crate) fn document(&self) -> Value {
        let Self { status, reason, message } = self;
        json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {},
            "status": "Failure", "message": message, "reason": reason, "code": status,
        })
    }
}

/// What a path asks for.
pub(crate) fn question(path: &str, query: &str) -> Result<Question, Refusal> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let unknown = || Refusal::not_found(format!("there is no {path}"));
    match parts.as_slice() {
        ["apis", group, version] => match format!("{group}/{version}").as_str() {
            EXTERNAL => Ok(Question::Discovery(resources(EXTERNAL, "", "ExternalMetricValueList"))),
            CUSTOM => Ok(Question::Discovery(resources(CUSTOM, "services/", "MetricValueList"))),
            _ => Err(unknown()),
        },
        ["apis", "external.metrics.k8s.io", "v1beta1", "namespaces", namespace, metric] => {
            Ok(Question::External {
                namespace: (*namespace).to_owned(),
                metric: Metric::named(metric)?,
                selector: selector(query, "labelSelector")?,
            })
        }
        [
            "apis",
            "custom.metrics.k8s.io",
            "v1beta2",
            "namespaces",
            namespace,
            "services",
            service,
            metric,
        ] => Ok(Question::Custom {
            namespace: (*namespace).to_owned(),
            service: (*service).to_owned(),
            metric: Metric::named(metric)?,
            selector: selector(query, "metricLabelSelector")?,
        }),
        _ => Err(unknown()),
    }
}

/// What is known of it.
pub(crate) fn answer(question: &Question, rates: &Rates) -> Result<Value, Refusal> {
    match question {
        Question::Discovery(document) => Ok(document.clone()),
        Question::External { namespace, metric, selector } => {
            let meant: Vec<Value> = rates
                .by_place
                .iter()
                .filter_map(|(place, rate)| {
                    let service = selected(place, namespace, selector)?;
                    Some(json!({
                        "metricName": metric.as_str(),
                        "metricLabels": {"service": service, "track": place.track},
                        "timestamp": rates.at,
                        "windowSeconds": rates.window.as_secs(),
                        "value": format!("{}m", metric.of(rate)),
                    }))
                })
                .collect();
            Ok(list("ExternalMetricValueList", EXTERNAL, &meant))
        }
        Question::Custom { namespace, service, metric, selector } => {
            let meant: Vec<u64> = rates
                .by_place
                .iter()
                .filter(|(place, _)| selected(place, namespace, selector) == Some(service.as_str()))
                .map(|(_, rate)| metric.of(rate))
                .collect();
            if meant.is_empty() {
                let message = format!("no proxy has seen a request of Service {namespace}/{service}");
                return Err(Refusal::not_found(message));
            }
            Ok(list(
                "MetricValueList",
                CUSTOM,
                &[json!({
                    "describedObject":
                        {"kind": "Service", "apiVersion": "v1", "namespace": namespace, "name": service},
                    "metric": {"name": metric.as_str()},
                    "timestamp": rates.at,
                    "windowSeconds": rates.window.as_secs(),
                    "value": format!("{}m", meant.iter().sum::<u64>()),
                })],
            ))
        }
    }
}

/// The name of the Service, if the track is meant.
fn selected<'p>(place: &'p Place, namespace: &str, selector: &Selector) -> Option<&'p str> {
    let (of, service) = place.service.split_once('/')?;
    let labels = [("service", service), ("track", place.track.as_str())];
    (of == namespace && selector.selects(&labels)).then_some(service)
}

fn selector(query: &str, name: &str) -> Result<Selector, Refusal> {
    let text = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let text = decoded(text.unwrap_or_default());
    text.parse().map_err(|error: super::selector::InvalidSelector| Refusal {
        status: 400,
        reason: "BadRequest",
        message: error.to_string(),
    })
}

/// Percent-encoding and the plus of forms (WHATWG URL, `application/x-www-form-urlencoded`); what is no such encoding stays.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        match (first, more) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => {
                let digit =
                    |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                if let (Some(high), Some(low)) = (digit(high), digit(low)) {
                    bytes.push(high << 4 | low);
                    rest = after;
                } else {
                    bytes.push(b'%');
                }
            }
            (other, _) => bytes.push(*other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn resources(group_version: &str, prefix: &str, kind: &str) -> Value {
    let resources: Vec<Value> = Metric::ALL
        .map(|metric| {
            let name = format!("{prefix}{}", metric.as_str());
            json!({"name": name, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["get"]})
        })
        .to_vec();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}

fn list(kind: &str, group_version: &str, items: &[Value]) -> Value {
    json!({"kind": kind, "apiVersion": group_version, "metadata": {}, "items": items})
}

#[cfg(test)]
mod tests;
