//! What the judge asks, read from `spec.analysis`.

use weir_api::canary::Analysis;
use weir_judge::{Criteria, Criterion, Margin};

use super::PolicyError;

/// What the judge asks where a Canary has this analysis.
///
/// # Errors
/// Names the first field that cannot be followed.
pub fn parse_criteria(analysis: &Analysis) -> Result<Criteria, PolicyError> {
    let Analysis {
        false_abort_percent,
        errors,
        latency,
        min_requests,
        dry_run: _,
        breaker: _,
        failure_budget: _,
        metrics: _,
    } = analysis;
    if !(0.001..=50.0).contains(false_abort_percent) {
        let problem =
            format!("{false_abort_percent} is not a usable chance: give percent from 0.001 to 50, such as 1");
        return Err(PolicyError::new("spec.analysis.falseAbortPercent", problem));
    }
    Ok(Criteria {
        alpha: false_abort_percent / 100.0,
        min_requests: *min_requests,
        errors: criterion(errors, "spec.analysis.errors")?,
        latency: criterion(latency, "spec.analysis.latency")?,
    })
}

fn criterion(given: &weir_api::canary::Criterion, field: &str) -> Result<Option<Criterion>, PolicyError> {
    let weir_api::canary::Criterion { enabled, margin, tolerance } = given;
    let margin = self::margin(margin, &format!("{field}.margin"))?;
    let tolerance = self::margin(tolerance, &format!("{field}.tolerance"))?;
    if *enabled && tolerance.relative + tolerance.absolute <= 0.0 {
        let problem = "is nothing at all: no number of requests proves \"not worse by 0\", so no release would ever pass";
        return Err(PolicyError::new(format!("{field}.tolerance"), problem));
    }
    Ok(enabled.then_some(Criterion { margin, tolerance }))
}

fn margin(given: &weir_api::canary::Margin, field: &str) -> Result<Margin, PolicyError> {
    let weir_api::canary::Margin { relative_percent, absolute_percent } = given;
    for (name, value, most) in
        [("relativePercent", relative_percent, 1e6), ("absolutePercent", absolute_percent, 100.0)]
    {
        if !(0.0..=most).contains(value) {
            return Err(PolicyError::new(
                format!("{field}.{name}"),
                format!("{value} is not a number from 0 to {most}"),
            ));
        }
    }
    Ok(Margin { relative: relative_percent / 100.0, absolute: absolute_percent / 100.0 })
}
