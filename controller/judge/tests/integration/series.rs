//! The judge of series: how often it is wrong, how soon it is right, and what it says.

use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};
use serde_json::{Value, json};
use weir_judge::netflix::comparison::Class;
use weir_judge::netflix::config::CanaryConfig;
use weir_judge::netflix::judgement::{Judgement, Pair, judge};
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::{ScoreClass, ScoreThresholds};
use weir_judge::series::{JUDGE, Margin, Pairs, Side};

use crate::traffic::release;

const SEED: u64 = 20_261_126;
const THRESHOLDS: ScoreThresholds = ScoreThresholds { pass: 90.0, marginal: 50.0 };

/// Samples around `level` that differ by a fifth; neighbours have this correlation.
fn series(rng: &mut StdRng, level: f64, correlation: f64, count: usize) -> Vec<f64> {
    let mut state: f64 = StandardNormal.sample(rng);
    let mut next = || {
        let new: f64 = StandardNormal.sample(rng);
        state = correlation * state + (1.0 - correlation * correlation).sqrt() * new;
        level * (0.2 * state).exp()
    };
    (0..count).map(|_| next()).collect()
}

/// After how many pairs there is evidence of 100, looked for after each.
fn shown(control: &[f64], canary: &[f64], ratio: f64, side: Side) -> Option<u64> {
    let mut pairs = Pairs::new(Margin { ratio }, side);
    control.iter().zip(canary).find_map(|(control, canary)| {
        pairs.observe(*control, *canary);
        (pairs.log_evidence() >= 100_f64.ln()).then(|| pairs.count())
    })
}

/// Share of releases in which a canary of this level is shown to be on one side of a margin, and after how many pairs half of all are.
fn of_releases(level: f64, correlation: f64, (ratio, side): (f64, Side), count: usize) -> (f64, u64) {
    let mut after: Vec<u64> = (0..1_000)
        .map(|number| {
            let rng = &mut release(SEED, number);
            let (control, canary) =
                (series(rng, 750.0, correlation, count), series(rng, level, correlation, count));
            shown(&control, &canary, ratio, side).unwrap_or(u64::MAX)
        })
        .collect();
    after.sort_unstable();
    let found = after.iter().filter(|after| **after < u64::MAX).count();
    (found as f64 / 1_000.0, after[500])
}

#[test]
fn at_the_margin_itself_nothing_is_shown_however_often_one_looks() {
    for (correlation, at_most) in [(0.0, 0.005), (0.3, 0.01), (0.6, 0.02)] {
        for side in [Side::Above, Side::Below] {
            for (level, ratio) in [(750.0, 1.0), (825.0, 1.1)] {
                let (wrong, _) = of_releases(level, correlation, (ratio, side), 300);
                assert!(wrong <= at_most, "seed {SEED}: {correlation} {side:?} {ratio}: {wrong}");
            }
        }
    }
}

#[test]
fn an_equal_canary_does_not_fail_and_passes_in_the_end() {
    for correlation in [0.0, 0.8, 0.95] {
        let (wrong, _) = of_releases(750.0, correlation, (1.1, Side::Above), 300);
        assert!(wrong <= if correlation < 0.9 { 0.01 } else { 0.08 }, "seed {SEED}: {correlation}: {wrong}");
    }
    let (passes, after) = of_releases(750.0, 0.0, (1.1, Side::Below), 600);
    assert!(passes > 0.99 && after < 160, "seed {SEED}: {passes}, half of them after {after}");
}

#[test]
fn a_worse_canary_fails_the_sooner_the_worse_it_is() {
    for (level, correlation, half) in
        [(1_500.0, 0.0, 30), (1_125.0, 0.0, 35), (900.0, 0.0, 180), (1_125.0, 0.6, 90)]
    {
        let (found, after) = of_releases(level, correlation, (1.1, Side::Above), 600);
        assert!(
            found > 0.99 && after <= half,
            "seed {SEED}: {level} {correlation}: {found}, half after {after}"
        );
    }
}

fn config(canary: &Value, judge: &Value) -> CanaryConfig {
    let metric = |name: &str| json!({"name": name, "groups": ["g"], "query": {}, "analysisConfigurations": {"canary": canary}});
    let config = json!({
        "name": "c", "applications": ["a"], "metrics": [metric("one"), metric("two")], "classifier": {},
        "judge": {"name": JUDGE, "judgeConfigurations": judge},
    });
    CanaryConfig::parse(&config.to_string()).unwrap()
}

fn judged(config: &CanaryConfig, sides: [(&[f64], &[f64]); 2]) -> Judgement {
    let pair = |(name, (control, experiment)): (&str, (&[f64], &[f64]))| Pair {
        name: name.to_owned(),
        control: control.to_vec(),
        experiment: experiment.to_vec(),
        ..Pair::default()
    };
    let pairs: Vec<Pair> = ["one", "two"].into_iter().zip(sides).map(pair).collect();
    judge(config, &pairs, THRESHOLDS, Quirks::KAYENTA).unwrap()
}

