//! What a step tells about tests and sources, by files that it writes.

use serde::Deserialize;

/// Globs of the files that a step writes about itself, by their formats.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Reports {
    /// Tests, as `JUnit`'s XML.
    pub junit: Vec<String>,
    /// Tests, by the Test Anything Protocol.
    pub tap: Vec<String>,
    /// Lines and branches that tests reach.
    pub coverage: Coverage,
    /// What linters found.
    pub lint: Lint,
}

/// By the formats of coverage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Coverage {
    /// `lcov.info`.
    pub lcov: Vec<String>,
    /// Cobertura's XML.
    pub cobertura: Vec<String>,
    /// `JaCoCo`'s XML.
    pub jacoco: Vec<String>,
}

/// By the formats of linters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Lint {
    /// `ESLint`'s JSON.
    pub eslint: Vec<String>,
    /// Checkstyle's XML.
    pub checkstyle: Vec<String>,
}

impl Reports {
    /// Every glob, with its field.
    pub(super) fn globs(&self) -> impl Iterator<Item = (String, &String)> {
        let Self { junit, tap, coverage, lint } = self;
        let Coverage { lcov, cobertura, jacoco } = coverage;
        let Lint { eslint, checkstyle } = lint;
        let all = [
            ("junit", junit),
            ("tap", tap),
            ("coverage.lcov", lcov),
            ("coverage.cobertura", cobertura),
            ("coverage.jacoco", jacoco),
            ("lint.eslint", eslint),
            ("lint.checkstyle", checkstyle),
        ];
        all.into_iter().flat_map(|(field, globs)| {
            let globs = globs.iter().enumerate();
            globs.map(move |(index, glob)| (format!("reports.{field}[{index}]"), glob))
        })
    }

    /// Whether it writes none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.globs().next().is_none()
    }
}
