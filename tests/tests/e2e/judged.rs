//! `weir judge` on files, by its output and its exit code.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use weir_tests::program::path_of;

/// A config as Spinnaker stores it, with things in it that nobody reads.
fn config() -> Value {
    json!({
        "name": "response", "description": "response", "configVersion": "1", "applications": ["shop"],
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [{
            "name": "request_duration", "scopeName": "default", "groups": ["response_time"],
            "query": {"type": "prometheus", "metricName": "http_request_duration_ms_sum", "labelBindings": []},
            "analysisConfigurations": {"canary": {"direction": "increase", "critical": true, "nanStrategy": "default"}}
        }],
        "templates": {"filter": "pod=~\"${scope}.*\",namespace=\"${location}\""},
        "classifier": {"groupWeights": {"response_time": 100}, "scoreThresholds": {"marginal": 50, "pass": 80}}
    })
}

/// 73 samples, one each five seconds of six minutes, that differ, around `mean`.
fn samples(mean: f64) -> Vec<f64> {
    (0..73).map(|number| mean * (0.8 + f64::from(number * 29 % 73) / 182.5)).collect()
}

/// Runs `weir judge` over these three documents.
fn judge(config: &str, control: &str, experiment: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut command = Command::new(path_of("weir").unwrap());
    command.arg("judge").arg("--config").arg(file("canary.json", config));
    command.arg("--control").arg(file("control", control));
    command.arg("--experiment").arg(file("experiment", experiment));
    command.args(more).stdin(Stdio::null()).output().unwrap()
}

fn of_metric(samples: &[f64]) -> String {
    json!({"request_duration": samples}).to_string()
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn the_sequential_judge_says_what_is_shown_and_what_is_not() {
    let config = config().to_string();
    let (slow, same, fast) =
        (of_metric(&samples(1_500.0)), of_metric(&samples(750.0)), of_metric(&samples(500.0)));
    let sequential = ["--judge", "sequential"];
    let bad = judge(&config, &same, &slow, &sequential);
    assert_eq!(bad.status.code(), Some(1), "{}", printed(&bad));
    assert!(printed(&bad).contains("shown to be more than 10 % above production's"), "{}", printed(&bad));
    let good = judge(&config, &same, &fast, &[&sequential[..], &["--json"]].concat());
    assert_eq!(good.status.code(), Some(0), "{}", printed(&good));
    let document: Value = serde_json::from_slice(&good.stdout).unwrap();
    assert_eq!(document["judgeName"], "WeirSequential-v1.0");
    let few = of_metric(&samples(1_500.0)[..5]);
    let early = judge(&config, &same, &few, &sequential);
    assert_eq!(early.status.code(), Some(3), "{}", printed(&early));
    assert!(printed(&early).contains("5 pairs of samples show neither"), "{}", printed(&early));
}

#[test]
fn a_faster_canary_passes_and_a_slower_one_fails_as_kayenta_says() {
    let config = config().to_string();
    let (slow, fast) = (of_metric(&samples(750.0)), of_metric(&samples(500.0)));
    let good = judge(&config, &slow, &fast, &["--json"]);
    assert_eq!(good.status.code(), Some(0), "{}", printed(&good));
    let document: Value = serde_json::from_slice(&good.stdout).unwrap();
    let result = &document["results"][0];
    assert_eq!(document["judgeName"], "NetflixACAJudge-v1.0");
    assert_eq!((&result["classification"], &result["critical"]), (&"Pass".into(), &false.into()));
    assert_eq!(result["groups"], json!(["response_time"]));
    assert_eq!(result["controlMetadata"]["stats"]["count"], 73);
    let ratio = result["resultMetadata"]["ratio"].as_f64().unwrap();
    assert!((ratio - 2.0 / 3.0).abs() < 1e-9, "{ratio}");
    assert_eq!(
        document["score"],
        json!({"score": 100.0, "classification": "Pass", "classificationReason": ""})
    );
    assert_eq!(document["groupScores"][0]["name"], "response_time");

    let bad = judge(&config, &fast, &slow, &["--explain"]);
    let text = printed(&bad);
    assert_eq!(bad.status.code(), Some(1), "{text}");
    let reason = "Canary Failed: The metric request_duration was classified as High (Critical)";
    assert!(text.starts_with("FAIL score 0") && text.contains(reason), "{text}");
    assert!(text.contains("the canary is shifted by 2") && text.contains("98 % sure"), "{text}");
}

#[test]
fn a_canary_without_data_fails_with_the_reason() {
    let output = judge(&config().to_string(), &of_metric(&samples(750.0)), "{}", &["--json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(document["results"][0]["classification"], "Nodata");
    assert_eq!(document["results"][0]["experimentMetadata"]["stats"]["count"], 0);
    assert_eq!(document["score"]["classificationReason"], "Canary Failed: Missing data for request_duration");
}

#[test]
fn thresholds_of_the_command_line_win_and_marginal_has_its_own_exit_code() {
    let mut config = config();
    config["metrics"][0]["analysisConfigurations"]["canary"]["critical"] = false.into();
    let load = json!({"name": "load", "groups": ["response_time"], "query": {}});
    config["metrics"].as_array_mut().unwrap().push(load);
    let control = format!("request_duration,load\n{}", rows(&samples(500.0)));
    let experiment = format!("request_duration,load\n{}", rows(&samples(750.0)));
    let judged = |more: &[&str]| judge(&config.to_string(), &control, &experiment, more).status.code();
    // One of two metrics passes: 50.
    assert_eq!(judged(&[]), Some(3));
    assert_eq!(judged(&["--marginal", "51"]), Some(1));
    assert_eq!(judged(&["--pass", "50"]), Some(0));
}

/// A CSV row each, with the same value of a second metric on both sides.
fn rows(samples: &[f64]) -> String {
    let row = |(number, sample)| format!("{sample},{}", number % 7);
    samples.iter().enumerate().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_cannot_be_used_is_named_with_its_file_and_place() {
    let good = of_metric(&samples(1.0));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut config = config();
        change(&mut config);
        config.to_string()
    };
    let cases = [
        ("{".to_owned(), good.clone(), "canary.json: EOF while parsing"),
        (
            with(&|config| config["metrics"][0]["groups"] = 3.into()),
            good.clone(),
            "canary.json: metrics[0].groups: invalid type: integer `3`",
        ),
        (
            with(&|config| {
                config["metrics"][0]["analysisConfigurations"]["canary"]["critical"] = "true".into();
            }),
            good.clone(),
            "canary.json: metrics[0].analysisConfigurations.canary.critical is \"true\": it must be true or false",
        ),
        (
            with(&|config| drop(config.as_object_mut().unwrap().remove("classifier"))),
            good.clone(),
            "canary.json: classifier is missing",
        ),
        (with(&|config| config["metrics"] = json!([])), good.clone(), "canary.json: metrics is empty"),
        (config().to_string(), "a,b\n1,x\n".to_owned(), "control: line 2, column b: \"x\" is no number"),
    ];
    for (config, control, expected) in cases {
        let output = judge(&config, &control, &good, &[]);
        assert_eq!(output.status.code(), Some(64), "{}", printed(&output));
        assert!(printed(&output).contains(expected), "{}", printed(&output));
    }
}
