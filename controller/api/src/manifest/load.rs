//! Documents to typed objects, with everything that is wrong on the way.

use std::collections::HashMap;
use std::sync::Arc;

use super::json::join_surrogates;
use super::kind::{Class, Kind, classify};
use super::known::{findings, identity, key, text, type_fault, typed_object, unknown_field};
use super::syntax::Fault;
use super::tree::{self, Node, Value};
use super::{Located, Object, ObjectKey, Origin, Parsed, Problem, Severity};

/// Collects what the documents of one file hold.
pub(super) struct Loader {
    file: Arc<str>,
    parsed: Parsed,
    /// Line of the first document of each object.
    seen: HashMap<ObjectKey, u32>,
}

impl Loader {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.into(), parsed: Parsed::default(), seen: HashMap::new() }
    }

    pub(super) fn finish(self) -> Parsed {
        self.parsed
    }

    pub(super) fn document(&mut self, text: &str, first_line: u32) {
        match tree::read(&join_surrogates(text), first_line) {
            Ok(None) => {}
            Ok(Some(document)) => self.object(&document.root, "", None, &document.faults),
            Err(fault) => {
                let problem = self.problem_of(&fault).with_help("Nothing of this document is used.");
                self.parsed.problems.push(problem);
            }
        }
    }

    fn problem_of(&self, fault: &Fault) -> Problem {
        let problem = Problem::error(&self.file, fault.line, &fault.field, &fault.message);
        Problem { column: fault.column, help: fault.help.clone(), ..problem }
    }

    /// An object, or a list of them. `prefix` is its path in the document, `of_list` what the list around it says of its items.
    fn object(&mut self, node: &Node, prefix: &str, of_list: Option<(&str, &str)>, faults: &[Fault]) {
        let origin = Origin::of(&self.file, prefix, node);
        let (api_version, kind) = match (text(node, "apiVersion"), text(node, "kind"), of_list) {
            _ if !matches!(node.value, Value::Map(_)) => {
                let message =
                    "not a Kubernetes object: a mapping with apiVersion, kind and metadata is wanted";
                return self.reject(faults, [origin.error("", message)], None);
            }
            (Ok(Some(api_version)), Ok(Some(kind)), _) | (Ok(None), Ok(None), Some((api_version, kind))) => {
                (api_version, kind)
            }
            (api_version, kind, _) => {
                let fields = [("apiVersion", api_version), ("kind", kind)];
                let problems = fields.into_iter().filter_map(|(field, value)| match value {
                    Ok(Some(_)) => None,
                    Ok(None) => Some(origin.error(field, "missing: every Kubernetes object has it")),
                    Err(message) => Some(origin.error(field, message)),
                });
                return self.reject(faults, problems.collect::<Vec<_>>(), None);
            }
        };
        match classify(api_version, kind) {
            Class::Known(kind) => self.known(kind, node, &origin, faults),
            Class::List => self.list(node, prefix, (api_version, kind), faults),
            Class::Other => self.other(api_version, kind, node, origin, faults),
            Class::WrongVersion(known) => {
                let problem = origin.error("apiVersion", format!("{api_version} has no {}", known.name()));
                let current = known.api_version();
                let help = if !known.is_ours() && api_version.contains("beta") {
                    format!(
                        "Kubernetes has removed it: write {current}, and see which of its fields have moved."
                    )
                } else {
                    format!("did you mean {current}?")
                };
                self.reject(faults, [problem.with_help(help)], key(known, node).as_ref());
            }
            Class::WrongKind(meant) => {
                let problem = origin.error("kind", format!("{api_version} has no kind {kind:?}"));
                let problem = match meant {
                    Some(meant) => problem.with_help(format!("did you mean {}?", meant.name())),
                    None => problem
                        .with_help("Weir's own kinds are Canary, CanaryConfig, FeatureFlag and LocalImage."),
                };
                self.reject(faults, [problem], None);
            }
        }
    }

    fn list(&mut self, node: &Node, prefix: &str, (api_version, kind): (&str, &str), faults: &[Fault]) {
        let below =
            |field: &str| if prefix.is_empty() { field.to_owned() } else { format!("{prefix}.{field}") };
        let of_list =
            kind.strip_suffix("List").filter(|kind| !kind.is_empty()).map(|kind| (api_version, kind));
        let items = match node.get("items").map(|items| (items.line, &items.value.value)) {
            Some((_, Value::List(items))) => items.as_slice(),
            None => &[],
            Some((line, _)) => {
                let problem = Problem::error(
                    &self.file,
                    line,
                    &below("items"),
                    "not a list: the objects are wanted here",
                );
                return self.reject(faults, [problem], None);
            }
        };
        // Keys that are there twice concern the item that they are in.
        for (index, item) in items.iter().enumerate() {
            let prefix = below(&format!("items[{index}]"));
            let inside = |fault: &&Fault| {
                fault.field.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with(['.', '[']))
            };
            let faults: Vec<Fault> = faults.iter().filter(inside).cloned().collect();
            self.object(item, &prefix, of_list, &faults);
        }
        let outside = |fault: &&Fault| !fault.field.starts_with(&below("items["));
        let outside: Vec<Fault> = faults.iter().filter(outside).cloned().collect();
        self.reject(&outside, [], None);
    }

    fn other(&mut self, api_version: &str, kind: &str, node: &Node, origin: Origin, faults: &[Fault]) {
        let metadata = |field| node.get("metadata").and_then(|m| text(&m.value, field).ok().flatten());
        let object = Object::Other {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: metadata("namespace").map(str::to_owned),
            name: metadata("name").unwrap_or_default().to_owned(),
        };
        if faults.is_empty() {
            self.parsed.objects.push(Located { object, origin });
        } else {
            self.reject(faults, [], Some(&object.key()));
        }
    }

    fn known(&mut self, kind: Kind, node: &Node, origin: &Origin, faults: &[Fault]) {
        let problems = identity(kind, node, origin);
        if !problems.is_empty() {
            return self.reject(faults, problems, None);
        }
        let Some(key) = key(kind, node) else { return };
        // A broken first one counts too: a slip in it must not put another definition in force.
        if let Some(first) = self.seen.get(&key) {
            let message = format!("{key} is in this file twice: first in line {first}");
            let problem = origin.error("metadata.name", message).with_help("Only the first one counts.");
            return self.reject(&[], [problem], Some(&key));
        }
        self.seen.insert(key.clone(), origin.line(""));
        let (result, unknown) = typed_object(kind, node, &key);
        let mut problems: Vec<Problem> =
            unknown.iter().map(|unknown| unknown_field(kind, unknown, origin)).collect();
        match &result {
            Err(fault) => problems.push(type_fault(fault, origin)),
            Ok(object) => {
                let found = findings(object);
                problems.extend(found.iter().map(|(field, message)| origin.error(field, message.as_str())));
            }
        }
        let usable =
            faults.is_empty() && problems.iter().all(|problem| problem.severity == Severity::Warning);
        self.reject(faults, problems, Some(&key));
        if let (Ok(object), true) = (result, usable) {
            self.parsed.objects.push(Located { object, origin: origin.clone() });
        }
    }

    fn reject(
        &mut self,
        faults: &[Fault],
        problems: impl IntoIterator<Item = Problem>,
        object: Option<&ObjectKey>,
    ) {
        let faults: Vec<Problem> = faults.iter().map(|fault| self.problem_of(fault)).collect();
        for problem in faults.into_iter().chain(problems) {
            self.parsed.problems.push(match object {
                Some(object) => problem.in_object(object.clone()),
                None => problem,
            });
        }
    }
}
