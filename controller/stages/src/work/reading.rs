//! Fields as what a stage does: before and after their expressions have values.
//!
//! A field that is not what it has to be but has an expression may become it. It is set aside and the rest is read, until nothing is left to complain about.

mod place;

use serde_json::{Map, Value};
use weir_pipeline::Problem;

use super::Does;
use super::finding::Finding;
use crate::typed::{self, Misread};
use place::Place;

/// Most fields that are set aside before the rest is left for the start of the stage: each of them costs another reading.
const MOST_ASIDE: usize = 64;

/// What the stage does.
///
/// # Errors
/// The first field that is not what it has to be.
pub(super) fn whole(kind: &str, fields: &Value) -> Result<Does, Problem> {
    let written = under(kind, fields);
    let does: Does = typed::read(&written)?;
    match does.check().into_iter().next() {
        Some(finding) => {
            let place = Place::of_field(kind, &finding.field);
            Err(finding.at(place.to_string()))
        }
        None => Ok(does),
    }
}

/// What the stage does, as far as its fields have values; `None`: it cannot be known yet.
///
/// # Errors
/// Every field that is not what it has to be, whatever its expressions become.
pub(super) fn as_far_as_possible(kind: &str, fields: &Value) -> Result<Option<Does>, Vec<Problem>> {
    let written = under(kind, fields);
    let mut rest = written.clone();
    let mut problems = Vec::new();
    for _ in 0..MOST_ASIDE {
        let misread = match typed::read::<Does>(&rest) {
            Ok(does) => {
                problems.extend(findings(kind, &does, &rest, &written));
                return if problems.is_empty() { Ok(Some(does)) } else { Err(problems) };
            }
            Err(misread) => misread,
        };
        let place = Place::of_path(&misread.path, &rest);
        let removed = place.within(&rest);
        if !is_excused(&misread, &place, &written, kind) {
            let wrong = misread.wrong;
            problems.push(Problem::new(place.to_string(), wrong.what, wrong.mend));
        }
        if !removed.set_aside(&mut rest) {
            break;
        }
    }
    if problems.is_empty() { Ok(None) } else { Err(problems) }
}

/// Whether an expression may still mend it, or it only follows from what was set aside.
fn is_excused(misread: &Misread, place: &Place, written: &Value, kind: &str) -> bool {
    let follows = misread.wrong.missing.is_some_and(|key| place.then(key).is_in(written));
    // The engine has to know who decides before anything can be evaluated.
    follows || kind != "judgment" && (place.has_expression(written) || place.has_expression_as_key(written))
}

fn findings<'a>(
    kind: &'a str,
    does: &Does,
    rest: &'a Value,
    written: &'a Value,
) -> impl Iterator<Item = Problem> + use<'a> {
    does.check().into_iter().filter_map(move |finding| {
        let place = Place::of_field(kind, &finding.field).original(rest);
        let is_told = finding.is_certain || !may_change(&finding, &place, rest, written);
        is_told.then(|| finding.at(place.to_string()))
    })
}

/// Whether what a finding is about has an expression, or has been set aside.
fn may_change(finding: &Finding, place: &Place, rest: &Value, written: &Value) -> bool {
    let mut about = finding.about.iter().map(|key| place.then(key));
    place.has_expression(written)
        || place.has_expression_as_key(written)
        || about.any(|place| place.has_expression(written) || (place.is_in(written) && !place.is_in(rest)))
}

fn under(kind: &str, fields: &Value) -> Value {
    Value::Object(Map::from_iter([(kind.to_owned(), fields.clone())]))
}