#[test]
fn a_config_that_names_it_is_judged_by_it_in_any_unit() {
    let rng = &mut release(SEED, 1);
    let (control, same, worse) =
        (series(rng, 750.0, 0.0, 300), series(rng, 750.0, 0.0, 300), series(rng, 1_500.0, 0.0, 300));
    let config = config(&json!({"direction": "increase", "critical": true}), &json!({}));
    for unit in [1.0, 1e-9, 1e12] {
        let of = |values: &[f64]| values.iter().map(|value| value * unit).collect::<Vec<_>>();
        let (control, same, worse) = (of(&control), of(&same), of(&worse));
        let good = judged(&config, [(&control, &same), (&control, &same)]);
        assert_eq!(
            (good.judge_name.as_str(), good.score.classification),
            (JUDGE, ScoreClass::Pass),
            "{unit}"
        );
        let bad = judged(&config, [(&control, &same), (&control, &worse)]);
        assert_eq!((bad.score.score, bad.score.classification), (0.0, ScoreClass::Fail), "{unit}");
        assert_eq!(
            (bad.results[0].classification, bad.results[1].classification),
            (Class::Pass, Class::High)
        );
        let reason = bad.results[1].classification_reason.as_ref().unwrap();
        assert!(reason.contains("it is shown to be more than 10 % above production's"), "{reason}");
        // The other way around nothing is worse.
        let better = judged(&config, [(&worse, &control), (&worse, &same)]);
        assert_eq!(better.score.classification, ScoreClass::Pass, "{unit}");
    }
}

#[test]
fn too_few_samples_are_no_verdict_and_a_fail_is_final() {
    let rng = &mut release(SEED, 2);
    let (control, worse) = (series(rng, 750.0, 0.0, 300), series(rng, 1_125.0, 0.0, 300));
    let config = config(&json!({"direction": "increase"}), &json!({"alpha": 0.02}));
    let at = |count: usize| {
        judged(&config, [(&control[..count], &worse[..count]), (&control[..count], &control[..count])])
    };
    let early = at(8);
    assert_eq!((early.score.classification, early.score.is_undecided), (ScoreClass::Marginal, true));
    let reason = early.results[0].classification_reason.as_ref().unwrap();
    assert!(reason.contains("8 pairs of samples show neither"), "{reason}");
    let classes: Vec<Class> = (1..=300).map(|count| at(count).results[0].classification).collect();
    let first = classes.iter().position(|class| *class == Class::High).unwrap();
    assert!((11..60).contains(&first), "seed {SEED}: {first}");
    assert!(classes[first..].iter().all(|class| *class == Class::High), "seed {SEED}");
}

#[test]
fn what_is_missing_is_left_out_and_what_is_not_there_is_said() {
    let rng = &mut release(SEED, 3);
    let (mut control, canary) = (series(rng, 750.0, 0.0, 300), series(rng, 750.0, 0.0, 300));
    for missing in control.iter_mut().step_by(3) {
        *missing = f64::NAN;
    }
    let config = config(&json!({"direction": "either", "mustHaveData": true}), &json!({"margin": 0.2}));
    let judged = judged(&config, [(&control, &canary), (&[], &canary)]);
    assert_eq!(judged.results[0].control_metadata.stats.count, 200);
    assert_eq!(
        (judged.results[0].classification, judged.results[1].classification),
        (Class::Pass, Class::NodataFailMetric)
    );
    // Nothing but zeros, and nothing but one value.
    let constant = super::series::judged(&config, [(&[0.0; 100], &[0.0; 100]), (&[5.0; 100], &[5.0; 100])]);
    assert!(constant.results[0].is_undecided, "0 has no tenth: {:?}", constant.results[0]);
    assert_eq!(constant.results[1].classification, Class::Pass);
    let from_nothing =
        super::series::judged(&config, [(&[0.0; 100], &[1.0; 100]), (&[0.0; 100], &[f64::INFINITY; 100])]);
    assert_eq!(
        (from_nothing.results[0].classification, from_nothing.results[1].classification),
        (Class::High, Class::NodataFailMetric)
    );
}

#[test]
fn what_a_metric_allows_goes_before_the_margin_of_all() {
    let rng = &mut release(SEED, 4);
    let (control, more) = (series(rng, 750.0, 0.0, 300), series(rng, 900.0, 0.0, 300));
    let allowed = |effect: f64| {
        let config =
            config(&json!({"direction": "increase", "effectSize": {"allowedIncrease": effect}}), &json!({}));
        judged(&config, [(&control, &more), (&control, &control)]).results[0].classification
    };
    assert_eq!((allowed(1.05), allowed(1.5)), (Class::High, Class::Pass));
    // What is said of this judge is nothing to the other one.
    let mut of_upstream = config(&json!({}), &json!({"alpha": 0}));
    of_upstream.judge.as_mut().unwrap().name = None;
    assert!(judge(&of_upstream, &[], THRESHOLDS, Quirks::KAYENTA).is_ok());
    for (judge, path) in [
        (json!({"alpha": 0}), "judge.judgeConfigurations.alpha"),
        (json!({"margin": "x"}), "judge.judgeConfigurations.margin"),
    ] {
        let config = config(&json!({}), &judge);
        let error =
            weir_judge::netflix::judgement::judge(&config, &[], THRESHOLDS, Quirks::KAYENTA).unwrap_err();
        assert!(error.to_string().contains(path), "{error}");
    }
}
