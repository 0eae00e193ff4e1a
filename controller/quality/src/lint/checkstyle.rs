//! Checkstyle's XML, which ktlint, detekt, golangci-lint, phpcs, stylelint and others write too.
//!
//! `<checkstyle> <file name> <error line severity message source>`; severity is `error`, `warning`, `info` or `ignore`, and `error` where none is
//! written: <https://checkstyle.org/property_types.html#SeverityLevel>. Many leave out files without issues, so a report without files has no
//! issues. `<exception>`: the linter itself broke, which is an error.

use crate::error::{Error, Fault};
use crate::excerpt::quoted;
use crate::lint::{Issue, LintReport, Severity};
use crate::source::{Limits, Source};
use crate::xml::{Document, Element, Token};

/// Reads a Checkstyle report.
///
/// # Errors
/// When it is no such report, or not all of it, with the place.
pub fn parse(source: Source<'_>, limits: &Limits) -> Result<LintReport, Error> {
    let (mut document, _) =
        Document::open(source, limits, &["checkstyle"], "<checkstyle> of a Checkstyle report")?;
    let (mut report, mut file) = (LintReport::default(), String::new());
    let mut depth = 1_usize;
    while depth > 0 {
        match document.next()? {
            Token::Text(_) => {}
            Token::End => depth -= 1,
            Token::Start(element) => match element.name() {
                "file" => {
                    depth += 1;
                    file = element.required("name")?;
                }
                "error" => {
                    if let Some(severity) = severity(&element)? {
                        let line = element.number("line")?.filter(|line| *line > 0);
                        let rule = element.attribute("source")?.unwrap_or_default();
                        let message = element.attribute("message")?.unwrap_or_default();
                        report.add(Issue::new(&file, line, severity, &rule, &message, limits), limits);
                    }
                    document.skip()?;
                }
                "exception" => {
                    let text = document.text()?;
                    let first = text.trim().lines().next().unwrap_or("the linter broke");
                    report.add(Issue::new(&file, None, Severity::Error, "exception", first, limits), limits);
                }
                _ => document.skip()?,
            },
        }
    }
    document.close()?;
    Ok(report)
}

/// `None`: it is for information, or to be ignored.
fn severity(element: &Element<'_>) -> Result<Option<Severity>, Error> {
    let written = element.attribute("severity")?.unwrap_or_else(|| "error".to_owned());
    match written.to_ascii_lowercase().as_str() {
        "error" => Ok(Some(Severity::Error)),
        "warning" => Ok(Some(Severity::Warning)),
        "info" | "ignore" => Ok(None),
        _ => {
            let (field, found) = ("severity of <error>".to_owned(), quoted(&written));
            Err(element.error(Fault::Value { field, found, expected: "error, warning, info or ignore" }))
        }
    }
}
