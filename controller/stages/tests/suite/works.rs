//! Each kind of work in its shortest and in its fullest form.

use serde_json::json;
use weir_pipeline::Work as _;
use weir_quality::gate::Operator;
use weir_stages::Does;
use weir_stages::work::{Checkout, Gate, KINDS, Method, StatusUrl};

use crate::fixture::work;

fn does(text: &str) -> Does {
    let work = work(text);
    work.with(work.fields()).unwrap()
}

#[test]
fn the_shortest_form_of_each_is_enough() {
    let shortest = [
        "checkout: {}",
        "step: {run: make}",
        "gate: {}",
        "image: {repository: registry.example.com/shop}",
        "variables: []",
        "preconditions: []",
        "wait: 5m",
        "judgment: {}",
        "webhook: {url: 'https://example.com'}",
        "pipeline: {name: deploy}",
        "status: {state: success, secret: forge}",
        "comment: {text: Hello, secret: forge}",
        "load: {url: 'https://example.com', rate: 5, duration: 10s}",
        "analysis: {config: canary.json, metrics: {url: 'http://prometheus:9090'}, control: {scope: a}, experiment: {scope: b}, lifetime: 6m}",
        "job: {image: 'shop:1'}",
        "deploy: {manifests: ['deploy/*.yaml']}",
        "release: {canary: shop, image: 'shop:1'}",
        "findImage: {deployment: shop}",
        "findArtifact: {pipeline: homolog}",
        "scale: {deployment: shop, replicas: 3}",
        "undo: {deployment: shop}",
        "delete: {objects: [{kind: Deployment, namespace: shop, name: shop-canary}]}",
        "weights: {service: shop, canary: 5}",
    ];
    assert_eq!(shortest.len(), KINDS.len());
    for (text, kind) in shortest.into_iter().zip(KINDS) {
        assert_eq!(work(text).kind(), kind);
        does(text);
    }
    assert_eq!(does("checkout: {}"), Does::Checkout(Checkout::default()));
    assert_eq!(does("gate: {}"), Does::Gate(Gate::default()));
}

#[test]
fn a_step_takes_all_that_tests_need() {
    let full = "step:
  command: [npm, test]
  image: node:22
  env: {PORT: 3000, CI: true, WHERE: here}
  secrets: {TOKEN: npm/token}
  directory: api
  services:
  - {name: mongo, image: 'mongo:8', env: {A: b}, ready: {tcp: 27017, within: 30s}}
  - {name: cache, run: redis-server, ready: {run: redis-cli ping}}
  - {name: queue, command: [queue, serve]}
  cache: [{name: npm, path: .npm}]
  reports:
    junit: ['**/*.xml']
    tap: ['*.tap']
    coverage: {lcov: ['a'], cobertura: ['b'], jacoco: ['c']}
    lint: {eslint: ['d'], checkstyle: ['e']}
  artifacts: ['dist/**']
  resources: {limits: {cpu: 500m}}";
    let Does::Step(step) = does(full) else { panic!("{full}") };
    assert_eq!(step.command, ["npm", "test"]);
    assert_eq!(json!(step.env), json!({"PORT": 3000, "CI": true, "WHERE": "here"}));
    let token = &step.secrets["TOKEN"];
    assert_eq!((token.name.as_str(), token.key.as_str()), ("npm", "token"));
    assert_eq!(step.services[0].ready.as_ref().unwrap().within.to_string(), "30s");
    assert_eq!(step.services[1].ready.as_ref().unwrap().within.to_string(), "1m", "by default");
    assert_eq!((step.cache[0].path.as_str(), step.directory.as_deref()), (".npm", Some("api")));
    assert!(!step.reports.is_empty());
    assert_eq!(step.reports.lint.checkstyle, ["e"]);
}

