//! The golden cases against the library alone. The proxy's suite runs the same ones through sockets.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use weir_routing::policy::{Asked, Verdict};
use weir_routing::{Objects, Options, Rejection, Table, Turns, compile, decide, target};

use crate::objects::with;

#[path = "../golden/table.rs"]
mod table;

use table::{Ask, Case, Expected, Step};

const PATHS: &str = include_str!("../golden/paths.txt");
const CANARIES: &str = include_str!("../golden/canaries.txt");
const REDIRECTS: &str = include_str!("../golden/redirects.txt");

/// An address by which a Service is known again.
fn address(service: &str) -> SocketAddr {
    let number = service.bytes().fold(7u16, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    SocketAddr::from(([10, 0, 0, 1], number.max(1)))
}

fn read<T: serde::de::DeserializeOwned>(values: Vec<serde_json::Value>) -> Vec<T> {
    values.into_iter().map(|value| serde_json::from_value(value).unwrap()).collect()
}

fn objects(step: &Step) -> Objects {
    let [ingresses, services, slices] = step.objects(address);
    Objects {
        ingresses: read(ingresses),
        services: read(services),
        endpoint_slices: read(slices),
        ..Objects::default()
    }
}

/// What becomes of one request.
fn asked(
    table: &Table,
    ask: &Ask,
    names: &BTreeMap<SocketAddr, String>,
    turns: &mut BTreeMap<usize, Turns>,
) -> Expected {
    let host = target::host(ask.host.as_bytes()).unwrap();
    let target = target::normalise(ask.path.as_bytes(), &target::Policy::default()).unwrap();
    let mut head = with(&ask.headers, &host, &target.path);
    head.query = target.query.as_deref();
    let Some(route) = table.find(&head) else { return Expected::Status(404) };
    if let Some(policy) = &route.policy {
        let is_https =
            ask.headers.iter().any(|(name, value)| name == "x-forwarded-proto" && value == "https");
        let request =
            Asked { head: &head, is_https, authority: &ask.host, host: &host, body: None, meter: &|_| None };
        match policy.verdict(route, &request) {
            Some(Verdict::Redirect(redirect)) => {
                return Expected::Redirect(redirect.status, redirect.location);
            }
            Some(Verdict::Denied(denial)) => return Expected::Status(denial.status()),
            Some(Verdict::Preflight) => return Expected::Status(204),
            None => {}
        }
    }
    let turns = turns.entry(route.index).or_insert_with(|| Turns::of(1, route));
    let Some(endpoint) = decide(route, &head, turns).backend.endpoints.first() else {
        return Expected::Status(503);
    };
    let path = route
        .rewrite
        .as_ref()
        .map_or_else(|| target.path.to_string(), |rewrite| rewrite.apply(&target.path).path);
    let query = head.query.map(|query| format!("?{query}")).unwrap_or_default();
    Expected::Served(names[endpoint].clone(), path + &query)
}

fn check(case: &Case, step: &Step, (table, rejections): &(Table, Vec<Rejection>)) {
    let names: BTreeMap<SocketAddr, String> =
        step.services().map(|name| (address(name), name.clone())).collect();
    let mut turns = BTreeMap::new();
    for ask in &step.asks {
        let label = format!("{}: {} {} {:?}", case.name, ask.host, ask.path, ask.headers);
        if let Expected::Share(n, service, count) = &ask.expected {
            let answers = (0..*n).map(|_| asked(table, ask, &names, &mut turns));
            let got =
                answers.filter(|got| matches!(got, Expected::Served(name, _) if name == service)).count();
            assert_eq!(got, *count, "{label}");
        } else {
            assert_eq!(asked(table, ask, &names, &mut turns), ask.expected, "{label}; {rejections:?}");
        }
    }
    for words in &step.said {
        let said: Vec<String> = rejections.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|said| said.contains(words)), "{}: {words:?} in {said:#?}", case.name);
    }
    if step.said.is_empty() {
        assert!(
            rejections.iter().all(|r| r.message.contains("no endpoint")),
            "{}: {rejections:#?}",
            case.name
        );
    }
}

fn run(text: &str) -> (usize, usize) {
    let cases = table::parse(text);
    for case in &cases {
        let options = Options { strict_nginx_canary: case.is_strict, ..Options::default() };
        let mut before = None;
        for step in &case.steps {
            let compiled = compile(&objects(step), &options, before.as_ref());
            check(case, step, &compiled);
            before = Some(compiled.0);
        }
    }
    let asks = cases.iter().flat_map(|case| &case.steps).map(|step| step.asks.len()).sum();
    (cases.len(), asks)
}

#[test]
fn hosts_and_paths_are_as_in_ingress_nginx() {
    let (cases, asks) = run(PATHS);
    assert!(asks >= 120, "{cases} cases, {asks} requests");
}

#[test]
fn canaries_are_as_in_ingress_nginx() {
    let (cases, asks) = run(CANARIES);
    assert!(cases >= 25, "{cases} cases, {asks} requests");
}

#[test]
fn redirects_are_as_in_ingress_nginx() {
    let (cases, asks) = run(REDIRECTS);
    assert!(asks >= 40, "{cases} cases, {asks} requests");
}
