//! The Kayenta-compatible judge against recorded cases of upstream, from the file that `WEIR_JUDGE_VECTORS` names.

#![expect(clippy::panic, reason = "a class that nobody knows ends the test")]

use std::collections::BTreeMap;

use serde_json::Value;
use weir_judge::netflix::bounds::{crossing, quantile, searched};
use weir_judge::netflix::classify::classify_by_means;
use weir_judge::netflix::clean::{Detector, NanStrategy};
use weir_judge::netflix::comparison::{Class, Comparison, Level};
use weir_judge::netflix::effect::{Measure, cohen_d};
use weir_judge::netflix::options::{Direction, Options, Thresholds, at, number};
use weir_judge::netflix::percentile::{percentile, sorted};
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::{Scored, score};
use weir_judge::netflix::shift::Shift;
use weir_judge::netflix::summary::Summary;

use crate::recorded::{assert_near, cases, float, floats, tolerance};

fn sides(case: &Value) -> (Vec<f64>, Vec<f64>) {
    (floats(&case["input"]["control"]), floats(&case["input"]["experiment"]))
}

fn direction(value: &Value) -> Direction {
    match value.as_str() {
        Some("increase") => Direction::Increase,
        Some("decrease") => Direction::Decrease,
        _ => Direction::Either,
    }
}

#[test]
fn every_recorded_metric_gets_its_class() {
    let Some(cases) = cases("classify_metric") else { return };
    for case in &cases {
        let input = &case["input"];
        let (control, experiment) = sides(case);
        let thresholds = |group: &str, kind: &str| Thresholds {
            increase: float(&input[group][format!("{kind}Increase")]),
            decrease: float(&input[group][format!("{kind}Decrease")]),
        };
        let options = Options {
            direction: direction(&input["direction"]),
            nan: if input["nanStrategy"] == "replace" { NanStrategy::Replace } else { NanStrategy::Remove },
            critical: input["critical"] == true,
            must_have_data: input["mustHaveData"] == true,
            measure: if input["effectSizeMeasure"] == "cles" { Measure::Cles } else { Measure::MeanRatio },
            allowed: thresholds("effectSizeThresholds", "allowed"),
            critical_from: thresholds("criticalThresholds", "critical"),
            ..Options::default()
        };
        let level = Level {
            tolerance: float(&input["tolerance"]),
            confidence: float(&input["confLevel"]),
            quirks: Quirks::KAYENTA,
        };
        let comparison =
            Comparison { name: "m", control: &control, experiment: &experiment, options: &options, level };
        let found = comparison.classify();
        let expect = &case["expect"];
        if let Some(class) = expect["classification"].as_str() {
            assert_eq!(format!("{:?}", found.class), class, "{}: {found:?}", case["name"]);
        }
        if let Some(critical) = expect["critical"].as_bool() {
            assert_eq!(found.critical, critical, "{}", case["name"]);
        }
        if expect["reasonNonEmpty"] == true {
            assert!(found.reason.is_some_and(|reason| !reason.is_empty()), "{}", case["name"]);
        }
        if !expect["deviation"].is_null() {
            assert_near(case, "ratio", found.ratio.unwrap(), &expect["deviation"], 1e-9);
        }
    }
}

#[test]
fn means_alone_are_compared_as_recorded() {
    let Some(cases) = cases("mean_inequality_classify") else { return };
    for case in &cases {
        let (control, experiment) = sides(case);
        let found = classify_by_means(&control, &experiment, direction(&case["input"]["direction"]));
        assert_eq!(found, class(&case["expect"]["classification"]), "{}", case["name"]);
    }
}

