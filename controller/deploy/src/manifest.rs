//! One object: what it is, and whether it can be one.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Named {
    /// `apps/v1`. Empty: whichever version is served of the kind.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub api_version: String,
    /// `Deployment`.
    pub kind: String,
    /// Its namespace; `None` where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Named {
    /// A Deployment.
    #[must_use]
    pub fn deployment(namespace: &str, name: &str) -> Self {
        Self {
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        }
    }

    /// A Canary.
    #[must_use]
    pub fn canary(namespace: &str, name: &str) -> Self {
        Self {
            api_version: "weir.dev/v1alpha1".to_owned(),
            kind: "Canary".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
        }
    }

    /// What an object is called, as it stands.
    ///
    /// # Errors
    /// It is no object: what it lacks.
    pub fn of(object: &Value) -> Result<Self, Wrong> {
        let text = |pointer: &str| {
            let found = object.pointer(pointer)?;
            found.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
        };
        if !object.is_object() {
            return Err(Wrong::NoObject);
        }
        let metadata = |field: &str| text(&format!("/metadata/{field}"));
        let api_version = text("/apiVersion").ok_or(Wrong::Lacks("apiVersion"))?;
        let kind = text("/kind").ok_or(Wrong::Lacks("kind"))?;
        if metadata("name").is_none() && metadata("generateName").is_some() {
            return Err(Wrong::Generated(kind));
        }
        let name = metadata("name").ok_or(Wrong::Lacks("metadata.name"))?;
        Ok(Self { api_version, kind, namespace: metadata("namespace"), name })
    }

    /// The same with its API version, where that of a kind is known.
    ///
    /// # Errors
    /// Nobody says which version.
    pub fn with_version(&self) -> Result<Self, Wrong> {
        if !self.api_version.is_empty() {
            return Ok(self.clone());
        }
        let known = KNOWN.into_iter().find(|(_, kinds)| kinds.contains(&self.kind.as_str()));
        let (version, _) = known.ok_or_else(|| Wrong::Versionless(self.kind.clone()))?;
        Ok(Self { api_version: version.to_owned(), ..self.clone() })
    }

    /// The group of its API version: `apps`; empty for the core.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.rsplit_once('/').map_or("", |(group, _)| group)
    }
}

/// Kinds that have no namespace, of those that come with Kubernetes or with Weir.
const CLUSTER_WIDE: [&str; 13] = [
    "APIService",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "LocalImage",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
];

/// Says in an object that names no namespace, and whose kind has one, that it is in this one.
pub fn put_into(object: &mut Value, namespace: &str) {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    if CLUSTER_WIDE.contains(&kind) {
        return;
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.entry("namespace").or_insert_with(|| Value::from(namespace));
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// Kinds that everybody knows, by their versions.
const KNOWN: [(&str, &[&str]); 7] = [
    (
        "v1",
        &["ConfigMap", "Namespace", "PersistentVolumeClaim", "Pod", "Secret", "Service", "ServiceAccount"],
    ),
    ("apps/v1", &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"]),
    ("autoscaling/v2", &["HorizontalPodAutoscaler"]),
    ("batch/v1", &["CronJob", "Job"]),
    ("networking.k8s.io/v1", &["Ingress", "IngressClass", "NetworkPolicy"]),
    ("policy/v1", &["PodDisruptionBudget"]),
    ("weir.dev/v1alpha1", &["Canary", "FeatureFlag", "LocalImage"]),
];

/// Why something cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A text, a list, or nothing at all.
    #[error("it is no object: a manifest has apiVersion, kind and metadata")]
    NoObject,
    /// A field without which it has no place.
    #[error("it has no {0}")]
    Lacks(&'static str),
    /// Several groups may have a kind of this name.
    #[error("nobody says of which API version {0} is: give `apiVersion`")]
    Versionless(String),
    /// Each time another one: nobody could find it again.
    #[error("a {0} with metadata.generateName is another one each time it is applied: give it a name")]
    Generated(String),
}

/// The objects of a document: those of a `List`, or itself. A document of nothing has none.
#[must_use]
pub fn objects(mut document: Value) -> Vec<Value> {
    let is_list = document.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"));
    if document.is_null() {
        return Vec::new();
    }
    match document.get_mut("items").and_then(Value::as_array_mut).filter(|_| is_list) {
        Some(items) => std::mem::take(items),
        None => vec![document],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Named, objects};

    #[test]
    fn what_an_object_lacks_is_said() {
        for (object, expected) in [
            (json!("text"), "it is no object: a manifest has apiVersion, kind and metadata"),
            (json!({"kind": "Service"}), "it has no apiVersion"),
            (json!({"apiVersion": "v1"}), "it has no kind"),
            (
                json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": ""}}),
                "it has no metadata.name",
            ),
            (
                json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"generateName": "a-"}}),
                "a Pod with metadata.generateName is another one each time it is applied: give it a name",
            ),
        ] {
            assert_eq!(Named::of(&object).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn an_object_is_called_by_its_kind_and_place() {
        let service =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "n"}});
        let named = Named::of(&service).unwrap();
        assert_eq!((named.to_string().as_str(), named.group()), ("Service n/a", ""));
        let deployment = Named::deployment("n", "d");
        assert_eq!((deployment.to_string().as_str(), deployment.group()), ("Deployment n/d", "apps"));
    }

    #[test]
    fn well_known_kinds_need_no_version() {
        let named = |kind: &str| Named {
            api_version: String::new(),
            kind: kind.to_owned(),
            ..Named::canary("n", "a")
        };
        assert_eq!(named("Ingress").with_version().unwrap().api_version, "networking.k8s.io/v1");
        let wrong = named("Gateway").with_version().unwrap_err().to_string();
        assert_eq!(wrong, "nobody says of which API version Gateway is: give `apiVersion`");
    }

    #[test]
    fn a_list_is_its_items_and_nothing_is_none() {
        assert_eq!(objects(json!({"kind": "List", "items": [1, 2]})), [json!(1), json!(2)]);
        assert_eq!(objects(json!({"kind": "ConfigMapList"})).len(), 1);
        assert_eq!(objects(Value::Null), Vec::<Value>::new());
    }
}
