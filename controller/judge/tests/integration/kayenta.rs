//! What surrounds Kayenta's judge, against recorded cases of upstream.

use std::collections::BTreeMap;

use serde_json::Value;
use weir_judge::kayenta::decision::{decide, decide_as_stage};
use weir_judge::kayenta::pairing::{Measured, pairs};
use weir_judge::kayenta::plan::{Asked, PlanError, Window};
use weir_judge::kayenta::query::{PrometheusQuery, Scope};
use weir_judge::kayenta::response::parse;
use weir_judge::kayenta::template::{TemplateError, escape, expand, unescape};

use crate::recorded::{cases, float, floats};

const MINUTE: i64 = 60_000;

#[test]
fn every_recorded_score_list_is_decided_alike() {
    let Some(cases) = cases("final_decision") else { return };
    for case in &cases {
        let input = &case["input"];
        let (scores, pass, marginal) =
            (floats(&input["scores"]), input["pass"].as_f64(), input["marginal"].as_f64());
        let expect = &case["expect"];
        let by = if expect["stageStatus"].is_null() { decide } else { decide_as_stage };
        let found = by(&scores, pass, marginal);
        assert_eq!(Value::Bool(found.passed), expect["passed"], "{}: {found:?}", case["name"]);
    }
}

/// Minutes as a stage has them: a number, text, empty text, or nothing.
fn minutes(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

#[test]
fn every_recorded_stage_has_its_windows_and_waits() {
    let Some(cases) = cases("stage_windows") else { return };
    for case in &cases {
        let (input, expect) = (&case["input"], &case["expect"]);
        let lifetime = input["lifetimeMins"].as_i64();
        let is_past = input["startAndEndGiven"] == true;
        let asked = Asked {
            start_millis: is_past.then_some(0),
            end_millis: lifetime.filter(|_| is_past).map(|mins| mins * MINUTE),
            lifetime_millis: lifetime.map(|mins| mins * MINUTE),
            begin_after_millis: minutes(&input["beginCanaryAnalysisAfterMins"]).unwrap_or(0) * MINUTE,
            interval_millis: minutes(&input["canaryAnalysisIntervalMins"]).map(|mins| mins * MINUTE),
            lookback_millis: minutes(&input["lookbackMins"]).unwrap_or(0) * MINUTE,
            ..Asked::default()
        };
        let plan = asked.plan().unwrap();
        let found: Vec<[i64; 2]> = plan
            .windows
            .iter()
            .map(|window| [window.start_millis / MINUTE, window.end_millis / MINUTE])
            .collect();
        assert_eq!(serde_json::to_value(found).unwrap(), expect["windowsMins"], "{}", case["name"]);
        assert_eq!(Value::Bool(plan.warm_up_millis.is_some()), expect["warmupWaitStage"], "{}", case["name"]);
        let waits = plan.wait_millis.map_or(0, |_| plan.windows.len());
        assert_eq!(Some(waits as u64), expect["intervalWaitStages"].as_u64(), "{}", case["name"]);
    }
}

#[test]
fn every_recorded_window_of_a_standalone_analysis_is_met() {
    let Some(cases) = cases("standalone_window") else { return };
    for case in &cases {
        let (input, expect) = (&case["input"], &case["expect"]);
        let interval = input["intervalMins"].as_i64().unwrap();
        let number = input["judgement"].as_i64().unwrap();
        let offset = |name: &str| input[name].as_i64().map(|mins| mins * MINUTE);
        let asked = Asked {
            start_millis: offset("startOffsetMins"),
            end_millis: offset("endOffsetMins"),
            lifetime_millis: Some(interval * number * MINUTE),
            begin_after_millis: input["beginAfterMins"].as_i64().unwrap() * MINUTE,
            interval_millis: Some(interval * MINUTE),
            lookback_millis: input["lookbackMins"].as_i64().unwrap() * MINUTE,
            ..Asked::default()
        };
        let plan = asked.plan().unwrap();
        let found = plan.windows[usize::try_from(number).unwrap() - 1];
        let expected = Window {
            start_millis: expect["startMins"].as_i64().unwrap() * MINUTE,
            end_millis: expect["endMins"].as_i64().unwrap() * MINUTE,
        };
        assert_eq!(found, expected, "{}", case["name"]);
    }
}

#[test]
fn what_cannot_be_planned_is_said() {
    assert_eq!(Asked::default().plan(), Err(PlanError::NoLifetime));
    assert_eq!(Asked { lifetime_millis: Some(0), ..Asked::default() }.plan(), Err(PlanError::NoTime));
    let backwards = Asked { start_millis: Some(5 * MINUTE), end_millis: Some(MINUTE), ..Asked::default() };
    assert_eq!(backwards.plan(), Err(PlanError::NoTime));
    let endless = Asked { lifetime_millis: Some(i64::MAX), interval_millis: Some(1), ..Asked::default() };
    assert!(endless.plan().unwrap().windows.len() < 1_000_000);
    let control = Window { start_millis: 10 * MINUTE, end_millis: 20 * MINUTE }.earlier(5 * MINUTE);
    assert_eq!(control, Window { start_millis: 5 * MINUTE, end_millis: 15 * MINUTE });
}

#[test]
fn every_recorded_query_becomes_its_promql() {
    let Some(cases) = cases("prometheus_query") else { return };
    for case in &cases {
        let input = &case["input"];
        let query: PrometheusQuery = serde_json::from_value(input.clone()).unwrap();
        let scope: Scope = serde_json::from_value(input["scope"].clone()).unwrap();
        let templates: BTreeMap<String, String> =
            serde_json::from_value(input["templates"].clone()).unwrap_or_default();
        let label = input["scopeLabel"].as_str().unwrap_or("instance");
        let found = query.promql(&templates, &scope, label);
        let expect = &case["expect"];
        match (found, expect["query"].as_str()) {
            (Ok(found), Some(expected)) => assert_eq!(found, expected, "{}", case["name"]),
            (Err(error), None) => {
                assert!(error.to_string().contains(expect["error"].as_str().unwrap()), "{error}");
            }
            (found, _) => assert!(found.is_err() && expect["query"].is_null(), "{}: {found:?}", case["name"]),
        }
    }
}

#[test]
fn a_config_of_spinnaker_asks_what_it_asked_there() {
    let query = PrometheusQuery {
        metric_name: Some("http_request_duration_ms_sum".to_owned()),
        custom_filter_template: Some("filter_application".to_owned()),
        label_bindings: Some(Vec::new()),
        ..PrometheusQuery::default()
    };
    let filter = "pod=~\"${scope}.*\",namespace=\"${location}\"";
    let templates = BTreeMap::from([("filter_application".to_owned(), filter.to_owned())]);
    let text = |text: &str| Some(text.to_owned());
    let scope =
        Scope { scope: text("shop-api-canary"), location: text("production"), extended_scope_params: None };
    assert_eq!(
        query.promql(&templates, &scope, "instance").unwrap(),
        "avg(http_request_duration_ms_sum{pod=~\"shop-api-canary.*\",namespace=\"production\"})"
    );
}

#[test]
fn templates_are_filled_in_and_kept_apart_as_recorded() {
    let variables = BTreeMap::from(
        [("a", "1"), ("b", "${a}2"), ("x", "${y}"), ("y", "${x}")].map(|(k, v)| (k.to_owned(), v.to_owned())),
    );
    for (template, expected) in [
        ("${a}-${b}", Ok("1-12")),
        ("${none:-d}$${a}", Ok("d${a}")),
        ("${open", Ok("${open")),
        ("${none}", Err(TemplateError::Unknown("none".to_owned()))),
        ("${x}", Err(TemplateError::Circle("x".to_owned()))),
    ] {
        assert_eq!(expand(template, &variables), expected.map(ToOwned::to_owned), "{template}");
    }
    let Some(escaped) = cases("template_escape") else { return };
    let unescaped = cases("template_unescape").unwrap();
    let of = |case: &Value| case["input"]["template"].as_str().unwrap().to_owned();
    for case in &escaped {
        assert_eq!(Value::String(escape(&of(case))), case["expect"]["value"], "{}", case["name"]);
    }
    for case in &unescaped {
        assert_eq!(Value::String(unescape(&of(case))), case["expect"]["value"], "{}", case["name"]);
    }
}

#[test]
fn every_recorded_answer_of_prometheus_is_read_alike() {
    let Some(cases) = cases("prometheus_response") else { return };
    for case in &cases {
        let found = parse(&case["input"]["body"].to_string()).unwrap();
        let expected = case["expect"]["results"].as_array().cloned().unwrap_or_default();
        assert_eq!(found.len(), expected.len(), "{}", case["name"]);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(Some(found.start_millis), expected["startTimeMillis"].as_i64(), "{}", case["name"]);
            assert_eq!(Some(found.end_millis()), expected["endTimeMillis"].as_i64(), "{}", case["name"]);
            assert_eq!(Some(found.step_seconds), expected["stepSecs"].as_i64(), "{}", case["name"]);
            assert_eq!(found.values, floats(&expected["values"]), "{}", case["name"]);
            assert_eq!(serde_json::to_value(&found.tags).unwrap(), expected["tags"], "{}", case["name"]);
        }
    }
}

