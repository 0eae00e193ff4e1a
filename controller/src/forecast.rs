//! What each step of a Canary can tell at a rate of requests. Pure.

use std::time::Duration;

use serde::Serialize;
use weir_api::{CanarySpec, Share};
use weir_judge::forecast::{Forecast, Rates};
use weir_rollout::policy::{Policy, PolicyError, Step, Until};

/// An equal canary that passes later than this is said not to.
const MOST: Duration = Duration::from_hours(24);

/// What one wait of a release can tell, by itself: what earlier ones told comes on top.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepForecast {
    /// The step, from 1 on.
    pub step: usize,
    /// The canary's share meanwhile.
    pub weight: Share,
    /// Requests a second that the canary gets.
    pub canary_requests_per_second: f64,
    /// Longest time that it takes, seconds; `None`: until somebody ends it.
    pub seconds: Option<f64>,
    /// Whether it waits for the judge to pass the canary.
    pub waits_for_pass: bool,
    /// Seconds until a typical canary that is as good as its control passes; `None`: not within a day.
    pub passes_after_seconds: Option<f64>,
    /// Least share of errors that fails a typical canary in that time; `None`: not even nothing but errors.
    pub least_errors: Option<f64>,
    /// Least share of requests that have to be slower than nearly all of the control's.
    pub least_slow: Option<f64>,
}

/// What the steps of a Canary can tell where `rate` requests a second come, of which the share `errors` fails now.
///
/// # Errors
/// The Canary cannot be followed.
pub fn forecast(spec: &CanarySpec, rate: f64, errors: f64) -> Result<Vec<StepForecast>, PolicyError> {
    let policy = Policy::parse(spec)?;
    let mut weight = Share::ZERO;
    let mut steps = Vec::new();
    for (index, step) in policy.steps().iter().enumerate() {
        let (time, waits_for_pass) = match step {
            Step::SetWeight(share) => {
                weight = *share;
                continue;
            }
            Step::SetCanaryScale(_) | Step::SetRoute(_) => continue,
            Step::Analysis(analysis) => (Some(analysis.max), true),
            Step::Pause(pause) => match pause.until {
                Until::Elapsed(time) => (Some(time), false),
                Until::Requests(_) | Until::Somebody => (pause.expiry.map(|expiry| expiry.after), false),
            },
        };
        if weight == Share::ZERO {
            continue;
        }
        steps.push(of_step(&policy, (index.saturating_add(1), weight), time, waits_for_pass, (rate, errors)));
    }
    Ok(steps)
}

fn of_step(
    policy: &Policy,
    (step, weight): (usize, Share),
    time: Option<Duration>,
    waits_for_pass: bool,
    (rate, errors): (f64, f64),
) -> StepForecast {
    let rates = rates(policy, weight, rate);
    let forecast = Forecast { criteria: policy.criteria().clone(), rates, errors };
    let within = time.unwrap_or(MOST).min(MOST).as_secs_f64();
    StepForecast {
        step,
        weight,
        canary_requests_per_second: rates.canary,
        seconds: time.map(|time| time.as_secs_f64()),
        waits_for_pass,
        passes_after_seconds: forecast.seconds_until_pass(MOST.as_secs_f64()),
        least_errors: forecast.least_errors(within),
        least_slow: forecast.least_slow(within),
    }
}

fn rates(policy: &Policy, weight: Share, rate: f64) -> Rates {
    let of = |basis_points: u16| rate * f64::from(basis_points) / 10_000.0;
    let baseline = policy.baseline_weight(weight);
    let stable = weight.rest().basis_points().saturating_sub(baseline.basis_points());
    let canary = of(weight.basis_points());
    if baseline == Share::ZERO {
        return Rates { control: of(stable), canary, stable: 0.0 };
    }
    Rates { control: of(baseline.basis_points()), canary, stable: of(stable) }
}

#[cfg(test)]
mod tests {
    use weir_api::manifest;

    use super::forecast;
    use crate::catalog::Catalog;

    const CANARY: &str = "apiVersion: weir.dev/v1alpha1
kind: Canary
metadata: {name: shop, namespace: test}
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop}
  service: shop
  strategy: {canary: {steps: [{setWeight: 5}, {analysis: {maxDuration: 5m}}, {setWeight: 50}, {pause: {duration: 1m}}, {pause: {}}]}}
";

    #[test]
    fn each_wait_is_told_of_with_its_weight_and_more_traffic_shows_less() {
        let parsed = manifest::parse("canary.yaml", CANARY);
        let catalog = Catalog::new(parsed.objects, &parsed.problems);
        assert_eq!(catalog.problems, Vec::<String>::new());
        let spec = &catalog.canaries.values().next().unwrap().spec;
        let told = forecast(spec, 200.0, 0.005).unwrap();
        let shown: Vec<_> = told.iter().map(|one| (one.step, one.weight.to_string(), one.seconds)).collect();
        let expected = [(2, "5 %", Some(300.0)), (4, "50 %", Some(60.0)), (5, "50 %", None)];
        assert_eq!(shown, expected.map(|(step, weight, time)| (step, weight.to_owned(), time)));
        assert_eq!(told.iter().map(|one| one.waits_for_pass).collect::<Vec<_>>(), [true, false, false]);
        let busy = forecast(spec, 2_000.0, 0.005).unwrap();
        for (few, many) in told.iter().zip(&busy) {
            assert!(few.least_errors.unwrap() > many.least_errors.unwrap(), "{few:?} {many:?}");
            assert!(few.passes_after_seconds.unwrap() > many.passes_after_seconds.unwrap());
        }
        assert_eq!(forecast(spec, 0.0, 0.005).unwrap()[0].least_errors, None);
    }
}
