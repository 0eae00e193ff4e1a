//! What becomes of each Ingress, and where a request goes. Compiled and decided by what the proxy itself compiles and decides with.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::Ingress;
use serde::Serialize;
use weir_proxy::problems::Problem;
use weir_routing::explain::Request;
use weir_routing::rejection::Place;
use weir_routing::{Changes, Compiler, Options, Rejection, Route, Severity, Table};

use super::source::{Assumed, Objects, assume};

/// Annotations of ours and of those that we follow.
const PREFIXES: [&str; 2] = ["nginx.ingress.kubernetes.io/", "weir.dev/"];

/// Everything that is explained.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    /// Every Ingress that is ours, by name.
    pub(super) ingresses: Vec<Explained>,
    /// Where the request goes that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request: Option<Decided>,
    /// What is wrong elsewhere: in Services, Canaries, files.
    pub(super) faults: Vec<String>,
    /// Whether one of these is of a manifest that cannot be used.
    #[serde(skip)]
    is_unreadable: bool,
    /// What only the proxy knows, and what was assumed instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
}

/// One Ingress.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explained {
    /// `namespace/name`.
    pub(super) name: String,
    pub(super) annotations: Vec<Annotation>,
    /// What is wrong with it besides its annotations.
    pub(super) faults: Vec<Fault>,
    /// A request to each of its routes.
    pub(super) samples: Vec<Decided>,
    /// Routes beyond those of `samples`.
    pub(super) more_routes: usize,
}

/// What becomes of one annotation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Annotation {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) becomes: Becomes,
    /// Why, and what is done instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) because: Vec<String>,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Becomes {
    /// Done as it says.
    Honoured,
    /// Left out, or done in another way.
    Changed,
    /// Routes are refused, or stay as they were, because of it.
    Refused,
}

/// Something that is wrong.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fault {
    pub(super) severity: Severity,
    pub(super) text: String,
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Decided {
    /// `GET http://shop.example/`.
    pub(super) request: String,
    /// In a sentence.
    pub(super) decision: String,
}

/// Routes of one Ingress that get a sample.
const MOST_SAMPLES: usize = 10;

impl Report {
    pub(super) fn new(objects: &Objects, options: &Options, request: Option<&Request>) -> Self {
        let assumed = assume(objects);
        let none = weir_routing::Objects::default();
        let (mut changes, problems) = match objects {
            Objects::Files(all) => (Changes::between(&none, &all.objects, options), &all.problems),
            Objects::Cluster(all) => (all.changes(options), &all.problems),
        };
        for Assumed { key, slice, .. } in &assumed {
            changes.endpoint_slice(key, Some(slice));
        }
        let (table, rejections) = Compiler::default().apply(&changes);
        let mut of: BTreeMap<String, Vec<&Rejection>> = BTreeMap::new();
        let is_unreadable =
            problems.iter().any(|problem| problem.severity == weir_proxy::problems::Severity::Error);
        let mut faults: Vec<String> = problems.iter().map(Problem::to_string).collect();
        for rejection in &rejections {
            if rejection.kind == "Ingress" {
                of.entry(format!("{}/{}", rejection.namespace, rejection.name)).or_default().push(rejection);
            } else {
                faults.push(rejection.to_string());
            }
        }
        let mut routes: BTreeMap<&str, Vec<&Route>> = BTreeMap::new();
        for route in table.routes() {
            routes.entry(&route.origin.ingress).or_default().push(route);
        }
        let mut ingresses: Vec<Explained> = all(objects)
            .map(|ingress| {
                let name = Place::new("Ingress", &ingress.metadata).key().to_string();
                let rejections = of.remove(&name).unwrap_or_default();
                let routes = routes.get(name.as_str()).map(Vec::as_slice).unwrap_or_default();
                Explained::new(ingress, name, &rejections, routes, &table)
            })
            .collect();
        ingresses.sort_by(|a, b| a.name.cmp(&b.name));
        let request = request.map(|request| Decided::of(&table, request));
        let notes = assumed.into_iter().map(|assumed| assumed.note).collect();
        Self { ingresses, request, faults, is_unreadable, notes }
    }

