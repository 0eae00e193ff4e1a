//! What could not be compiled, where it stands, and what is served instead.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
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

impl Rejection {
    /// Says what stays in force.
    #[must_use]
    pub fn keeping(mut self, kept: impl Into<String>) -> Self {
        self.kept = Some(kept.into());
        self
    }
}

/// The object that a fault is in.
#[derive(Clone, Copy, Debug)]
pub struct Place<'o> {
    /// Its kind, such as `Ingress`.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: &'o str,
    /// Its name.
    pub name: &'o str,
}

impl<'o> Place<'o> {
    /// The object with this metadata.
    #[must_use]
    pub fn new(kind: &'static str, metadata: &'o ObjectMeta) -> Self {
        // The API server fills the namespace in; a manifest may leave it out.
        let namespace = metadata.namespace.as_deref().filter(|n| !n.is_empty()).unwrap_or("default");
        Self { kind, namespace, name: metadata.name.as_deref().unwrap_or_default() }
    }

    /// The object of a key, `namespace/name`.
    #[must_use]
    pub fn of(kind: &'static str, key: &'o str) -> Self {
        let (namespace, name) = key.split_once('/').unwrap_or(("default", key));
        Self { kind, namespace, name }
    }

    /// `namespace/name`.
    #[must_use]
    pub fn key(&self) -> Arc<str> {
        format!("{}/{}", self.namespace, self.name).into()
    }

    /// A fault for which something is not served.
    pub fn error(&self, field: impl Into<String>, message: impl Into<String>) -> Rejection {
        self.rejection(Severity::Error, field.into(), message.into())
    }

    /// A fault for which something is served in another way.
    pub(crate) fn warning(&self, field: impl Into<String>, message: impl Into<String>) -> Rejection {
        self.rejection(Severity::Warning, field.into(), message.into())
    }

    fn rejection(&self, severity: Severity, field: String, message: String) -> Rejection {
        let Self { kind, namespace, name } = *self;
        Rejection {
            severity,
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            field,
            message,
            kept: None,
        }
    }
}

/// Field path of an annotation.
#[must_use]
pub fn annotation_field(key: &str) -> String {
    format!("metadata.annotations[{key:?}]")
}
