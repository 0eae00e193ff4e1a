//! What the scores of an analysis decide.

/// Whether the canary passes, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether it passes.
    pub passed: bool,
    /// In upstream's words.
    pub message: String,
}

/// Whether a judgement in between ends the analysis: its score is not above `marginal`.
#[must_use]
pub fn stops(score: f64, marginal: f64) -> bool {
    score <= marginal
}

/// Decides by the last score.
#[must_use]
pub fn decide(scores: &[f64], pass: Option<f64>, marginal: Option<f64>) -> Decision {
    let decided = |passed, message: String| Decision { passed, message };
    let Some(&last) = scores.last() else {
        return decided(false, "There were no successful canary judgements to aggregate".to_owned());
    };
    match (pass, marginal) {
        (None, None) => decided(true, "No score thresholds were specified.".to_owned()),
        (_, Some(marginal)) if stops(last, marginal) => {
            decided(false, format!("Final canary score {last:?} is not above the marginal score threshold."))
        }
        (None, _) => decided(true, "No pass score threshold was specified.".to_owned()),
        (Some(pass), _) if last < pass => {
            decided(false, format!("Final canary score {last:?} is below the pass score threshold."))
        }
        (Some(_), _) => {
            decided(true, format!("Final canary score {last:?} met or exceeded the pass score threshold."))
        }
    }
}

/// Decides as Spinnaker's stage does, which reads scores and thresholds without their fractions and takes a threshold that is not there for 0.
#[must_use]
pub fn decide_as_stage(scores: &[f64], pass: Option<f64>, marginal: Option<f64>) -> Decision {
    let whole: Vec<f64> = scores.iter().map(|score| score.trunc()).collect();
    decide(&whole, Some(pass.unwrap_or(0.0).trunc()), Some(marginal.unwrap_or(0.0).trunc()))
}
