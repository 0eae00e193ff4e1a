//! What steps tell about tests and sources: their files, kept with the attempt, and read again by whoever judges them.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Map, Value, json};
use weir_quality::{
    Coverage, Error, Limits, LintReport, Measures, Metric, Root, Source, TestReport, coverage, lint, report,
    show,
};
use weir_stages::work::Reports;

use super::{Outputs, kept};
use crate::attempt::Attempt;

/// Failed tests, files and findings that are shown of each kind.
const SHOWN: usize = 10;

/// The formats by the names of their folders, with the globs of a step.
fn formats(reports: &Reports) -> [(&'static str, &Vec<String>); 7] {
    let Reports { junit, tap, coverage, lint } = reports;
    [
        ("junit", junit),
        ("tap", tap),
        ("lcov", &coverage.lcov),
        ("cobertura", &coverage.cobertura),
        ("jacoco", &coverage.jacoco),
        ("eslint", &lint.eslint),
        ("checkstyle", &lint.checkstyle),
    ]
}

/// Copies the files of a step into its attempt. What comes back are formats of which there is no file.
pub(super) fn keep(workspace: &Path, attempt: &Attempt, reports: &Reports) -> io::Result<Vec<String>> {
    let mut missing = Vec::new();
    for (format, globs) in formats(reports).into_iter().filter(|(_, globs)| !globs.is_empty()) {
        let files = kept::matching(workspace, globs)?;
        // Of a linter that is not always there, as of one that has nothing to say, no file is a file that says nothing.
        if files.is_empty() && !matches!(format, "eslint" | "checkstyle") {
            missing.push(format!("{format} ({})", globs.join(", ")));
        }
        for path in files {
            let to = attempt.reports().join(format).join(&path);
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::copy(workspace.join(&path), to)?;
        }
    }
    Ok(missing)
}

/// All that was told, by how many steps it may be.
#[derive(Debug, Default)]
pub(super) struct Measured {
    tests: Option<TestReport>,
    coverage: Option<Coverage>,
    lint: Option<LintReport>,
}

/// Why a report says nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("a report cannot be read: {0}")]
    File(#[from] io::Error),
    #[error("{0}")]
    Report(#[from] Error),
}

impl Measured {
    /// Takes in what an attempt has told. `workspace` is where paths of coverage begin.
    pub(super) fn take(&mut self, attempt: &Attempt, workspace: &str) -> Result<(), Unreadable> {
        let (root, limits) = (Root::new(workspace), Limits::default());
        for (format, _) in formats(&Reports::default()) {
            let folder = attempt.reports().join(format);
            if !folder.is_dir() {
                continue;
            }
            for path in kept::matching(&folder, &["**".to_owned()])? {
                let (bytes, name) = (fs::read(folder.join(&path))?, path.to_string_lossy());
                self.read(format, Source::new(&name, &bytes), root, &limits)?;
            }
        }
        Ok(())
    }

    fn read(
        &mut self,
        format: &str,
        source: Source<'_>,
        root: Root<'_>,
        limits: &Limits,
    ) -> Result<(), Error> {
        match format {
            "junit" => {
                self.tests.get_or_insert_default().merge(report::junit::parse(source, limits)?, limits);
            }
            "tap" => self.tests.get_or_insert_default().merge(report::tap::parse(source, limits)?, limits),
            "eslint" => self.lint.get_or_insert_default().merge(lint::eslint::parse(source, limits)?, limits),
            "checkstyle" => {
                self.lint.get_or_insert_default().merge(lint::checkstyle::parse(source, limits)?, limits);
            }
            _ => {
                let read = match format {
                    "lcov" => coverage::lcov::parse(source, root, limits)?,
                    "cobertura" => coverage::cobertura::parse(source, root, limits)?,
                    _ => coverage::jacoco::parse(source, root, limits)?,
                };
                self.coverage.get_or_insert_default().merge(read, source, limits)?;
            }
        }
        Ok(())
    }

    /// What conditions ask about.
    pub(super) fn measures(&self) -> Measures {
        let mut measures = Measures::default();
        if let Some(tests) = &self.tests {
            measures = measures.with_tests(&tests.counts);
        }
        if let Some(coverage) = &self.coverage {
            measures = measures.with_coverage(&coverage.summary().totals);
        }
        if let Some(lint) = &self.lint {
            measures = measures.with_lint(lint);
        }
        measures
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        let tests = self.tests.iter().map(|tests| show::tests(tests, SHOWN));
        let coverage = self.coverage.iter().map(|coverage| show::coverage(&coverage.summary(), SHOWN));
        let lint = self.lint.iter().map(|lint| show::lint(lint, SHOWN));
        tests.chain(coverage).chain(lint).collect::<Vec<_>>().join("\n")
    }

    /// The same for later stages.
    pub(super) fn outputs(&self) -> Outputs {
        let measures = self.measures();
        let value = |metric: Metric| measures.value(metric).map(|value| json!(value.to_string()));
        let all = [
            ("tests", Metric::Tests),
            ("testFailures", Metric::TestFailures),
            ("testErrors", Metric::TestErrors),
            ("coverage", Metric::Coverage),
            ("lintErrors", Metric::LintErrors),
        ];
        let known = all.into_iter().filter_map(|(name, metric)| Some((name.to_owned(), value(metric)?)));
        known.collect::<Map<String, Value>>()
    }

    pub(super) fn has_lint(&self) -> bool {
        self.lint.is_some()
    }
}
