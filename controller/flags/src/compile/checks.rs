//! Problems as they are found.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::flag::Variant;
use crate::problem::Problem;

/// Variants by their names.
pub(super) type Variants = BTreeMap<String, Arc<Variant>>;

/// More names than these help nobody.
const SHOWN: usize = 10;
/// Words less alike than this are two words.
const ALIKE: f64 = 0.8;

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Checks {
    pub(super) problems: Vec<Problem>,
}

impl Checks {
    pub(super) fn problem(
        &mut self,
        path: impl Into<String>,
        what: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.problems.push(Problem::new(path, what, mend));
    }

    /// The variant of this name; a problem where there is none.
    pub(super) fn variant(&mut self, path: &str, name: &str, variants: &Variants) -> Option<Arc<Variant>> {
        let variant = variants.get(name);
        if variant.is_none() {
            self.problem(path, format!("there is no variant {name:?}"), instead_of(name, variants));
        }
        variant.cloned()
    }
}

/// What was probably meant. kubectl reads a key `on` as `true` (YAML 1.1), so that one is found under another name than it was written.
fn instead_of(name: &str, variants: &Variants) -> String {
    let as_boolean = match name {
        "on" | "yes" => "true",
        "off" | "no" => "false",
        _ => "",
    };
    if variants.contains_key(as_boolean) {
        return format!(
            "{as_boolean:?} is what some readers of YAML make of {name}: put it in quotes in `variants`"
        );
    }
    let scored = variants
        .keys()
        .map(|known| (strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase()), known));
    let closest = scored.filter(|(score, _)| *score >= ALIKE).max_by(|(a, _), (b, _)| a.total_cmp(b));
    if let Some((_, known)) = closest {
        return format!("did you mean {known:?}?");
    }
    let known: Vec<&str> = variants.keys().take(SHOWN).map(String::as_str).collect();
    match known.as_slice() {
        [] => "there are none".to_owned(),
        known => format!("there are {}", known.join(", ")),
    }
}
