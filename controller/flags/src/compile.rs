//! From a flag as it is written to one that can be evaluated, or every problem of it at once.

mod checks;
mod conditions;
mod rules;
mod variants;

use serde_json::Value;

use crate::flag::Flag;
use crate::flags::ObjectName;
use crate::problem::Problem;
use crate::spec::{FlagSpec, State};
use checks::Checks;
use rules::Scope;

/// Longest key, in bytes: as long as the name of an object may be.
const LONGEST_KEY: usize = 253;
/// Most rules of a flag.
const MOST_RULES: usize = 100;
/// Names in metadata that begin so are ours.
pub(crate) const OURS: &str = "weir.";

impl Flag {
    /// Checks the flag of an object, whose name is the key where the flag has none, and whose namespace is that of Canaries without one.
    pub fn new(spec: FlagSpec, object: &ObjectName) -> Result<Self, Vec<Problem>> {
        let mut checks = Checks::default();
        let key = spec.key.unwrap_or_else(|| object.name.clone());
        keys(&key, &spec.aliases, &mut checks);
        let (kind, variants) = variants::compile(spec.kind, spec.variants, &mut checks);
        let default =
            spec.default_variant.and_then(|name| checks.variant("defaultVariant", &name, &variants));
        if spec.rules.len() > MOST_RULES {
            let what = format!("there are {}", spec.rules.len());
            checks.problem(
                "rules",
                what,
                format!("{MOST_RULES} are the most: list values in one rule's `in`"),
            );
            return Err(checks.problems);
        }
        let scope = Scope { key: &key, object, variants: &variants, default: default.as_ref() };
        let rules = rules::compile(spec.rules, &scope, &mut checks);
        let metadata =
            spec.metadata.into_iter().filter(|(name, value)| told(name, value, &mut checks)).collect();
        let enabled = match spec.state {
            State::Enabled => true,
            State::Disabled => false,
        };
        match kind {
            Some(kind) if checks.problems.is_empty() => {
                Ok(Self { key, aliases: spec.aliases, kind, enabled, default, rules, metadata })
            }
            _ => Err(checks.problems),
        }
    }
}

fn keys(key: &str, aliases: &[String], checks: &mut Checks) {
    is_key("key".to_owned(), key, checks);
    for (index, alias) in aliases.iter().enumerate() {
        let path = format!("aliases[{index}]");
        if alias == key || aliases.iter().take(index).any(|before| before == alias) {
            checks.problem(path.as_str(), format!("{alias:?} is there twice"), "leave one out");
        }
        is_key(path, alias, checks);
    }
}

fn is_key(path: String, key: &str, checks: &mut Checks) {
    let what = match key {
        "" => "is empty".to_owned(),
        key if key.len() > LONGEST_KEY => format!("has {} bytes", key.len()),
        key if key.trim() != key => format!("{key:?} has blanks around it"),
        key if key.contains(char::is_control) => format!("{key:?} has control characters"),
        _ => return,
    };
    checks.problem(path, what, format!("give what programs ask for, at most {LONGEST_KEY} bytes"));
}

fn told(name: &str, value: &Value, checks: &mut Checks) -> bool {
    let path = || format!("metadata.{name}");
    if name.starts_with(OURS) {
        checks.problem(path(), format!("names with `{OURS}` are Weir's own"), "give it another name");
        return false;
    }
    let is_told = matches!(value, Value::Bool(_) | Value::Number(_) | Value::String(_));
    if !is_told {
        checks.problem(path(), "the protocol has no such metadata", "give a text, a number, true or false");
    }
    is_told
}
