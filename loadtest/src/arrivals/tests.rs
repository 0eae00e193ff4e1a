//! Exact counts, ramps that integrate, and the mean and variance of Poisson arrivals.

use proptest::prelude::*;

use super::*;

fn even(stages: &[&str]) -> Schedule {
    let stages = stages.iter().map(|text| text.parse().unwrap()).collect();
    Schedule { stages, spacing: Spacing::Even, limit: None }
}

fn poisson(stages: &[&str], seed: u64) -> Schedule {
    Schedule { spacing: Spacing::Poisson { seed }, ..even(stages) }
}

fn seconds(schedule: &Schedule) -> Vec<f64> {
    schedule.arrivals().map(|at| at.as_secs_f64()).collect()
}

#[test]
fn a_constant_rate_gives_exactly_rate_times_duration_evenly_from_zero() {
    let at = seconds(&even(&["10s:100"]));
    assert_eq!(at.len(), 1000);
    for (number, at) in at.iter().enumerate() {
        assert!((at - number as f64 / 100.0).abs() < 1e-9, "arrival {number} at {at}");
    }
    assert_eq!(even(&["30s:0.1"]).arrivals().count(), 3);
    assert_eq!(even(&["1h:7000"]).arrivals().count(), 25_200_000);
}

#[test]
fn a_ramp_integrates_to_its_mean_rate_and_is_densest_where_it_is_fastest() {
    let at = seconds(&even(&["30s:100..500"]));
    assert_eq!(at.len(), 9000);
    let before = |time: f64| at.partition_point(|&at| at < time) as f64;
    for time in [5.0, 10.0, 20.0, 29.0] {
        let expected = 100.0 * time + 400.0 / 30.0 * time * time / 2.0;
        assert!((before(time) - expected).abs() <= 1.0, "{} arrivals before {time} s", before(time));
    }
}

#[test]
fn stages_follow_each_other_without_a_gap_or_a_burst() {
    let schedule = even(&["1s:100", "2s:0", "1s:50", "1s:50..0"]);
    let at = seconds(&schedule);
    assert_eq!(at.len(), 100 + 50 + 25);
    assert_eq!(at.iter().filter(|&&at| (1.0..3.0 - 1e-9).contains(&at)).count(), 0);
    assert!(at.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(schedule.duration(), Duration::from_secs(5));
}

#[test]
fn a_limit_ends_the_schedule_early() {
    let schedule = Schedule { limit: Some(7), ..even(&["10s:100"]) };
    assert_eq!(schedule.arrivals().count(), 7);
}

#[test]
fn poisson_gaps_have_the_mean_and_the_variance_of_an_exponential() {
    let seed = 42;
    let at = seconds(&poisson(&["1000s:100"], seed));
    let gaps: Vec<f64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    assert!((mean * 100.0 - 1.0).abs() < 0.02, "seed {seed}: mean gap {mean} s");
    assert!((variance.sqrt() / mean - 1.0).abs() < 0.02, "seed {seed}: deviation {}", variance.sqrt());
}

#[test]
fn poisson_counts_vary_as_much_as_their_mean_and_follow_a_ramp() {
    let at = seconds(&poisson(&["2000s:10..30"], 9));
    let count = |from: f64| at.iter().filter(|&&at| (from..from + 1.0).contains(&at)).count() as f64;
    let relative: Vec<f64> = (0..2000)
        .map(f64::from)
        .map(|second| {
            (count(second) - (10.0 + (second + 0.5) / 100.0)) / (10.0 + (second + 0.5) / 100.0).sqrt()
        })
        .collect();
    let mean = relative.iter().sum::<f64>() / 2000.0;
    let variance = relative.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 2000.0;
    assert!(mean.abs() < 0.1, "standardised mean {mean}");
    assert!((variance - 1.0).abs() < 0.15, "standardised variance {variance}");
}

#[test]
fn a_seed_fixes_the_sequence() {
    assert_eq!(seconds(&poisson(&["10s:50"], 3)), seconds(&poisson(&["10s:50"], 3)));
    assert_ne!(seconds(&poisson(&["10s:50"], 3)), seconds(&poisson(&["10s:50"], 4)));
}

#[test]
fn a_stage_that_cannot_be_is_refused_with_the_form_that_is_right() {
    for text in ["30s", "30s:fast", "30s:1..", "x:10", "30:10", "30s:-1", "30s:1..inf", "30s:NaN"] {
        assert!(text.parse::<Stage>().is_err(), "{text}");
    }
    assert!("30s".parse::<Stage>().unwrap_err().to_string().contains("30s:100..500"));
    assert_eq!("90s:100..500".parse::<Stage>().unwrap().to_string(), "90s:100..500");
}

proptest! {
    #[test]
    fn arrivals_are_ordered_inside_the_schedule_and_as_many_as_the_rate_integrates_to(
        stages in prop::collection::vec((1_u64..5_000, 0_u32..400, 0_u32..400), 1..5),
    ) {
        let stages: Vec<Stage> = stages
            .into_iter()
            .map(|(millis, from, to)| Stage::new(Duration::from_millis(millis), f64::from(from), f64::from(to)).unwrap())
            .collect();
        let expected: f64 = stages.iter().map(Stage::mass).sum();
        let schedule = Schedule { stages, spacing: Spacing::Even, limit: None };
        let at = seconds(&schedule);
        prop_assert!((at.len() as f64 - expected.ceil()).abs() <= 1.0, "{} arrivals, {expected} expected", at.len());
        prop_assert!(at.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!(at.iter().all(|&at| at <= schedule.duration().as_secs_f64() + 1e-9));
    }
}
