//! The rights that the manifests give to the programs, one by one. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

/// One right of one program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Right {
    /// Its service account.
    pub(crate) account: String,
    /// What it may do.
    pub(crate) verb: String,
    /// API group of the resource.
    pub(crate) group: String,
    pub(crate) resource: String,
    /// Part of it.
    pub(crate) subresource: Option<String>,
    /// Only this one.
    pub(crate) name: Option<String>,
    /// Only there.
    pub(crate) namespace: Option<String>,
}

impl Right {
    /// In words: `weir-proxy may not list ingresses.networking.k8s.io`.
    pub(crate) fn lacking(&self) -> String {
        let Self { account, verb, group, resource, subresource, name, namespace } = self;
        let part = subresource.as_ref().map_or(String::new(), |part| format!("/{part}"));
        let group = if group.is_empty() { String::new() } else { format!(".{group}") };
        let name = name.as_ref().map_or(String::new(), |name| format!(" {name}"));
        let place = namespace.as_ref().map_or(String::new(), |namespace| format!(" in {namespace}"));
        format!("{account} may not {verb} {resource}{part}{group}{name}{place}")
    }
}

/// Every right that Roles and `ClusterRoles` among these objects give by the bindings among them.
pub(crate) fn rights<'o>(objects: impl Iterator<Item = &'o Value>, namespace: &str) -> Vec<Right> {
    let objects: Vec<&Value> = objects.collect();
    let text = |object: &'o Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let roles: BTreeMap<(&str, &str), &Value> = objects
        .iter()
        .filter_map(|object| Some(((text(object, "/kind")?, text(object, "/metadata/name")?), *object)))
        .collect();
    let mut rights = Vec::new();
    for binding in &objects {
        let place = match text(binding, "/kind") {
            Some("ClusterRoleBinding") => None,
            Some("RoleBinding") => Some(namespace),
            Some(_) | None => continue,
        };
        let role = text(binding, "/roleRef/kind").zip(text(binding, "/roleRef/name"));
        let Some(role) = role.and_then(|role| roles.get(&role)) else { continue };
        let Some(account) = text(binding, "/subjects/0/name") else { continue };
        for rule in role.get("rules").and_then(Value::as_array).into_iter().flatten() {
            rights.extend(of_rule(rule, account, place));
        }
    }
    rights.sort();
    rights.dedup();
    rights
}

fn of_rule(rule: &Value, account: &str, namespace: Option<&str>) -> Vec<Right> {
    let list = |field: &str| {
        let items = rule.get(field).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let names = list("resourceNames");
    let names: Vec<Option<String>> =
        if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
    let mut rights = Vec::new();
    for group in list("apiGroups") {
        for resource in list("resources") {
            let (resource, part) = match resource.split_once('/') {
                Some((resource, part)) => (resource.to_owned(), Some(part.to_owned())),
                None => (resource, None),
            };
            for verb in list("verbs") {
                rights.extend(names.iter().map(|name| Right {
                    account: account.to_owned(),
                    verb: verb.clone(),
                    group: group.clone(),
                    resource: resource.clone(),
                    subresource: part.clone(),
                    name: name.clone(),
                    namespace: namespace.map(str::to_owned),
                }));
            }
        }
    }
    rights
}

#[cfg(test)]
mod tests {
    use crate::install::manifests::{Wanted, objects};

    use super::rights;

    #[test]
    fn the_rights_of_the_manifests_are_found_one_by_one() {
        let wanted = Wanted {
            namespace: "edge".to_owned(),
            registry: String::new(),
            version: String::new(),
            extras: Vec::new(),
        };
        let objects = objects(&wanted).unwrap();
        let lacking: Vec<String> = rights(objects.iter(), "edge").iter().map(super::Right::lacking).collect();
        for expected in [
            "weir-proxy may not list ingresses.networking.k8s.io",
            "weir-proxy may not update leases.coordination.k8s.io weir-proxy in edge",
            "weir-controller may not patch canaries/status.weir.dev",
            "weir-controller may not create services",
        ] {
            assert!(lacking.iter().any(|found| found == expected), "{expected} in {lacking:#?}");
        }
    }
}
