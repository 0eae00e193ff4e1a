//! What a gate asks about, with Sonar's names and Sonar's rounding.
//!
//! A share is rounded half up to one decimal before it is compared, as SonarQube does (`Measure.NewMeasureBuilder.create(value, decimalScale)`,
//! in `server/sonar-ce-task-projectanalysis`; one decimal is the default of its metrics). So 91.95 % is 92.0 % and is not less than 92, and what
//! is shown is what was compared.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::coverage::Totals;
use crate::lint::LintReport;
use crate::report::Counts;

/// A number that reports have. Definitions: <https://docs.sonarsource.com/sonarqube-server/user-guide/code-metrics/metrics-definition>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&str", try_from = "String")]
pub enum Metric {
    /// Covered lines and branches, in all lines and branches, percent.
    Coverage,
    /// Covered lines in all lines, percent.
    LineCoverage,
    /// Branches taken in all branches, percent.
    BranchCoverage,
    /// Tests that were run.
    Tests,
    /// Tests that failed.
    TestFailures,
    /// Tests that could not be run to their end.
    TestErrors,
    /// Tests that were not run.
    SkippedTests,
    /// Tests that passed, in those that were run, percent.
    TestSuccessDensity,
    /// Errors of linters.
    LintErrors,
    /// Warnings of linters.
    LintWarnings,
}

/// A number that was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// So many.
    Count(u64),
    /// A share, in tenths of a percent, 0 to 1,000.
    Share(u16),
}

/// What was measured. A metric that is not in it has no result, which is not the same as 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures(BTreeMap<Metric, Value>);

/// Somebody asks about what is not measured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {mend}")]
pub struct UnknownMetric {
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub mend: String,
}

const ALL: [Metric; 10] = [
    Metric::Coverage,
    Metric::LineCoverage,
    Metric::BranchCoverage,
    Metric::Tests,
    Metric::TestFailures,
    Metric::TestErrors,
    Metric::SkippedTests,
    Metric::TestSuccessDensity,
    Metric::LintErrors,
    Metric::LintWarnings,
];

impl Metric {
    /// Its key, which is Sonar's where Sonar has one.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Coverage => "coverage",
            Self::LineCoverage => "line_coverage",
            Self::BranchCoverage => "branch_coverage",
            Self::Tests => "tests",
            Self::TestFailures => "test_failures",
            Self::TestErrors => "test_errors",
            Self::SkippedTests => "skipped_tests",
            Self::TestSuccessDensity => "test_success_density",
            Self::LintErrors => "lint_errors",
            Self::LintWarnings => "lint_warnings",
        }
    }

    /// Whether it is a share, in percent, and not a count.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::Coverage | Self::LineCoverage | Self::BranchCoverage | Self::TestSuccessDensity)
    }
}

impl From<Metric> for &'static str {
    fn from(metric: Metric) -> Self {
        metric.key()
    }
}

impl TryFrom<String> for Metric {
    type Error = UnknownMetric;

    fn try_from(key: String) -> Result<Self, UnknownMetric> {
        key.parse()
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(key: &str) -> Result<Self, UnknownMetric> {
        ALL.into_iter().find(|metric| metric.key() == key).ok_or_else(|| {
            let written = crate::excerpt::quoted(key);
            UnknownMetric { what: format!("{written:?} is no metric that is measured"), mend: mend(key) }
        })
    }
}

/// Names less alike than this are two names.
const ALIKE: f64 = 0.8;

fn mend(written: &str) -> String {
    let shortened: String = written.to_lowercase().replace('-', "_").chars().take(64).collect();
    let scored = ALL.into_iter().map(|metric| (strsim::jaro_winkler(&shortened, metric.key()), metric.key()));
    match scored.filter(|(score, _)| *score >= ALIKE).max_by(|(a, _), (b, _)| a.total_cmp(b)) {
        Some((_, key)) => format!("did you mean {key:?}?"),
        None => format!("there is {}", ALL.map(Metric::key).join(", ")),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Share(tenths) if tenths % 10 == 0 => write!(f, "{} %", tenths / 10),
            Self::Share(tenths) => write!(f, "{}.{} %", tenths / 10, tenths % 10),
        }
    }
}

impl Value {
    /// So much of so much, rounded as Sonar does; `None`: of nothing.
    #[must_use]
    pub fn share(part: u64, whole: u64) -> Option<Self> {
        let (part, whole) = (u128::from(part.min(whole)), u128::from(whole));
        let tenths = (part * 2_000 + whole).checked_div(whole * 2)?;
        u16::try_from(tenths).ok().map(Self::Share)
    }
}

impl Measures {
    /// The value of a metric.
    #[must_use]
    pub fn value(&self, metric: Metric) -> Option<Value> {
        self.0.get(&metric).copied()
    }

    /// With what tests said.
    #[must_use]
    pub fn with_tests(mut self, counts: &Counts) -> Self {
        let run = counts.run();
        self.set(Metric::Tests, Some(Value::Count(run)));
        self.set(Metric::TestFailures, Some(Value::Count(counts.failed)));
        self.set(Metric::TestErrors, Some(Value::Count(counts.errored)));
        self.set(Metric::SkippedTests, Some(Value::Count(counts.skipped)));
        self.set(Metric::TestSuccessDensity, Value::share(counts.passed, run));
        self
    }

    /// With a coverage. Of no line at all there is no share.
    #[must_use]
    pub fn with_coverage(mut self, totals: &Totals) -> Self {
        let (covered, all) = totals.all();
        self.set(Metric::Coverage, Value::share(covered, all));
        self.set(Metric::LineCoverage, Value::share(totals.covered_lines, totals.lines));
        self.set(Metric::BranchCoverage, Value::share(totals.covered_branches, totals.branches));
        self
    }

    /// With what linters found.
    #[must_use]
    pub fn with_lint(mut self, lint: &LintReport) -> Self {
        self.set(Metric::LintErrors, Some(Value::Count(lint.errors)));
        self.set(Metric::LintWarnings, Some(Value::Count(lint.warnings)));
        self
    }

    fn set(&mut self, metric: Metric, value: Option<Value>) {
        self.0.extend(value.map(|value| (metric, value)));
    }
}
