//! Objects that somebody wrote badly, or to do harm: they harm themselves only.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::case::Case;
use crate::installed::until;
use crate::load::Load;
use crate::objects::{backend, ingress_with};
use crate::proxies::ask;

/// What an Ingress may have of annotations, all together.
const MOST_ANNOTATION_BYTES: usize = 256 * 1024;
const PATHS: usize = 10_000;
/// The longest that one request of another route may take meanwhile: long enough for a busy machine, and short of every time limit.
const MOST_WAIT: Duration = Duration::from_secs(5);

/// An Ingress whose paths are regular expressions.
fn regex(case: &Case, name: &str, path: &str) -> Value {
    let paths = json!([{"path": path, "pathType": "ImplementationSpecific", "backend": backend("two")}]);
    let mut ingress = ingress_with(name, &case.host, &paths);
    ingress["metadata"]["annotations"] = json!({"nginx.ingress.kubernetes.io/use-regex": "true"});
    ingress
}

/// Waits until every proxy tells a problem with the Ingress `name`.
fn refused(case: &Case, name: &str) {
    let object = format!("{}/{name}\"", case.namespace);
    for proxy in case.proxies() {
        until(&format!("{} tells what is wrong with {name}", proxy.name), || {
            let problems = proxy.problems(case.installed, &case.namespace);
            if problems.iter().any(|problem| problem.contains(&object)) { Ok(()) } else { Err(problems) }
        });
    }
}

/// A seconds' worth of the wall clock has passed: objects that are made now are younger than those before, as the API counts.
fn a_second_later() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let before = now();
    until("the next second", || if now() > before { Ok(()) } else { Err(now()) });
}

/// Expressions that a backtracking engine would never finish with, and one that no engine should build.
fn regular_expressions(case: &Case) {
    case.apply(&[regex(case, "bomb", "/((a{1000}){1000}){1000}"), regex(case, "slow", "/slow/(a+)+$")]);
    refused(case, "bomb");
    case.everywhere("/slow/aaa", "two");
    let long = format!("/slow/{}b", "a".repeat(4_000));
    let asked = std::time::Instant::now();
    let answer = case.installed.inside(|| ask(case.installed.service, &case.host, &long)).unwrap();
    assert_eq!(answer.status, 404);
    assert!(asked.elapsed() < MOST_WAIT, "{:?}", asked.elapsed());
}

fn large_objects(case: &Case) {
    let mut large = case.ingress("large", "/large", "two");
    // The name of the annotation counts too.
    let name = "example.com/large";
    large["metadata"]["annotations"] = json!({name: "x".repeat(MOST_ANNOTATION_BYTES - name.len())});
    case.create(&[large.clone()]).unwrap();
    case.everywhere("/large", "two");
    large["metadata"] = json!({"name": "larger", "annotations": {name: "x".repeat(MOST_ANNOTATION_BYTES)}});
    case.create(&[large]).unwrap_err();

    let paths: Vec<Value> = (0..PATHS)
        .map(|number| json!({"path": format!("/p{number}"), "pathType": "Exact", "backend": backend("two")}))
        .collect();
    case.create(&[ingress_with("many", &case.host, &json!(paths))]).unwrap();
    case.everywhere(&format!("/p{}", PATHS - 1), "two");
    case.everywhere("/p0", "two");
    case.kubectl(&["delete", "ingress", "many", "large"]);
    case.everywhere("/p0", "404");
}

/// Whatever their names are: the second is first by name.
fn two_owners(case: &Case) {
    case.apply(&[case.ingress("z-older", "/claimed", "one")]);
    case.everywhere("/claimed", "one");
    a_second_later();
    case.apply(&[case.ingress("a-younger", "/claimed", "two")]);
    refused(case, "a-younger");
    case.everywhere("/claimed", "one");
    case.kubectl(&["delete", "ingress", "z-older"]);
    case.everywhere("/claimed", "two");
}

#[test]
fn hostile_objects_harm_no_other_route() {
    let Some(case) = Case::begin("hostile") else { return };
    case.upstreams(&[("one", 2), ("two", 1)]);
    case.apply(&[case.ingress("steady", "/steady", "one")]);
    case.everywhere("/steady", "one");
    let before: Vec<String> = case.proxies().into_iter().map(|proxy| proxy.name).collect();
    let load = Load::start(&case, &["/steady"]);

    regular_expressions(&case);
    case.say("regular expressions done");
    large_objects(&case);
    case.say("large objects done");
    two_owners(&case);

    let proxies = case.proxies();
    assert_eq!(before, proxies.iter().map(|proxy| proxy.name.clone()).collect::<Vec<_>>());
    for proxy in &proxies {
        assert_eq!(proxy.page(case.installed, "/readyz").status, 200, "{}", proxy.name);
    }
    let report = load.stop(&case, "beside hostile objects");
    assert!(Duration::from_micros(report.results.latency_micros.max) < MOST_WAIT);
}
