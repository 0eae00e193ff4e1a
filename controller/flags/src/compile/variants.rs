//! Values and their one type.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::checks::{Checks, Variants};
use crate::flag::Variant;
use crate::spec::Kind;

/// Most variants of a flag.
const MOST_VARIANTS: usize = 100;

pub(super) fn compile(
    stated: Option<Kind>,
    values: BTreeMap<String, Value>,
    checks: &mut Checks,
) -> (Option<Kind>, Variants) {
    if values.is_empty() || values.len() > MOST_VARIANTS {
        let what = format!("there are {}", values.len());
        checks.problem("variants", what, format!("give from one to {MOST_VARIANTS} values by name"));
    }
    let mut kinds = Vec::with_capacity(values.len());
    for (name, value) in &values {
        if name.is_empty() {
            checks.problem("variants", "one has no name", "give it one");
        }
        match Kind::of(value) {
            Some(kind) => kinds.push((name.as_str(), kind)),
            None => checks.problem(
                format!("variants.{name}"),
                if value.is_null() { "is null" } else { "is a list" },
                "the protocol has booleans, texts, numbers and objects: put a list into an object",
            ),
        }
    }
    let kind = match stated {
        Some(stated) => {
            for (name, kind) in kinds.iter().filter(|(_, kind)| !fits(*kind, stated)) {
                let what = format!("is {}, and `type` is {}", kind.as_str(), stated.as_str());
                checks.problem(format!("variants.{name}"), what, "change one of them");
            }
            Some(stated)
        }
        None => inferred(&kinds, checks),
    };
    let variants = values.into_iter().map(|(name, value)| (name.clone(), Arc::new(Variant { name, value })));
    (kind, variants.collect())
}

/// A number without a fraction is a number: JSON does not tell 1 and 1.0 apart.
fn fits(kind: Kind, stated: Kind) -> bool {
    kind == stated || (kind == Kind::Integer && stated == Kind::Float)
}

fn inferred(kinds: &[(&str, Kind)], checks: &mut Checks) -> Option<Kind> {
    let (owner, widest) = kinds.iter().find(|(_, kind)| *kind == Kind::Float).or(kinds.first())?;
    if let Some((name, kind)) = kinds.iter().find(|(_, kind)| !fits(*kind, *widest)) {
        let what = format!("{owner} is {}, and {name} is {}", widest.as_str(), kind.as_str());
        checks.problem("variants", what, "give all of them one type");
        return None;
    }
    Some(*widest)
}
