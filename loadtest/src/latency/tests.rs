//! The texts that are read and refused, and that draws have the quantiles that were asked for.

use rand::{SeedableRng, rngs::SmallRng};

use super::*;

fn parse(text: &str) -> Latency {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> String {
    text.parse::<Latency>().expect_err(text).to_string()
}

/// The quantiles, in milliseconds, of 200,000 draws.
fn quantiles(text: &str, at: &[usize]) -> Vec<f64> {
    let latency = parse(text);
    let mut rng = SmallRng::seed_from_u64(7);
    let mut draws: Vec<f64> = (0..200_000).map(|_| latency.sample(&mut rng).as_secs_f64() * 1e3).collect();
    draws.sort_by(f64::total_cmp);
    at.iter().map(|per_mille| draws[per_mille * 200]).collect()
}

fn assert_near(actual: f64, expected: f64, relative: f64) {
    assert!((actual / expected - 1.0).abs() < relative, "{actual} is not within {relative} of {expected}");
}

#[test]
fn a_distribution_reads_back_as_it_is_shown() {
    for text in [
        "0",
        "12ms",
        "normal(12ms,2ms)",
        "lognormal(p50=12ms,p99=48ms)",
        "95%:lognormal(p50=11.4ms,p99=40ms),5%:normal(95ms,10ms)",
        "50%:0,49.9%:1ms,0.1%:2s",
    ] {
        assert_eq!(parse(text).to_string(), text);
    }
    assert_eq!(parse(" 95% : 1ms , 5%:normal(1ms, 2ms)").to_string(), "95%:1ms,5%:normal(1ms,2ms)");
}

#[test]
fn a_refusal_names_the_part_that_is_wrong() {
    assert!(refused("12").starts_with("\"12\" is not a duration"));
    assert!(refused("pareto(1ms,2ms)").starts_with("unknown distribution \"pareto\""));
    assert_eq!(refused("normal(12ms,2ms"), "\"normal(12ms,2ms\" lacks its closing parenthesis");
    assert_eq!(
        refused("normal(12ms)"),
        "\"normal(12ms)\" needs exactly two parameters: normal(MEAN,DEVIATION)"
    );
    assert!(refused("lognormal(12ms,48ms)").contains("needs p50= and p99="));
    assert!(refused("lognormal(p50=48ms,p99=12ms)").ends_with("p99 not below p50"));
    assert!(refused("95%:1ms,2ms").starts_with("\"2ms\" needs a share in front"));
    assert_eq!(refused("95%:1ms,4%:2ms"), "the shares add up to 99.0000 %, not 100 %");
    assert!(refused("95%%:1ms,5%:2ms").starts_with("\"95%%\" is not a share"));
}

#[test]
fn lognormal_draws_have_the_p50_and_p99_that_were_asked_for() {
    let [p50, p99] = quantiles("lognormal(p50=12ms,p99=48ms)", &[500, 990])[..] else { unreachable!() };
    assert_near(p50, 12.0, 0.01);
    assert_near(p99, 48.0, 0.03);
}

#[test]
fn normal_draws_have_the_mean_and_deviation_and_never_fall_below_zero() {
    let [p16, p50, p84] = quantiles("normal(12ms,2ms)", &[159, 500, 841])[..] else { unreachable!() };
    assert_near(p50, 12.0, 0.01);
    assert_near(p84 - p16, 4.0, 0.02);
    assert_near(quantiles("normal(1ms,10ms)", &[100])[0] + 1.0, 1.0, 1e-9);
}

#[test]
fn a_mixture_draws_from_each_part_by_its_share() {
    let [p94, p96] = quantiles("95%:10ms,5%:100ms", &[945, 955])[..] else { unreachable!() };
    assert_near(p94, 10.0, 1e-9);
    assert_near(p96, 100.0, 1e-9);
}