#[test]
fn intervals_and_estimates_are_those_of_upstream_and_of_r() {
    let Some(cases) = cases("mann_whitney_ci") else { return };
    for case in &cases {
        let (control, experiment) = sides(case);
        let shift = Shift::new(&experiment, &control).unwrap();
        let found = searched(&shift, float(&case["input"]["confLevel"])).unwrap();
        let expect = &case["expect"];
        assert_near(case, "low", found.low, &expect["ciLow"], tolerance(case));
        assert_near(case, "high", found.high, &expect["ciHigh"], tolerance(case));
        let of_estimate = expect["estimateAbsTol"].as_f64().unwrap_or(tolerance(case));
        assert_near(case, "estimate", found.estimate, &expect["estimate"], of_estimate);
    }
}

#[test]
fn the_statistic_is_that_of_r_at_every_point_that_was_recorded() {
    let Some(cases) = cases("wilcoxon_diff") else { return };
    for case in &cases {
        let input = &case["input"];
        let shift = Shift::new(&floats(&input["x"]), &floats(&input["y"])).unwrap();
        let found = shift.statistic(float(&input["mu"])).unwrap() - float(&input["quantile"]);
        assert_near(case, "W", found, &case["expect"]["value"], tolerance(case));
    }
    for case in &self::cases("normal_quantile").unwrap() {
        // The lower quantile of p is minus the two-sided one of confidence 1 - 2p.
        let found = -quantile(1.0 - 2.0 * float(&case["input"]["p"]));
        assert_near(case, "quantile", found, &case["expect"]["value"], tolerance(case));
        assert_near(case, "quantile", found, &case["computed"]["value"], 1e-12);
    }
}

#[test]
fn intermediate_values_are_those_of_r() {
    let Some(cases) = cases("mann_whitney_intermediate") else { return };
    for case in &cases {
        let (input, expect) = (&case["input"], &case["expect"]);
        let shift = Shift::new(&floats(&input["x"]), &floats(&input["y"])).unwrap();
        let (lower, upper) = shift.range();
        let z = quantile(float(&input["confLevel"]));
        let at = |d: f64, level: f64| shift.statistic(d).unwrap() - level;
        for (name, found) in [
            ("muMin", lower),
            ("muMax", upper),
            ("zqLower", z),
            ("wMuMinMinusZqLower", at(lower, z)),
            ("wMuMaxMinusZqLower", at(upper, z)),
            ("wMuMinMinusZqUpper", at(lower, -z)),
            ("wMuMaxMinusZqUpper", at(upper, -z)),
            ("ciLow", crossing(&shift, z).unwrap()),
            ("ciHigh", crossing(&shift, -z).unwrap()),
            ("estimate", crossing(&shift, 0.0).unwrap()),
        ] {
            assert_near(case, name, found, &expect[name], tolerance(case));
        }
    }
}

#[test]
fn effects_statistics_percentiles_and_cleaning_are_as_recorded() {
    let Some(ratios) = cases("effect_size_mean_ratio") else { return };
    for case in &ratios {
        let (control, experiment) = sides(case);
        let found = Measure::MeanRatio.of(&experiment, &control);
        assert_near(case, "ratio", found, &case["expect"]["value"], tolerance(case));
    }
    for case in &cases("effect_size_cles").unwrap() {
        let (control, experiment) = sides(case);
        let found = Measure::Cles.of(&experiment, &control);
        assert_near(case, "cles", found, &case["expect"]["value"], tolerance(case));
    }
    for case in &cases("effect_size_cohen_d").unwrap() {
        let (control, experiment) = sides(case);
        let found = cohen_d(&experiment, &control);
        assert_near(case, "d", found.abs(), &case["expect"]["value"], tolerance(case));
    }
    for case in &cases("summary_stats").unwrap() {
        let found = Summary::of(&floats(&case["input"]["data"]));
        let expect = &case["expect"];
        for (name, value) in
            [("min", found.min), ("max", found.max), ("mean", found.mean), ("std", found.std)]
        {
            if !expect[name].is_null() {
                assert_near(case, name, value, &expect[name], tolerance(case));
            }
        }
        assert_eq!(expect["count"].as_u64(), Some(found.count as u64), "{}", case["name"]);
    }
    for case in &cases("percentile_r7").unwrap() {
        let data = sorted(&floats(&case["input"]["data"]));
        let found = percentile(&data, float(&case["input"]["p"])).unwrap();
        assert_near(case, "percentile", found, &case["expect"]["value"], tolerance(case));
    }
}

