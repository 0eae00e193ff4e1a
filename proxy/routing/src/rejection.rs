//! What could not be compiled, where it stands, and what is served instead.

use std::fmt;

use serde::Serialize;

/// One fault in one field of one object. It never stops the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// Whether something that the user asked for is not served.
    pub severity: Severity,
    /// Kind of the object, such as `Ingress`.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The field as kubectl writes it: `spec.rules[0].http.paths[1].path`, `metadata.annotations["weir.dev/canary-weight"]`.
    pub field: String,
    /// What is wrong and how to mend it.
    pub message: String,
    /// What stays in force; `None` where nothing does.
    pub kept: Option<String>,
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something that was asked for is not served, or requests are answered 503.
    Error,
    /// Served, but not quite as written.
    Warning,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity: _, kind, namespace, name, field, message, kept } = self;
        write!(f, "{kind} {namespace}/{name}: {field}: {message}")?;
        kept.as_ref().map_or(Ok(()), |kept| write!(f, "; {kept}"))
    }
}
