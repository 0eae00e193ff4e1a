//! Conditions on what the reports say, or `SonarQube`'s.

use serde::Deserialize;
use weir_pipeline::span::Span;
use weir_quality::gate::{Problem, WrittenCondition};

use super::finding::Finding;
use super::given;
use super::step::is_glob;

/// Conditions that the run has to meet: its own on the reports of the stages before, or those of `SonarQube`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Gate {
    /// On the reports of the stages before. Empty, and without `sonar`: coverage of 92 % (95 % without a warning), at least one test, none that fails, and no error of a linter that was run.
    pub conditions: Vec<WrittenCondition>,
    /// The gates of one analysis or more.
    pub sonar: Option<Sonar>,
    /// Whether a warning fails the stage.
    pub strict: bool,
}

/// Gates of `SonarQube`, by the files that its scanner leaves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sonar {
    /// Globs of `report-task.txt` files; each is a project, and any that fails fails the stage.
    #[serde(default = "report_tasks")]
    pub reports: Vec<String>,
    /// Its address. Default: the secret's `url`.
    #[serde(default, deserialize_with = "given")]
    pub server: Option<String>,
    /// Secret with `token`, `url` where `server` is not given, and `webhook` where `SonarQube` calls `/hooks/sonarqube`.
    #[serde(default, deserialize_with = "given")]
    pub secret: Option<String>,
    /// How long the analysis may take. Default: five minutes.
    #[serde(default = "five_minutes")]
    pub within: Span,
}

fn report_tasks() -> Vec<String> {
    vec!["**/.scannerwork/report-task.txt".to_owned()]
}

const fn five_minutes() -> Span {
    Span::minutes(5)
}

impl Gate {
    pub(super) fn check(&self) -> Vec<Finding> {
        let problems = weir_quality::Gate::parse(&self.conditions).err().unwrap_or_default();
        let mut found: Vec<Finding> = problems
            .into_iter()
            .map(|Problem { path, what, mend }| Finding::new(path, what, mend).about(&["error", "warning"]))
            .collect();
        let reports = self.sonar.iter().flat_map(|sonar| sonar.reports.iter().enumerate());
        found.extend(reports.filter_map(|(index, glob)| is_glob(format!("sonar.reports[{index}]"), glob)));
        if self.sonar.as_ref().is_some_and(|sonar| sonar.reports.is_empty()) {
            found.push(Finding::new("sonar.reports", "there is none", "give a glob, or leave it out"));
        }
        found
    }
}