#[test]
fn checkouts_gates_and_images_take_all_that_they_may() {
    let full = "checkout: {repository: 'https://example.com/a.git', ref: v1, depth: 0, submodules: true, directory: src, secret: git}";
    let Does::Checkout(checkout) = does(full) else { panic!("{full}") };
    assert_eq!((checkout.reference.as_deref(), checkout.depth), (Some("v1"), Some(0)));
    let full = "gate:
  conditions: [{metric: coverage, op: lessThan, error: 92, warning: 95.5}, {metric: test_failures, op: greaterThan, error: 0}]
  sonar: {reports: ['api/v*/report-task.txt'], secret: sonar, within: 10m}
  strict: true";
    let Does::Gate(gate) = does(full) else { panic!("{full}") };
    assert_eq!((gate.conditions[0].warning, gate.conditions[1].op), (Some(95.5), Operator::GreaterThan));
    assert_eq!(gate.sonar.unwrap().within.to_string(), "10m");
    let full = "image:
  {repository: 'localhost:5000/shop/api', tag: v1.0_a, context: api, dockerfile: api/Dockerfile, buildArgs: {A: 1}, target: run,
   secret: registry, insecure: true, hooks: {sbom: syft, sign: cosign}}";
    let Does::Image(image) = does(full) else { panic!("{full}") };
    assert_eq!((image.context.as_str(), image.hooks.sign.as_deref()), ("api", Some("cosign")));
    let Does::Image(image) = does("image: {repository: shop, secret: '', tag: '', target: ''}") else {
        panic!()
    };
    assert_eq!((image.secret, image.tag, image.target), (None, None, None), "empty is left out");
    assert_eq!(image.context, ".");
}

#[test]
fn what_asks_others_takes_all_that_it_may() {
    let full = "webhook:
  url: https://example.com
  method: PUT
  headers: {X-A: b}
  secrets: {Authorization: api/token}
  payload: {a: [1]}
  failFast: [404]
  monitor:
    url: {answer: $.links.status}
    statusPath: $.status
    progressPath: $.progress
    statuses: {success: [DONE], failure: [BAD], canceled: [GONE]}
    every: 10s";
    let Does::Webhook(webhook) = does(full) else { panic!("{full}") };
    assert_eq!((webhook.method, webhook.payload), (Method::Put, Some(json!({"a": [1]}))));
    let monitor = webhook.monitor.unwrap();
    assert_eq!(monitor.url, StatusUrl::Answer("$.links.status".to_owned()));
    assert_eq!(
        (monitor.every.to_string().as_str(), monitor.statuses.success),
        ("10s", vec!["DONE".to_owned()])
    );
    for (text, url) in [
        ("same", StatusUrl::Same),
        ("location", StatusUrl::Location),
        ("{at: 'http://a'}", StatusUrl::At("http://a".to_owned())),
    ] {
        let Does::Webhook(webhook) = does(&format!("webhook: {{url: 'http://a', monitor: {{url: {text}}}}}"))
        else {
            panic!("{text}")
        };
        let monitor = webhook.monitor.unwrap();
        assert_eq!((monitor.url, monitor.every.to_string().as_str()), (url, "5s"));
    }
    let Does::Pipeline(call) = does("pipeline: {name: deploy}") else { panic!() };
    assert!(call.wait && call.parameters.is_empty());
    let Does::Status(status) =
        does("status: {state: failure, context: a, description: b, api: 'https://a', secret: s}")
    else {
        panic!()
    };
    assert_eq!(status.context.as_deref(), Some("a"));
}

#[test]
fn what_is_only_computed_takes_all_that_it_may() {
    let Does::Variables(variables) = does("variables: [{key: a, value: 1}, {key: b, value: {c: [d]}}]")
    else {
        panic!()
    };
    assert_eq!((variables[0].key.as_str(), &variables[1].value), ("a", &json!({"c": ["d"]})));
    let full = "preconditions: [{expression: a == 1, message: no}, {stage: Tests, status: FailedContinue}, {stage: T, status: SUCCEEDED}]";
    let Does::Preconditions(conditions) = does(full) else { panic!("{full}") };
    assert_eq!(conditions[1].status.as_deref(), Some("FailedContinue"));
    let Does::Wait(span) = does("wait: 1h30m") else { panic!() };
    assert_eq!(span.duration().as_secs(), 5_400);
}

#[test]
fn who_decides_is_known_before_the_run_begins() {
    let work = work("judgment: {instructions: 'Deploy ${ tag }?', inputs: [yes please, no], roles: [ops]}");
    let judgment = work.judgment().unwrap();
    assert_eq!((judgment.inputs.len(), judgment.roles), (2, vec!["ops".to_owned()]));
    assert_eq!(crate::fixture::work("wait: 1s").judgment(), None);
}
