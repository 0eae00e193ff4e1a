//! Cobertura's XML.
//!
//! ```text
//! <coverage> <sources> <source>/build/src
//!   <packages> <package> <classes> <class filename="a.js">
//!     <methods> <method> <lines> ..          the same lines once more, or not
//!     <lines> <line number hits branch="true" condition-coverage="50% (1/2)">
//! ```
//! <https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd>. The rates are not read. A file has several classes, and a line
//! stands in some of them: it is one line.

use crate::coverage::line::Line;
use crate::coverage::{Coverage, Root};
use crate::error::{Error, Fault};
use crate::excerpt::quoted;
use crate::source::{Limits, Source};
use crate::xml::{Document, Element, Token};

/// Reads a Cobertura report.
///
/// # Errors
/// When it is no such report, or not all of it, with the place.
pub fn parse(source: Source<'_>, root: Root<'_>, limits: &Limits) -> Result<Coverage, Error> {
    let (mut document, _) =
        Document::open(source, limits, &["coverage"], "<coverage> of a Cobertura report")?;
    let (mut coverage, mut directories, mut path) = (Coverage::default(), Vec::new(), None::<String>);
    // Elements that are open: the class whose lines come, and the root.
    let (mut depth, mut class_depth) = (1_usize, 0_usize);
    while depth > 0 {
        match document.next()? {
            Token::Text(_) => {}
            Token::End => {
                depth -= 1;
                if depth < class_depth {
                    (path, class_depth) = (None, 0);
                }
            }
            Token::Start(element) => {
                depth += 1;
                match element.name() {
                    "source" => {
                        directories.push(document.text()?.trim().to_owned());
                        depth -= 1;
                    }
                    "class" => {
                        let file = element.required("filename")?;
                        // Which of several directories a file is in cannot be told.
                        let directory = match directories.as_slice() {
                            [one] => Some(one.as_str()),
                            _ => None,
                        };
                        let file = root.relative_to(directory, &file);
                        coverage.file(&file, limits).map_err(|fault| element.error(fault))?;
                        (path, class_depth) = (Some(file), depth);
                    }
                    "line" => {
                        if let Some(path) = &path {
                            let (number, line) = line(&element)?;
                            coverage.add(path, number, line, limits).map_err(|fault| element.error(fault))?;
                        }
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
    let number = element.number("number")?.ok_or_else(|| missing("number"))?;
    let hits: i64 = element.number("hits")?.ok_or_else(|| missing("hits"))?;
    let line = Line::run(hits > 0);
    let Some(written) = element.attribute("condition-coverage")? else { return Ok((number, line)) };
    let wrong = || {
        let (field, found) = ("condition-coverage of <line>".to_owned(), quoted(&written));
        element.error(Fault::Value { field, found, expected: "\"50% (1/2)\"" })
    };
    let (taken, all) = conditions(&written).ok_or_else(wrong)?;
    Ok((number, line.with_branches(taken, all)))
}

/// `50% (1/2)`: one of two.
fn conditions(written: &str) -> Option<(u32, u32)> {
    let (_, counts) = written.split_once('(')?;
    let (taken, all) = counts.split_once(')')?.0.split_once('/')?;
    let (taken, all): (u32, u32) = (taken.trim().parse().ok()?, all.trim().parse().ok()?);
    (taken <= all).then_some((taken, all))
}
