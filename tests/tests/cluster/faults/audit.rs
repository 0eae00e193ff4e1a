//! What the controller asked of the API server, by the server's own log.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::installed::{Installed, NAMESPACE, until};

/// One request that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) verb: String,
    pub(crate) group: String,
    /// With its subresource, as roles write it.
    pub(crate) resource: String,
    pub(crate) namespace: String,
    /// Of the object, where it is about one.
    pub(crate) name: String,
    pub(crate) status: u64,
}

/// Group, resource, verb.
pub(crate) type Right = (String, String, String);

impl Request {
    /// What it did: a patch of what was not there makes it.
    pub(crate) fn verb(&self) -> &str {
        if self.verb == "patch" && self.status == 201 { "create" } else { &self.verb }
    }

    /// What it needed: to make something by a patch, both rights.
    pub(crate) fn rights(&self) -> impl Iterator<Item = Right> {
        let verbs = BTreeSet::from([self.verb.as_str(), self.verb()]);
        verbs.into_iter().map(|verb| (self.group.clone(), self.resource.clone(), verb.to_owned()))
    }

    /// Whether the controller may do it now: an API server that has just started refuses some that it may.
    pub(crate) fn is_allowed(&self, installed: &Installed) -> bool {
        let right = (self.group.clone(), self.resource.clone(), self.verb().to_owned());
        may(installed, &self.namespace, &right, &self.name)
    }

    /// Whether it changed something, or would have.
    pub(crate) fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch")
    }
}

/// All requests of the controller so far that were answered; of watches, their beginnings.
pub(crate) fn of_controller(installed: &Installed) -> Vec<Request> {
    let user = format!("system:serviceaccount:{NAMESPACE}:weir-controller");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let audit = installed.node.audit();
    // The line that is being written is left out.
    let events = audit.lines().map_while(|line| serde_json::from_str::<Value>(line).ok());
    let answered = events.filter(|event| {
        let stage = if event["verb"] == "watch" { "ResponseStarted" } else { "ResponseComplete" };
        event["user"]["username"] == user.as_str()
            && (event["stage"] == stage || event["responseStatus"]["code"] == 403)
    });
    answered
        .map(|event| {
            let object = &event["objectRef"];
            let resource = match object["subresource"].as_str() {
                Some(subresource) => format!("{}/{subresource}", text(&object["resource"])),
                None => text(&object["resource"]),
            };
            Request {
                verb: text(&event["verb"]),
                group: text(&object["apiGroup"]),
                resource,
                namespace: text(&object["namespace"]),
                name: text(&object["name"]),
                status: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
            }
        })
        .collect()
}

/// Whether the API server lets the controller use a right in a namespace, on the object `name` or, where that is empty, on all.
fn may(installed: &Installed, namespace: &str, (group, resource, verb): &Right, name: &str) -> bool {
    let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
    let object = format!("{resource}.{group}").trim_end_matches('.').to_owned();
    let object = if name.is_empty() { object } else { format!("{object}/{name}") };
    let user = format!("--as=system:serviceaccount:{NAMESPACE}:weir-controller");
    let subresource = format!("--subresource={subresource}");
    let within =
        if namespace.is_empty() { "--all-namespaces".to_owned() } else { format!("--namespace={namespace}") };
    let ask = ["auth", "can-i", verb, &object, &subresource, &user, &within];
    // It exits with an error where the answer is no.
    installed.cluster.kubectl(ask).is_ok()
}

/// Every right that the controller has for reading and releasing.
pub(crate) fn allowed(installed: &Installed) -> BTreeSet<Right> {
    Role::all(installed).iter().flat_map(Role::rights).collect()
}

/// The roles for reading and for releasing. What is for the lease and for the certificate is used before there is anything to release.
const ROLES: [&str; 2] = ["weir-controller", "weir-controller-release"];

/// A role of [`ROLES`] that is bound to the controller's service account.
pub(crate) struct Role {
    /// As kubectl takes it: kind and name.
    name: String,
    rules: Value,
}

impl Role {
    /// All of them.
    pub(crate) fn all(installed: &Installed) -> Vec<Self> {
        let read = |what: &str| -> Value {
            serde_json::from_str(&installed.kubectl(&["get", what, "-o", "json"])).unwrap()
        };
        let mut roles = Vec::new();
        for (bindings, kind) in [("clusterrolebindings", "clusterrole"), ("rolebindings", "role")] {
            for binding in read(bindings)["items"].as_array().unwrap() {
                let mut subjects = binding["subjects"].as_array().into_iter().flatten();
                let is_ours = subjects
                    .any(|subject| subject["name"] == "weir-controller" && subject["namespace"] == NAMESPACE);
                let role = binding["roleRef"]["name"].as_str().unwrap();
                if is_ours && ROLES.contains(&role) {
                    let name = format!("{kind}/{role}");
                    let given = read(&name)["rules"].clone();
                    roles.push(Self { name, rules: given });
                }
            }
        }
        roles
    }

    /// Each single right that it gives.
    pub(crate) fn rights(&self) -> Vec<Right> {
        let texts = |value: &Value| -> Vec<String> {
            let texts = value.as_array().into_iter().flatten();
            texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let mut rights = Vec::new();
        for rule in self.rules.as_array().into_iter().flatten() {
            for group in texts(&rule["apiGroups"]) {
                for resource in texts(&rule["resources"]) {
                    let verbs = texts(&rule["verbs"]).into_iter();
                    rights.extend(verbs.map(|verb| (group.clone(), resource.clone(), verb)));
                }
            }
        }
        rights
    }

    /// Takes one right away, until the result is dropped.
    pub(crate) fn without<'r>(&'r self, installed: &'static Installed, right: &Right) -> Without<'r> {
        let others = self.rights().into_iter().filter(|other| other != right);
        let rule =
            |(group, resource, verb)| json!({"apiGroups": [group], "resources": [resource], "verbs": [verb]});
        let without = Without { role: self, installed, right: right.clone() };
        without.set(&others.map(rule).collect(), false);
        without
    }
}

/// A right that is taken away.
pub(crate) struct Without<'r> {
    role: &'r Role,
    installed: &'static Installed,
    right: Right,
}

impl Without<'_> {
    fn give(&self, rules: &Value) -> anyhow::Result<String> {
        let patch = json!([{"op": "replace", "path": "/rules", "value": rules}]).to_string();
        let patch = ["patch", &self.role.name, "--type=json", "--patch", &patch];
        self.installed.cluster.kubectl([&["--namespace", NAMESPACE][..], &patch].concat())
    }

    /// Gives the role these rules, and waits until the API server answers by them.
    fn set(&self, rules: &Value, expected: bool) {
        self.give(rules).unwrap();
        let (_, resource, verb) = &self.right;
        until(&format!("the API server knows that {verb} {resource} is taken away or given back"), || {
            let may = may(self.installed, NAMESPACE, &self.right, "");
            if may == expected { Ok(()) } else { Err(may) }
        });
    }
}

impl Drop for Without<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The next case needs it too.
            let _ = self.give(&self.role.rules);
        } else {
            self.set(&self.role.rules, true);
        }
    }
}
