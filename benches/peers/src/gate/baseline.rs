//! The baseline: figures that were recorded, what they may not exceed, and the functions that they consist of.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::gate::environment::Environment;
use crate::gate::figures::Measured;
use crate::gate::profile;

/// Functions that are recorded, dearest first. The many cheap ones would only make the file long.
const RECORDED: usize = 100;

/// A file of the repository.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Baseline {
    /// `YYYY-MM-DD`.
    pub(super) date: String,
    pub(super) environment: Environment,
    /// By name.
    pub(super) figures: BTreeMap<String, Figure>,
    /// Instructions of one request by function, for the figures that say where they come from.
    pub(super) functions: BTreeMap<String, BTreeMap<String, f64>>,
}

/// A figure and its limits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Figure {
    /// As it was recorded.
    pub(super) value: f64,
    /// More above the value than this fails. Without it only the ceiling counts, as for differences and for what should be nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tolerance_percent: Option<f64>,
    /// Above this it fails, whatever was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ceiling: Option<f64>,
    /// A ceiling that was not met when the figure was recorded; it is told, and does not fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) goal: Option<f64>,
}

impl Baseline {
    /// Reads it.
    pub(super) fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Writes it.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// The same limits around what was measured. A goal that is met becomes a ceiling, so that it stays met.
    #[must_use]
    pub(super) fn recorded(&self, measured: &Measured, environment: Environment, date: String) -> Self {
        let figure = |(name, value): (&&'static str, &f64)| {
            let old = self.figures.get(*name).cloned();
            let mut figure =
                old.unwrap_or_else(|| Figure { tolerance_percent: Some(2.0), ..Figure::default() });
            figure.value = rounded(*value, 1_000.0);
            if let Some(goal) = figure.goal.filter(|goal| figure.value <= *goal) {
                figure.ceiling = Some(figure.ceiling.map_or(goal, |ceiling| ceiling.min(goal)));
                figure.goal = None;
            }
            ((*name).to_owned(), figure)
        };
        let functions = measured.profiles.iter().map(|(name, profile)| {
            let dear = profile::dearest(&profile.functions).into_iter().take(RECORDED);
            let dear = dear.map(|(name, cost)| (name.to_owned(), rounded(cost, 10.0)));
            ((*name).to_owned(), dear.collect())
        });
        let (figures, functions) = (measured.figures.iter().map(figure).collect(), functions.collect());
        Self { date, environment, figures, functions }
    }
}

fn rounded(value: f64, parts: f64) -> f64 {
    // Adding zero leaves no negative zero, which a difference easily is.
    (value * parts).round() / parts + 0.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Baseline, Measured};
    use crate::gate::profile::Profile;

    const TEXT: &str = r#"{"date": "2026-01-01", "environment": {"rustc": "r", "libc": "l", "valgrind": "v", "cpu": "c"}, "figures": {
        "a": {"value": 1, "tolerancePercent": 3, "goal": 50}, "b": {"value": 1, "goal": 50}, "gone": {"value": 1}}, "functions": {}}"#;

    #[test]
    fn recording_keeps_the_limits_and_a_goal_that_is_met_becomes_a_ceiling() {
        let old: Baseline = serde_json::from_str(TEXT).unwrap();
        let functions = BTreeMap::from([("dear".to_owned(), 5.04), ("cheap".to_owned(), 4.0)]);
        let measured = Measured {
            figures: BTreeMap::from([("a", 40.0), ("b", 60.1264), ("new", -0.0)]),
            profiles: BTreeMap::from([("a", Profile { functions, ..Profile::default() })]),
        };
        let new = old.recorded(&measured, old.environment.clone(), "2026-02-02".into());
        assert_eq!(
            serde_json::to_value(new).unwrap(),
            serde_json::json!({
                "date": "2026-02-02", "environment": {"rustc": "r", "libc": "l", "valgrind": "v", "cpu": "c"},
                "figures": {
                    "a": {"value": 40.0, "tolerancePercent": 3.0, "ceiling": 50.0},
                    "b": {"value": 60.126, "goal": 50.0},
                    "new": {"value": 0.0, "tolerancePercent": 2.0},
                },
                "functions": {"a": {"cheap": 4.0, "dear": 5.0}},
            })
        );
    }
}
