//! What comes of a gate: each condition, a project, and several projects.

use serde::Serialize;

/// How one condition ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It holds.
    Ok,
    /// It holds, and barely.
    Warn,
    /// It does not hold.
    Error,
    /// There is nothing to compare. The built-in gate fails then; SonarQube does not.
    NoValue,
}

/// What a gate says in all, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// All conditions hold.
    Ok,
    /// Some of them barely.
    Warn,
    /// Nothing was asked: no conditions, no gate, no analysis.
    None,
    /// Some of them do not.
    Error,
}

/// Which verdicts that are neither good nor bad let a pipeline go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `WARN` passes; usually it does.
    pub warning_passes: bool,
    /// `NONE` passes; usually it does not, since no result is no pass.
    pub none_passes: bool,
}

/// One condition and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConditionResult {
    /// The metric's key.
    pub metric: String,
    /// How it ended.
    pub status: Status,
    /// The value, with its unit; none: nothing was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// All of it in words.
    pub sentence: String,
}

/// What a gate says about a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProjectResult {
    /// The project's name or key.
    pub project: String,
    /// In all.
    pub verdict: Verdict,
    /// Each condition.
    pub conditions: Vec<ConditionResult>,
    /// What else is to be known, as sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What a gate says about several projects: it is passed when all of them pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateResult {
    /// The worst.
    pub verdict: Verdict,
    /// Each of them.
    pub projects: Vec<ProjectResult>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { warning_passes: true, none_passes: false }
    }
}

impl Verdict {
    /// Whether a pipeline may go on.
    #[must_use]
    pub const fn passes(self, policy: Policy) -> bool {
        match self {
            Self::Ok => true,
            Self::Warn => policy.warning_passes,
            Self::None => policy.none_passes,
            Self::Error => false,
        }
    }
}

impl ProjectResult {
    /// With a condition that has no value being an error.
    pub(super) fn new(project: &str, conditions: Vec<ConditionResult>) -> Self {
        let verdict = conditions.iter().map(|condition| match condition.status {
            Status::Ok => Verdict::Ok,
            Status::Warn => Verdict::Warn,
            Status::Error | Status::NoValue => Verdict::Error,
        });
        let verdict = verdict.max().unwrap_or(Verdict::None);
        let nothing = "the gate has no conditions, so nothing was asked".to_owned();
        let notes = if conditions.is_empty() { vec![nothing] } else { Vec::new() };
        Self { project: project.to_owned(), verdict, conditions, notes }
    }
}

impl GateResult {
    /// Of several projects; of none there is no verdict.
    #[must_use]
    pub fn of(projects: Vec<ProjectResult>) -> Self {
        let verdict = projects.iter().map(|project| project.verdict).max().unwrap_or(Verdict::None);
        Self { verdict, projects }
    }
}
