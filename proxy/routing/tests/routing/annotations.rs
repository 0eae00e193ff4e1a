//! Single annotations against the library alone. The proxy's suite runs the same cases.

use weir_routing::explain::Request;
use weir_routing::{Objects, Options, Rejection, compile};

#[path = "../golden/annotations.rs"]
mod golden;

/// Cases of one annotation, at the least.
const AT_LEAST: usize = 3;

fn read(values: Vec<serde_json::Value>) -> Objects {
    let mut objects = Objects::default();
    for value in values {
        match value["kind"].as_str().unwrap() {
            "Ingress" => objects.ingresses.push(serde_json::from_value(value).unwrap()),
            "Service" => objects.services.push(serde_json::from_value(value).unwrap()),
            "EndpointSlice" => objects.endpoint_slices.push(serde_json::from_value(value).unwrap()),
            "Secret" => objects.secrets.push(serde_json::from_value(value).unwrap()),
            "ConfigMap" => objects.config_maps.push(serde_json::from_value(value).unwrap()),
            other => panic!("{other}"),
        }
    }
    objects
}

#[test]
fn every_annotation_does_what_its_cases_say() {
    let cases = golden::cases();
    let (table, rejections) = compile(&read(golden::objects(&cases, 8080)), &Options::default(), None);
    let mut faults = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let request =
            Request::default().to_host(&case.host()).and_then(|r| r.to_path(case.sample())).unwrap();
        let explained = serde_json::to_string(&request.explain(&table)).unwrap();
        let of_case = |rejection: &&Rejection| rejection.name == format!("c{number}");
        let said: Vec<String> = rejections.iter().filter(of_case).map(Rejection::to_string).collect();
        faults.extend(case.faults(&explained, &said.join("\n")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_annotation_has_cases_and_one_of_them_is_wrong() {
    let cases = golden::cases();
    for name in weir_routing::compile::annotations() {
        let of_it: Vec<_> = cases.iter().filter(|case| case.name == name).collect();
        assert!(of_it.len() >= AT_LEAST, "{name}: {} cases", of_it.len());
        assert!(of_it.iter().any(|case| case.is_wrong()), "{name}: no case of a value that is wrong");
    }
}
