//! What is compared with what, and where it is measured.

use std::collections::BTreeMap;

use weir_judge::kayenta::plan::Window;
use weir_judge::kayenta::query::Scope;
use weir_judge::netflix::config::{CanaryConfig, Metric};
use weir_judge::netflix::quirks::Quirks;
use weir_judge::netflix::score::ScoreThresholds;

use super::AnalysisError;

/// Name of the scope of a metric that names none.
const DEFAULT_SCOPE: &str = "default";

/// Where both sides of a comparison are measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Production's, or the baseline's.
    pub control: Scope,
    /// The canary's.
    pub experiment: Scope,
    /// When.
    pub times: Times,
    /// Between two samples, seconds.
    pub step_seconds: i64,
}

/// When both sides of a comparison are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// In the window that is judged, the control so much earlier.
    Judged {
        /// How much, milliseconds.
        control_earlier_millis: i64,
    },
    /// Each in a window of its own, whichever is judged.
    Own {
        /// Production's, or the baseline's.
        control: Window,
        /// The canary's.
        experiment: Window,
    },
}

impl Place {
    /// The windows of the control and of the canary, where `window` is judged.
    #[must_use]
    pub fn windows(&self, window: Window) -> (Window, Window) {
        match self.times {
            Times::Judged { control_earlier_millis } => (window.earlier(control_earlier_millis), window),
            Times::Own { control, experiment } => (control, experiment),
        }
    }
}

/// What is compared, and by which rules.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Metrics, groups and weights.
    pub config: CanaryConfig,
    /// By the name that a metric's `scopeName` has.
    pub places: BTreeMap<String, Place>,
    /// From which scores on it passes, and does not fail.
    pub thresholds: ScoreThresholds,
    /// Whose verdict, where the config says nothing.
    pub quirks: Quirks,
}

/// The name of the scope that a metric is measured in.
#[must_use]
pub fn scope_of(metric: &Metric) -> &str {
    metric.scope_name.as_deref().unwrap_or(DEFAULT_SCOPE)
}

impl Compared {
    /// Where a metric is measured.
    pub(super) fn place(&self, number: usize, metric: &Metric) -> Result<&Place, AnalysisError> {
        let name = scope_of(metric);
        self.places.get(name).ok_or_else(|| AnalysisError::Scope {
            number,
            name: name.to_owned(),
            known: self.places.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }
}
