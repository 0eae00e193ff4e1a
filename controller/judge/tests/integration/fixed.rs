//! What the Kayenta-compatible judge says without upstream's surprises, beside what it says with them.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, LogNormal, Normal};
use serde_json::json;
use weir_judge::netflix::classify::Classified;
use weir_judge::netflix::comparison::{Class, Comparison, Level};
use weir_judge::netflix::config::CanaryConfig;
use weir_judge::netflix::judgement::{Judgement, Pair, judge};
use weir_judge::netflix::options::{Direction, Options};
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::{ScoreClass, ScoreThresholds};

fn compared(control: &[f64], experiment: &[f64], quirks: Quirks) -> Classified {
    let options = Options { direction: Direction::Increase, ..Options::default() };
    let level = Level::with(quirks);
    Comparison { name: "m", control, experiment, options: &options, level }.classify()
}

/// Class with the surprises, and what is said without them.
fn both(control: &[f64], experiment: &[f64]) -> (Class, Classified) {
    let kept = compared(control, experiment, Quirks::KAYENTA);
    (kept.class, compared(control, experiment, Quirks::FIXED))
}

/// spinnaker#6278: seven of ten samples are a hundred times what they were.
#[test]
fn a_mean_seventy_times_as_high_fails() {
    let canary = [100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 1.0, 1.0, 1.0];
    let (kept, fixed) = both(&[1.0; 10], &canary);
    assert_eq!((kept, fixed.class), (Class::Pass, Class::High), "{fixed:?}");
    assert!(fixed.reason.unwrap().contains("its mean is 70.3"));
}

/// kayenta#426: errors on the canary alone.
#[test]
fn a_few_errors_in_few_samples_are_no_pass() {
    let (kept, fixed) = both(&[0.0; 6], &[0.0, 1.0, 2.0, 1.0, 0.0, 0.0]);
    assert_eq!((kept, fixed.class), (Class::Pass, Class::Nodata), "{fixed:?}");
    assert!(fixed.reason.unwrap().contains("hint at a difference and are too few to show one"));
}

/// kayenta#780: the canary has one mode, production has two.
#[test]
fn another_shape_is_no_pass() {
    let canary: Vec<f64> = (0..15).map(|n| 10.0 + f64::from(n) * 8.0 / 14.0).collect();
    let control: Vec<f64> =
        (1..=9).map(f64::from).chain([100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0]).collect();
    let (kept, fixed) = both(&control, &canary);
    assert_eq!((kept, fixed.class), (Class::Pass, Class::Nodata), "{fixed:?}");
    assert!(fixed.reason.unwrap().contains("spread otherwise"));
}

#[test]
fn small_units_fail_as_large_ones_do() {
    let samples = |least: f64, unit: f64| -> Vec<f64> {
        (0..60).map(|n| (least + f64::from(n * 37 % 60) / 10.0) * unit).collect()
    };
    for unit in [1.0, 1e-6, 1e9] {
        let (kept, fixed) = both(&samples(10.0, unit), &samples(13.0, unit));
        assert_eq!(fixed.class, Class::High, "{unit}: {fixed:?}");
        assert_eq!(kept, if unit < 1e-3 { Class::Pass } else { Class::High }, "{unit}");
    }
}

#[test]
fn three_samples_a_side_are_no_verdict() {
    let (kept, fixed) = both(&[1.0, 1.1, 1.2], &[9.0, 9.1, 9.2]);
    assert_eq!(kept, Class::High);
    assert_ne!(fixed.class, Class::Pass, "{fixed:?}");
}

fn judged(
    metrics: &serde_json::Value,
    weights: &serde_json::Value,
    pairs: &[Pair],
    quirks: Quirks,
) -> Judgement {
    let config = json!({"metrics": metrics, "classifier": {"groupWeights": weights}}).to_string();
    let thresholds = ScoreThresholds { pass: 75.0, marginal: 50.0 };
    judge(&CanaryConfig::parse(&config).unwrap(), pairs, thresholds, quirks).unwrap()
}

fn pair(name: &str, control: &[f64], experiment: &[f64]) -> Pair {
    Pair {
        name: name.to_owned(),
        control: control.to_vec(),
        experiment: experiment.to_vec(),
        ..Pair::default()
    }
}

#[test]
fn a_metric_that_cannot_be_judged_does_not_pass() {
    let metrics = json!([{"name": "a", "groups": ["g"]}]);
    let pairs = [pair("a", &[f64::INFINITY, 1.0], &[1.0, 2.0])];
    let kept = judged(&metrics, &json!({}), &pairs, Quirks::KAYENTA);
    let fixed = judged(&metrics, &json!({}), &pairs, Quirks::FIXED);
    assert_eq!(kept.results[0].classification, Class::Error);
    assert_eq!((kept.score.classification, fixed.score.classification), (ScoreClass::Pass, ScoreClass::Fail));
}

