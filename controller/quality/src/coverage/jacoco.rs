//! JaCoCo's XML.
//!
//! ```text
//! <report> (<group>)* <package name="shop/basket">
//!   <sourcefile name="Basket.java"> <line nr mi ci mb cb>     instructions and branches, missed and covered
//! ```
//! <https://www.jacoco.org/jacoco/trunk/coverage/report.dtd>. A line is covered when one of its instructions was run, as JaCoCo's own counter of
//! lines has it. Classes and counters are not read: they say the same in sum. Classes that were compiled without debug information have no lines.

use crate::coverage::line::Line;
use crate::coverage::{Coverage, Root};
use crate::error::{Error, Fault};
use crate::source::{Limits, Source};
use crate::xml::{Document, Element, Token};

/// Reads a JaCoCo report.
///
/// # Errors
/// When it is no such report, or not all of it, with the place.
pub fn parse(source: Source<'_>, root: Root<'_>, limits: &Limits) -> Result<Coverage, Error> {
    let (mut document, _) = Document::open(source, limits, &["report"], "<report> of a JaCoCo report")?;
    let (mut coverage, mut package, mut path) = (Coverage::default(), String::new(), None::<String>);
    let mut depth = 1_usize;
    while depth > 0 {
        match document.next()? {
            Token::Text(_) => {}
            Token::End => depth -= 1,
            Token::Start(element) => {
                depth += 1;
                match element.name() {
                    "package" => (package, path) = (element.required("name")?, None),
                    "sourcefile" => {
                        let file = root.relative(&format!("{package}/{}", element.required("name")?));
                        let file =
                            if package.is_empty() { file.trim_start_matches('/').to_owned() } else { file };
                        coverage.file(&file, limits).map_err(|fault| element.error(fault))?;
                        path = Some(file);
                    }
                    "line" => {
                        let (number, line) = line(&element)?;
                        let lost = || {
                            element.error(Fault::Missing {
                                element: "line".to_owned(),
                                attribute: "<sourcefile>",
                            })
                        };
                        let path = path.as_ref().ok_or_else(lost)?;
                        coverage.add(path, number, line, limits).map_err(|fault| element.error(fault))?;
                    }
                    _ => {}
                }
            }
        }
    }
    document.close()?;
    Ok(coverage)
}

fn line(element: &Element<'_>) -> Result<(u32, Line), Error> {
    let missing = |attribute| element.error(Fault::Missing { element: "line".to_owned(), attribute });
    let number = element.number("nr")?.ok_or_else(|| missing("nr"))?;
    let covered: u64 = element.number("ci")?.ok_or_else(|| missing("ci"))?;
    let taken: u32 = element.number("cb")?.unwrap_or(0);
    let not_taken: u32 = element.number("mb")?.unwrap_or(0);
    Ok((number, Line::run(covered > 0).with_branches(taken, taken.saturating_add(not_taken))))
}
