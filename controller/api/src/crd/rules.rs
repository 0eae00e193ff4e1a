//! What the API server refuses in a Canary, in CEL: what types cannot say and what needs no clock and no other object.
//!
//! Each rule says no more than the controller does, which refuses the same (`weir_rollout::Policy`), later and in the status. Rules stand here and not at
//! the types, because one of them is about several types.

use serde_json::{Map, Value, json};

/// A rule at a place of the schema.
struct Rule {
    /// Fields from the object's root, with dots; `[]` for the items of a list. Empty: the root.
    at: &'static str,
    /// In CEL; `self` is the value there.
    cel: &'static str,
    /// What is wrong, and how to mend it.
    message: &'static str,
}

/// Longest texts, in characters: without, the API server reckons with a megabyte of each, and takes no rule about it.
const LONGEST: [(&str, u64); 3] =
    [("spec.targetRef.name", 253), ("spec.service", 253), ("spec.release.image", 1024)];

const RULES: [Rule; 11] = [
    Rule {
        at: "",
        cel: "size(self.metadata.name) <= 63",
        message: "the name has more than 63 characters: pods of a release have it in a label, so give a shorter one",
    },
    Rule {
        at: "",
        cel: "!has(oldSelf.status) || !has(oldSelf.status.phase) || oldSelf.status.phase in ['Idle', 'Promoted', 'Aborted'] || (self.spec.targetRef == oldSelf.spec.targetRef && self.spec.service == oldSelf.spec.service)",
        message: "spec.targetRef and spec.service cannot change while a release goes on: abort it first (weir abort)",
    },
    Rule {
        at: "spec.targetRef",
        cel: "self.kind == 'Deployment' && self.apiVersion == 'apps/v1'",
        message: "only Deployments are released, as there can be a canary beside them: give kind Deployment and apiVersion apps/v1, or leave both out",
    },
    Rule {
        at: "spec.targetRef.name",
        cel: "size(self) > 0 && size(self) <= 244",
        message: "name the Deployment that is released; at most 244 characters, as its canary's name is longer",
    },
    Rule {
        at: "spec.service",
        cel: "size(self) <= 54 && self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        message: "name the Service whose requests are split: lower case letters, digits and '-', at most 54, as NAME-baseline has to be the name of a Service too",
    },
    Rule {
        at: "spec.release.image",
        cel: "self.matches('^[^ \\t\\n]+$')",
        message: "name the image to release, such as registry.example/shop:v2",
    },
    Rule {
        at: "spec.strategy.canary",
        cel: "has(self.ramp) != (has(self.steps) && size(self.steps) > 0)",
        message: "give either steps, such as [{setWeight: 10}, {analysis: {}}], or a ramp",
    },
    Rule {
        at: "spec.strategy.rollingBlueGreen.targetPercentages",
        cel: "self[size(self) - 1] == 100.0",
        message: "has to rise and end with 100, such as [25, 50, 75, 100]",
    },
    Rule {
        at: "spec.analysis.falseAbortPercent",
        cel: "self >= 0.001 && self <= 50.0",
        message: "give percent from 0.001 to 50: 1 aborts one sound release in a hundred at most",
    },
    Rule { at: "spec.analysis.errors", cel: TOLERATED, message: NOTHING_TOLERATED },
    Rule { at: "spec.analysis.latency", cel: TOLERATED, message: NOTHING_TOLERATED },
];

/// Shares of requests. Floats have no decimals: what is near enough to a hundredth is one.
const SHARES: [&str; 5] = [
    "spec.strategy.canary.steps[].setWeight",
    "spec.strategy.canary.steps[].setCanaryScale.weight",
    "spec.strategy.canary.ramp.from",
    "spec.strategy.canary.ramp.to",
    "spec.strategy.rollingBlueGreen.targetPercentages[]",
];
const TWO_DECIMALS: &str = "self * 100.0 - double(int(self * 100.0 + 0.5)) < 0.000001 && self * 100.0 - double(int(self * 100.0 + 0.5)) > -0.000001";
const NO_SHARE: &str = "give percent from 0 to 100 with at most two decimals, such as 5, 0.1 or 33.33";

const TOLERATED: &str = "(has(self.enabled) && !self.enabled) || self.tolerance.relativePercent > 0.0 || self.tolerance.absolutePercent > 0.0";
const NOTHING_TOLERATED: &str = "tolerance is nothing at all: no number of requests proves \"not worse by 0\", so no release would ever pass; give relativePercent or absolutePercent";

/// Writes the rules into the definition of Canary. Gives the places that its schema does not have.
pub(super) fn add(definition: &mut Value) -> Vec<&'static str> {
    let mut missing = Vec::new();
    let Some(schema) = definition.pointer_mut("/spec/versions/0/schema/openAPIV3Schema") else {
        return vec![""];
    };
    for (at, longest) in LONGEST {
        match place(schema, at) {
            Some(fields) => drop(fields.insert("maxLength".to_owned(), Value::from(longest))),
            None => missing.push(at),
        }
    }
    let shares = SHARES.map(|at| Rule { at, cel: TWO_DECIMALS, message: NO_SHARE });
    for Rule { at, cel, message } in RULES.into_iter().chain(shares) {
        match place(schema, at) {
            Some(fields) => validate(fields, cel, message),
            None => missing.push(at),
        }
    }
    match place(schema, "spec.strategy") {
        Some(strategy) => one_of_them(strategy),
        None => missing.push("spec.strategy"),
    }
    missing
}

/// A release goes by one strategy; which there are, the schema says.
fn one_of_them(strategy: &mut Map<String, Value>) {
    let properties = strategy.get("properties").and_then(Value::as_object);
    let names: Vec<String> = properties.into_iter().flat_map(Map::keys).cloned().collect();
    let given: Vec<String> = names.iter().map(|name| format!("has(self.{name})")).collect();
    let rule = format!("[{}].exists_one(given, given)", given.join(", "));
    validate(strategy, &rule, &format!("give exactly one strategy: {}", names.join(" or ")));
}

fn validate(fields: &mut Map<String, Value>, rule: &str, message: &str) {
    let rules = fields.entry("x-kubernetes-validations").or_insert_with(|| json!([]));
    if let Value::Array(rules) = rules {
        rules.push(json!({"rule": rule, "message": message}));
    }
}

/// The schema at a place.
fn place<'s>(schema: &'s mut Value, at: &str) -> Option<&'s mut Map<String, Value>> {
    let mut schema = schema;
    for part in at.split('.').filter(|part| !part.is_empty()) {
        let name = part.trim_end_matches("[]");
        schema = schema.get_mut("properties")?.get_mut(name)?;
        if name != part {
            schema = schema.get_mut("items")?;
        }
    }
    schema.as_object_mut()
}

#[cfg(test)]
mod tests {
    use kube::CustomResourceExt;

    use super::add;
    use crate::Canary;

    #[test]
    fn every_rule_has_its_place() {
        let mut definition = serde_json::to_value(Canary::crd()).unwrap();
        assert_eq!(add(&mut definition), [""; 0], "these fields are not there any more");
    }
}