#[test]
fn replaced_samples_of_which_there_is_not_one_are_no_data() {
    let canary = json!({"canary": {"nanStrategy": "replace", "critical": true}});
    let metrics = json!([{"name": "a", "groups": ["g"], "analysisConfigurations": canary}]);
    let pairs = [pair("a", &[1.0, 2.0, 3.0], &[])];
    assert_eq!(judged(&metrics, &json!({}), &pairs, Quirks::KAYENTA).score.classification, ScoreClass::Pass);
    let fixed = judged(&metrics, &json!({}), &pairs, Quirks::FIXED);
    assert_eq!(fixed.results[0].classification, Class::Nodata);
    assert_eq!(fixed.score.classification, ScoreClass::Fail);
}

#[test]
fn weights_are_shares_of_their_sum_and_groups_without_data_have_none() {
    let metrics = json!([
        {"name": "a", "groups": ["good"]}, {"name": "b", "groups": ["bad"]}, {"name": "c", "groups": ["empty"]}
    ]);
    let low: Vec<f64> = (0..60).map(f64::from).collect();
    let high: Vec<f64> = (0..60).map(|n| 500.0 + f64::from(n)).collect();
    let pairs = [pair("a", &low, &low), pair("b", &low, &high), pair("c", &[], &[])];
    let weights = json!({"good": 30, "bad": 10, "empty": 10});
    let score = |quirks| judged(&metrics, &weights, &pairs, quirks).score.score;
    // 30 of what is passed, and 10 of a group without data; of what has data three quarters pass.
    assert_eq!((score(Quirks::KAYENTA), score(Quirks::FIXED)), (40.0, 75.0));
}

/// Samples that hint at trouble and are too few to show it end nothing, and pass nothing.
#[test]
fn what_is_not_decided_neither_fails_nor_passes() {
    let options = json!({"canary": {"direction": "increase", "critical": true}});
    let metrics = json!([{"name": "a", "groups": ["g"], "analysisConfigurations": options}, {"name": "b", "groups": ["g"]}]);
    let pairs = [pair("a", &[0.0; 6], &[0.0, 1.0, 2.0, 1.0, 0.0, 0.0]), pair("b", &[1.0; 6], &[1.0; 6])];
    let kept = judged(&metrics, &json!({}), &pairs, Quirks::KAYENTA);
    assert_eq!((kept.score.classification, kept.score.is_undecided), (ScoreClass::Pass, false));
    let fixed = judged(&metrics, &json!({}), &pairs, Quirks::FIXED).score;
    assert_eq!((fixed.classification, fixed.is_undecided), (ScoreClass::Marginal, true), "{fixed:?}");
    assert!((fixed.score - 75.0).abs() < 1e-9 && fixed.classification_reason.contains("too few to show one"));
    // What fails is heard first.
    let pairs = [pairs[0].clone(), pair("b", &[1.0, 1.1, 1.2].repeat(20), &[9.0, 9.1, 9.2].repeat(20))];
    let fixed = judged(&metrics, &json!({}), &pairs, Quirks::FIXED).score;
    assert_eq!((fixed.classification, fixed.is_undecided), (ScoreClass::Fail, false), "{fixed:?}");
}

#[test]
fn a_rise_of_negative_values_is_a_rise() {
    let control: Vec<f64> = (0..60).map(|n| -100.0 - f64::from(n % 10)).collect();
    let canary: Vec<f64> = (0..60).map(|n| -50.0 - f64::from(n % 10)).collect();
    let (kept, fixed) = both(&control, &canary);
    assert_eq!((kept, fixed.class), (Class::Pass, Class::High), "{fixed:?}");
}

/// How samples are spread.
#[derive(Clone, Copy, Debug)]
enum Spread {
    Normal,
    Skewed,
    Counts,
}

impl Spread {
    fn samples(self, count: usize, random: &mut StdRng) -> Vec<f64> {
        let (normal, skewed) = (Normal::new(100.0, 15.0).unwrap(), LogNormal::new(3.0, 1.0).unwrap());
        let sample = |random: &mut StdRng| match self {
            Self::Normal => normal.sample(random),
            Self::Skewed => skewed.sample(random),
            Self::Counts if random.random_bool(0.1) => f64::from(random.random_range(1..4)),
            Self::Counts => 0.0,
        };
        (0..count).map(|_| sample(random)).collect()
    }
}

/// How often a canary that is the same as production is found to differ, or is undecided, in 2,000 metrics each.
#[test]
fn equal_canaries_pass() {
    let mut random = StdRng::seed_from_u64(8);
    for (spread, size) in [Spread::Normal, Spread::Skewed, Spread::Counts]
        .into_iter()
        .flat_map(|spread| [12, 73].map(|size| (spread, size)))
    {
        let mut classes = [0; 3];
        for _ in 0..2000 {
            let control = spread.samples(size, &mut random);
            let canary = spread.samples(size, &mut random);
            let place = match compared(&control, &canary, Quirks::FIXED).class {
                Class::Pass => 0,
                Class::High | Class::Low | Class::Error => 1,
                Class::Nodata | Class::NodataFailMetric => 2,
            };
            classes[place] += 1;
        }
        let [_, failed, undecided] = classes;
        eprintln!("{spread:?}, {size} samples: {failed} of 2,000 failed, {undecided} undecided");
        assert!(failed <= 40, "{spread:?}, {size}: {failed}");
        assert!(undecided <= if size < 50 { 300 } else { 100 }, "{spread:?}, {size}: {undecided}");
    }
}
