//! Any config, any answer of Prometheus and any samples are judged or refused without a panic.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use weir_judge::kayenta::query::{PrometheusQuery, Scope};
use weir_judge::kayenta::response;
use weir_judge::kayenta::template::expand;
use weir_judge::netflix::config::CanaryConfig;
use weir_judge::netflix::judgement::{Pair, judge};
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::ScoreThresholds;

#[derive(Arbitrary, Debug)]
struct Input {
    config: String,
    control: Vec<f64>,
    experiment: Vec<f64>,
    body: String,
}

/// What is always a config, so that the samples meet the judge.
const CONFIG: &str = r#"{"metrics":[{"name":"m","groups":["g"],"analysisConfigurations":{"canary":{"outliers":{"strategy":"remove"}}}}],"classifier":{}}"#;

fuzz_target!(|input: Input| {
    let Input { config, control, experiment, body } = input;
    let thresholds = ScoreThresholds { pass: 75.0, marginal: 50.0 };
    let pair = |name: &str| Pair {
        name: name.to_owned(),
        control: control.clone(),
        experiment: experiment.clone(),
        ..Pair::default()
    };
    for quirks in [Quirks::KAYENTA, Quirks::FIXED] {
        let usual = judge(&CanaryConfig::parse(CONFIG).unwrap(), &[pair("m")], thresholds, quirks).unwrap();
        assert!((0.0..=100.0).contains(&usual.score.score), "{usual:?}");
    }
    match CanaryConfig::parse(&config) {
        Ok(config) => {
            let pairs: Vec<Pair> = config.metrics.iter().map(|metric| pair(&metric.name)).collect();
            if let Err(error) = judge(&config, &pairs, thresholds, Quirks::FIXED) {
                assert!(!error.to_string().is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = response::parse(&body);
    let variables = BTreeMap::from([("scope".to_owned(), config.clone()), ("a".to_owned(), body.clone())]);
    let _ = expand(&body, &variables);
    let query = PrometheusQuery {
        metric_name: Some("m".to_owned()),
        custom_inline_template: Some(body),
        ..PrometheusQuery::default()
    };
    let _ = query.promql(&BTreeMap::new(), &Scope::default(), "instance");
});