    /// Whether something is not served that was asked for.
    pub(super) fn refuses(&self) -> bool {
        let is_error = |fault: &Fault| fault.severity == Severity::Error;
        let is_refused = |ingress: &Explained| {
            ingress.annotations.iter().any(|annotation| annotation.becomes == Becomes::Refused)
                || ingress.faults.iter().any(is_error)
        };
        self.is_unreadable || self.ingresses.iter().any(is_refused)
    }
}

fn all(objects: &Objects) -> Box<dyn Iterator<Item = &Ingress> + '_> {
    match objects {
        Objects::Files(all) => Box::new(all.objects.ingresses.iter()),
        Objects::Cluster(all) => Box::new(all.ingresses.values().flatten()),
    }
}

impl Explained {
    fn new(
        ingress: &Ingress,
        name: String,
        rejections: &[&Rejection],
        routes: &[&Route],
        table: &Table,
    ) -> Self {
        let (known, faults): (Vec<_>, Vec<_>) =
            rejections.iter().partition(|rejection| rejection.field.starts_with("metadata.annotations["));
        let annotations = ingress.metadata.annotations.iter().flatten();
        let ours = annotations.filter(|(key, _)| PREFIXES.iter().any(|prefix| key.starts_with(prefix)));
        let mut samples: Vec<Decided> =
            routes.iter().take(MOST_SAMPLES).map(|route| Decided::of(table, &sample(route))).collect();
        samples.dedup();
        Self {
            name,
            annotations: ours.map(|(key, value)| Annotation::new(key, value, &known)).collect(),
            faults: faults
                .into_iter()
                .map(|rejection| Fault {
                    severity: rejection.severity,
                    text: format!("{}: {}", rejection.field, sentence(rejection)),
                })
                .collect(),
            samples,
            more_routes: routes.len().saturating_sub(MOST_SAMPLES),
        }
    }
}

fn sentence(rejection: &Rejection) -> String {
    match &rejection.kept {
        Some(kept) => format!("{}; {kept}", rejection.message),
        None => rejection.message.clone(),
    }
}

impl Annotation {
    fn new(key: &str, value: &str, rejections: &[&&Rejection]) -> Self {
        let field = format!("metadata.annotations[{key:?}]");
        let about: Vec<_> = rejections.iter().filter(|rejection| rejection.field == field).collect();
        let becomes = about.iter().map(|rejection| match rejection.severity {
            Severity::Error => Becomes::Refused,
            Severity::Warning => Becomes::Changed,
        });
        Self {
            name: key.to_owned(),
            value: value.to_owned(),
            becomes: becomes.max().unwrap_or(Becomes::Honoured),
            because: about.into_iter().map(|rejection| sentence(rejection)).collect(),
        }
    }
}

/// A request that the route could be for.
fn sample(route: &Route) -> Request {
    let host = route.matches.host.strip_prefix('*').map_or_else(
        || route.matches.host.to_string(),
        |suffix| if suffix.is_empty() { "any.example".to_owned() } else { format!("any{suffix}") },
    );
    // Of a regular expression what stands before its first special character.
    let literal =
        |c: char| !matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '*' | '+' | '?' | '|' | '^' | '$' | '\\');
    let path =
        route.matches.path.split_once(|c| !literal(c)).map_or(&*route.matches.path, |(before, _)| before);
    let path = if path.is_empty() { "/" } else { path };
    Request { host, path: path.to_owned(), ..Request::default() }
}

impl Decided {
    fn of(table: &Table, request: &Request) -> Self {
        let Request { method, is_https, host, path, query, .. } = request;
        let scheme = if *is_https { "https" } else { "http" };
        let query = query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        Self {
            request: format!("{method} {scheme}://{host}{path}{query}"),
            decision: request.explain(table).message,
        }
    }
}
