//! What Events say: each fault by itself, but of objects with many only the first ones.

use std::collections::{BTreeMap, BTreeSet};

use weir_kubernetes::events::shortened;
use weir_routing::{Rejection, Severity};

/// Faults of one object that get Events of their own; what is more is counted in one more.
const MOST_OF_ONE: usize = 5;
/// Bytes of a note, of which the API server takes 1,024.
const MOST_BYTES: usize = 1000;

/// One thing to tell about an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Said {
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) note: String,
    /// Whether something that was asked for is not served.
    pub(super) is_error: bool,
}

/// What is to be told of faults.
pub(super) fn of(faults: &[Rejection]) -> BTreeSet<Said> {
    let mut of: BTreeMap<(&str, &str, &str), Vec<&Rejection>> = BTreeMap::new();
    for fault in faults {
        of.entry((&fault.kind, &fault.namespace, &fault.name)).or_default().push(fault);
    }
    let mut said = BTreeSet::new();
    for ((kind, namespace, name), faults) in of {
        let mut say = |note: &str, is_error| {
            said.insert(Said {
                kind: kind.to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
                note: shortened(note, MOST_BYTES).to_owned(),
                is_error,
            });
        };
        let (first, rest) = faults.split_at(faults.len().min(MOST_OF_ONE));
        for Rejection { field, message, kept, severity, .. } in first {
            let kept = kept.as_ref().map(|kept| format!("; {kept}")).unwrap_or_default();
            say(&format!("{field}: {message}{kept}"), *severity == Severity::Error);
        }
        if !rest.is_empty() {
            let is_error = rest.iter().any(|fault| fault.severity == Severity::Error);
            say(&format!("and {} faults more: see /debug/problems of a proxy", rest.len()), is_error);
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::{MOST_BYTES, MOST_OF_ONE, Rejection, Severity, of};

    #[test]
    fn an_object_with_many_faults_gets_a_few_events() {
        let fault = |number: usize| Rejection {
            severity: Severity::Error,
            kind: "Ingress".to_owned(),
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            field: format!("spec.rules[0].http.paths[{number}].path"),
            message: "ü".repeat(1000),
            kept: None,
        };
        let said = of(&(0..1000).map(fault).collect::<Vec<_>>());
        assert_eq!(said.len(), MOST_OF_ONE + 1);
        assert!(said.iter().any(|said| said.note.starts_with("and 995 faults more")));
        assert!(said.iter().all(|said| said.note.len() <= MOST_BYTES));
    }
}
