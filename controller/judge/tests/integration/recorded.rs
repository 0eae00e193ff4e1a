//! Recorded cases of upstream, from the file that `WEIR_JUDGE_VECTORS` names or the folder that holds it.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::print_stdout,
    reason = "the cases are a file, and that it is not there is said"
)]

use serde_json::Value;

/// Every recorded case of a kind; `None`, said aloud, where the folder is not there.
pub(crate) fn cases(kind: &str) -> Option<Vec<Value>> {
    let Some(folder) = std::env::var_os("WEIR_JUDGE_VECTORS") else {
        println!("SKIPPED: WEIR_JUDGE_VECTORS names no folder with kayenta.json, so {kind} was not compared");
        return None;
    };
    let path = std::path::Path::new(&folder);
    let path = if path.is_dir() { path.join("kayenta.json") } else { path.to_owned() };
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let all: Value = serde_json::from_str(&text).unwrap();
    let cases: Vec<Value> =
        all["vectors"].as_array().unwrap().iter().filter(|case| case["kind"] == kind).cloned().collect();
    assert!(!cases.is_empty(), "no case of kind {kind}");
    Some(cases)
}

pub(crate) fn float(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

pub(crate) fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(float).collect()
}

/// Equal within the tolerance of the case; two that are not a number are equal.
pub(crate) fn assert_near(case: &Value, what: &str, found: f64, expected: &Value, tolerance: f64) {
    let expected = float(expected);
    let is_near = (found.is_nan() && expected.is_nan()) || (found - expected).abs() <= tolerance;
    assert!(is_near, "{}: {what} is {found}, not {expected}", case["name"]);
}

pub(crate) fn tolerance(case: &Value) -> f64 {
    case["expect"]["absTol"].as_f64().unwrap_or(1e-12)
}
