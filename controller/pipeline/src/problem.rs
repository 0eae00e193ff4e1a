//! What is wrong with a definition or a call: where, what, and how to mend it.

use std::fmt;

use serde::Serialize;

/// One problem. It reads as one sentence: `stages[2].needs[0]: there is no stage "Deplyo": did you mean "Deploy"?`
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The field, as a path from the definition's root.
    pub path: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub mend: String,
}

impl Problem {
    /// One of this place.
    #[must_use]
    pub fn new(path: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), mend: mend.into() }
    }

    /// The same, of a definition that stands in `field` of something larger.
    #[must_use]
    pub fn within(self, field: &str) -> Self {
        let path = match self.path.as_str() {
            "" => field.to_owned(),
            inner => format!("{field}.{inner}"),
        };
        Self { path, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}: {}", self.path, self.what, self.mend)
    }
}

impl std::error::Error for Problem {}

/// The one of `known` that `given` was probably meant to be.
#[must_use]
pub fn closest<'k>(given: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let folded = given.to_lowercase();
    let scored = known.into_iter().map(|word| (strsim::jaro_winkler(&folded, &word.to_lowercase()), word));
    let alike = scored.filter(|(score, _)| *score >= ALIKE);
    alike.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, word)| word)
}

/// More names than these help nobody.
const SHOWN: usize = 10;
/// Words less alike than this are two words: `test` and `deploy` are 0.4, `Deplyo` and `Deploy` are 0.97.
const ALIKE: f64 = 0.8;

/// What to do about a name that is not known.
#[must_use]
pub fn did_you_mean<'k>(given: &str, known: impl IntoIterator<Item = &'k str> + Clone) -> String {
    if let Some(word) = closest(given, known.clone()) {
        return format!("did you mean {word:?}?");
    }
    let names: Vec<String> = known.into_iter().take(SHOWN + 1).map(|name| format!("{name:?}")).collect();
    match names.get(..SHOWN) {
        _ if names.is_empty() => "there is none to choose from".to_owned(),
        Some(shown) if names.len() > SHOWN => format!("there are {} and more", shown.join(", ")),
        _ => format!("there is {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{closest, did_you_mean};

    #[test]
    fn a_slip_of_the_pen_is_told_from_another_word() {
        let known = ["Deploy homolog", "Deploy production", "Test"];
        assert_eq!(closest("Deploy prodution", known), Some("Deploy production"));
        assert_eq!(closest("deploy homolog", known), Some("Deploy homolog"));
        assert_eq!(closest("Build", known), None);
        assert_eq!(did_you_mean("Tst", known), "did you mean \"Test\"?");
        assert_eq!(did_you_mean("Build", ["a", "b"]), "there is \"a\", \"b\"");
        assert_eq!(did_you_mean("Build", []), "there is none to choose from");
        let many: Vec<String> = (10..30).map(|n| n.to_string()).collect();
        let told = did_you_mean("Build", many.iter().map(String::as_str));
        assert!(told.ends_with("\"19\" and more"), "{told}");
    }
}
