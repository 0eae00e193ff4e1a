//! LCOV's trace files.
//!
//! ```text
//! TN:name                          a test; ignored
//! SF:src/a.js                      a file begins
//! DA:line,times[,checksum]         a line that can be run
//! BRDA:line,[e]block,branch,times  a branch; `-` for times: what it is in was never run
//! FN.. LF LH BRF BRH VER           functions, sums, versions: not read, the sums are made of the lines
//! end_of_record                    the file ends
//! ```
//! geninfo(1), "FILES": <https://manpages.debian.org/trixie/lcov/geninfo.1.en.html>.

use crate::coverage::line::Line;
use crate::coverage::{Coverage, Root};
use crate::error::{Error, Fault};
use crate::excerpt::quoted;
use crate::source::{Limits, Source};

const EXPECTED: &str = "a record of an LCOV trace file, such as \"SF:<path>\" or \"DA:<line>,<times>\"";

/// Records that are known and tell nothing that is kept.
const IGNORED: [&str; 16] = [
    "TN", "FN", "FNDA", "FNF", "FNH", "FNL", "FNA", "LF", "LH", "BRF", "BRH", "VER", "MCDC", "MCF", "MCH",
    "BA",
];

/// Reads a trace file.
///
/// # Errors
/// When a line is none of these, or the file ends within a record.
pub fn parse(source: Source<'_>, root: Root<'_>, limits: &Limits) -> Result<Coverage, Error> {
    let text = source.text(limits, "an LCOV trace file")?;
    let (mut coverage, mut open) = (Coverage::default(), None::<(String, usize)>);
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        let wrong = || source.error_in_line(number, Fault::Line { found: quoted(line), expected: EXPECTED });
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line == "end_of_record" {
            open.take().ok_or_else(wrong)?;
            continue;
        }
        let (key, value) = line.split_once(':').ok_or_else(wrong)?;
        if key == "SF" && open.is_none() && !value.trim().is_empty() {
            let path = root.relative(value);
            coverage.file(&path, limits).map_err(|fault| source.error_in_line(number, fault))?;
            open = Some((path, number));
            continue;
        }
        if IGNORED.contains(&key) {
            continue;
        }
        let (at, what) = record(key, value).ok_or_else(wrong)?;
        let (path, _) = open.as_ref().ok_or_else(wrong)?;
        coverage.add(path, at, what, limits).map_err(|fault| source.error_in_line(number, fault))?;
    }
    match open {
        Some((path, line)) => {
            Err(source.error(Fault::Cut { element: format!("SF:{}", quoted(&path)), line }))
        }
        None => Ok(coverage),
    }
}

/// A line's number, and what is said about it.
fn record(key: &str, value: &str) -> Option<(u32, Line)> {
    let (at, rest) = value.split_once(',')?;
    let at = at.trim().parse().ok()?;
    match key {
        "DA" => {
            let times = rest.split(',').next()?;
            Some((at, Line::run(times_of(times)?)))
        }
        "BRDA" => {
            // The branch may be an expression with commas in it.
            let (name, times) = rest.rsplit_once(',')?;
            let taken = times.trim() != "-" && times_of(times)?;
            name.contains(',').then(|| (at, Line::branch(name, taken)))
        }
        _ => None,
    }
}

/// Whether something was run at all. Old compilers count below 0, and large numbers are written as 1.2e+10.
fn times_of(text: &str) -> Option<bool> {
    let times: f64 = text.trim().parse().ok()?;
    times.is_finite().then_some(times > 0.0)
}