fn detector(input: &Value) -> Detector {
    match input["method"].as_str() {
        Some("ksigma") => Detector::Deviations(float(&input["k"])),
        _ => Detector::Quartiles {
            factor: float(&input["factor"]),
            keeps_percentiles: input["reduceSensitivity"] == true,
        },
    }
}

#[test]
fn outliers_and_missing_samples_are_taken_out_as_recorded() {
    let Some(detected) = cases("outlier_detect") else { return };
    for case in &detected {
        let found = detector(&case["input"]).mask(&floats(&case["input"]["data"]));
        let expected: Vec<bool> =
            case["expect"]["mask"].as_array().unwrap().iter().map(|is| is == true).collect();
        assert_eq!(found, expected, "{}", case["name"]);
    }
    for case in &cases("outlier_remove").unwrap() {
        let found = detector(&case["input"]).remove(&floats(&case["input"]["data"]));
        assert_eq!(found, floats(&case["expect"]["data"]), "{}", case["name"]);
    }
    for (kind, strategy) in [("remove_nan", NanStrategy::Remove), ("replace_nan", NanStrategy::Replace)] {
        for case in &cases(kind).unwrap() {
            let found = strategy.apply(&floats(&case["input"]["data"]));
            assert_eq!(found, floats(&case["expect"]["data"]), "{}", case["name"]);
        }
    }
}

#[test]
fn options_are_looked_up_as_upstream_does() {
    let Some(found) = cases("map_get") else { return };
    for case in &found {
        let path: Vec<&str> =
            case["input"]["path"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let found = at(&case["input"]["data"], &path).unwrap_or(Value::Null);
        assert_eq!(found, case["expect"]["value"], "{}", case["name"]);
    }
    for case in &cases("map_get_double").unwrap() {
        let path: Vec<&str> =
            case["input"]["path"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let found = number(&case["input"]["data"], &path, float(&case["input"]["default"])).unwrap();
        assert_near(case, "number", found, &case["expect"]["value"], 0.0);
    }
}

fn class(name: &Value) -> Class {
    match name.as_str().unwrap() {
        "Pass" => Class::Pass,
        "High" => Class::High,
        "Low" => Class::Low,
        "Nodata" => Class::Nodata,
        "NodataFailMetric" => Class::NodataFailMetric,
        "Error" => Class::Error,
        other => panic!("class {other}"),
    }
}

#[test]
fn every_recorded_score_is_met() {
    let Some(cases) = cases("score") else { return };
    for case in &cases {
        let results = case["input"]["results"].as_array().unwrap();
        let groups: Vec<Vec<String>> =
            results.iter().map(|result| serde_json::from_value(result["groups"].clone()).unwrap()).collect();
        let results: Vec<Scored<'_>> = results
            .iter()
            .zip(&groups)
            .map(|(result, groups)| Scored {
                is_undecided: false,
                class: class(&result["classification"]),
                reason: result["reason"].as_str(),
                critical: result["critical"] == true,
                muted: result["muted"] == true,
                groups,
            })
            .collect();
        let weights: BTreeMap<String, f64> =
            serde_json::from_value(case["input"]["groupWeights"].clone()).unwrap();
        let found = score(&results, &weights, Quirks::KAYENTA);
        let expect = &case["expect"];
        assert_near(case, "score", found.score, &expect["summaryScore"], 0.0);
        if let Some(prefix) = expect["reasonPrefix"].as_str() {
            assert!(found.reason.starts_with(prefix), "{}: {}", case["name"], found.reason);
        }
        for (name, expected) in expect["groupScores"].as_object().into_iter().flatten() {
            let group = found.groups.iter().find(|group| group.name == *name).unwrap();
            assert_near(case, name, group.score, expected, 1e-9);
        }
    }
}
