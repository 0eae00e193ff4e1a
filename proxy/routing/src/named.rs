//! Secrets and ConfigMaps that an Ingress's annotations name: what a source of objects has to read besides the objects that it reads whole.

use std::fmt;
use std::sync::Arc;

use k8s_openapi::api::networking::v1::Ingress;

use crate::rejection::Place;

/// Prefix of the annotations that ingress-nginx reads.
pub(crate) const NGINX: &str = "nginx.ingress.kubernetes.io/";

/// An object that something names, by its key `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A Secret.
    Secret(Arc<str>),
    /// A ConfigMap.
    ConfigMap(Arc<str>),
}

/// Makes one of a key.
type Of = fn(Arc<str>) -> Named;

/// Annotations that name one, without their prefix.
const NAMING: [(&str, Of); 5] = [
    ("auth-secret", Named::Secret),
    ("auth-tls-secret", Named::Secret),
    ("proxy-ssl-secret", Named::Secret),
    ("custom-headers", Named::ConfigMap),
    ("auth-proxy-set-headers", Named::ConfigMap),
];

impl Named {
    /// `namespace/name`.
    #[must_use]
    pub fn key(&self) -> &Arc<str> {
        match self {
            Self::Secret(key) | Self::ConfigMap(key) => key,
        }
    }

    /// Kind of the object.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Secret(_) => "Secret",
            Self::ConfigMap(_) => "ConfigMap",
        }
    }
}

/// As `Secret shop/users`.
impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.key())
    }
}

/// What the annotations of an Ingress name. A value that names nothing that may be read is left out: the compiler says so.
pub fn named_by(ingress: &Ingress) -> impl Iterator<Item = Named> {
    let namespace = Place::new("Ingress", &ingress.metadata).namespace;
    let annotations = ingress.metadata.annotations.iter().flatten();
    annotations.filter_map(move |(key, value)| {
        let name = key.strip_prefix(NGINX)?;
        let (_, named) = NAMING.iter().find(|(naming, _)| *naming == name)?;
        Some(named(key_in(namespace, value.trim()).ok()?))
    })
}

/// The key of an object that is named as `name` or `namespace/name` in this namespace, or why it is not read: objects of other namespaces are not, since
/// whoever may write Ingresses in one namespace must not get at the Secrets of another (as `allow-cross-namespace-resources: "false"` of ingress-nginx).
pub fn key_in(namespace: &str, value: &str) -> Result<Arc<str>, String> {
    let (of, name) = value.split_once('/').unwrap_or((namespace, value));
    let is_name = |text: &str| {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
        !text.is_empty() && text.len() <= 253 && text.bytes().all(allowed)
    };
    if !is_name(name) || !is_name(of) {
        return Err(format!("{value:?} is not the name of an object: write NAME or NAMESPACE/NAME"));
    }
    if of != namespace {
        return Err(format!(
            "{value:?} is in another namespace, where it is not read: copy it into {namespace}"
        ));
    }
    Ok(format!("{of}/{name}").into())
}

#[cfg(test)]
mod tests {
    use super::{Named, key_in, named_by};

    #[test]
    fn what_annotations_name_is_in_the_ingresss_own_namespace() {
        for (value, key) in [
            ("users", Ok("shop/users")),
            ("shop/users", Ok("shop/users")),
            ("kube-system/users", Err("another namespace")),
            ("../users", Err("another namespace")),
            ("shop/a/b", Err("not the name")),
            ("", Err("not the name")),
        ] {
            let found = key_in("shop", value);
            match key {
                Ok(key) => assert_eq!(found.as_deref(), Ok(key), "{value}"),
                Err(words) => assert!(found.unwrap_err().contains(words), "{value}"),
            }
        }
    }

    #[test]
    fn only_annotations_that_name_objects_do() {
        let ingress = serde_json::from_value(serde_json::json!({ "metadata": {
            "name": "web", "namespace": "shop", "annotations": {
                "nginx.ingress.kubernetes.io/auth-secret": " users ",
                "nginx.ingress.kubernetes.io/custom-headers": "shop/headers",
                "nginx.ingress.kubernetes.io/proxy-ssl-secret": "other/stolen",
                "nginx.ingress.kubernetes.io/auth-realm": "realm",
                "auth-secret": "no",
            },
        } }))
        .unwrap();
        let named: Vec<Named> = named_by(&ingress).collect();
        assert_eq!(named, [Named::Secret("shop/users".into()), Named::ConfigMap("shop/headers".into())]);
    }
}