#[test]
fn what_is_no_answer_of_prometheus_is_said_with_its_place() {
    for (body, expected) in [
        ("{}", "missing field `data`"),
        (r#"{"data":{"result":[{"metric":{},"values":[[1,"x"]]}]}}"#, "the sample \"x\" at 1"),
        (r#"{"data":{"result":[{"metric":{},"values":[[1,2]]}]}}"#, "data.result[0].values[0]"),
    ] {
        let error = parse(body).unwrap_err();
        assert!(error.contains(expected), "{body}: {error}");
    }
    let infinite =
        parse(r#"{"data":{"result":[{"metric":{"__name__":"m"},"values":[[1,"+Inf"]]}]}}"#).unwrap();
    assert!(infinite[0].tags.is_empty() && infinite[0].values[0].is_infinite());
}

fn measured(list: &Value) -> Vec<Measured> {
    let series = |series: &Value| {
        let millis = |name: &str| series[name].as_u64().unwrap_or(0);
        let room = (millis("endTimeMillis") - millis("startTimeMillis")).checked_div(millis("stepMillis"));
        Measured {
            name: series["name"].as_str().unwrap().to_owned(),
            tags: serde_json::from_value(series["tags"].clone()).unwrap(),
            values: floats(&series["values"]),
            expected: usize::try_from(room.unwrap_or(0)).unwrap(),
        }
    };
    list.as_array().unwrap().iter().map(series).collect()
}

#[test]
fn every_recorded_set_of_series_is_paired_alike() {
    let Some(cases) = cases("metric_mix") else { return };
    for case in &cases {
        let (input, expect) = (&case["input"], &case["expect"]);
        let metrics: Vec<String> = serde_json::from_value(input["metricNames"].clone()).unwrap();
        let found = pairs(&metrics, &measured(&input["control"]), &measured(&input["experiment"]));
        if let Some(expected) = expect["error"].as_str() {
            let error = found.unwrap_err().to_string();
            assert!(error.contains(expected), "{}: {error}", case["name"]);
            continue;
        }
        let found = found.unwrap();
        let expected = expect["pairs"].as_array().unwrap();
        assert_eq!(found.len(), expected.len(), "{}", case["name"]);
        for (found, expected) in found.iter().zip(expected) {
            assert_eq!(found.name, expected["name"].as_str().unwrap(), "{}", case["name"]);
            assert_eq!(serde_json::to_value(&found.tags).unwrap(), expected["tags"], "{}", case["name"]);
            for (found, side) in [(&found.control, "control"), (&found.experiment, "experiment")] {
                let expected: Vec<f64> = expected[side].as_array().unwrap().iter().map(float).collect();
                let same = found.len() == expected.len()
                    && found.iter().zip(&expected).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
                assert!(same, "{}: {side} is {found:?}, not {expected:?}", case["name"]);
            }
        }
    }
}
