//! Objects of any kind at the API server.

use kube::api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PropagationPolicy};
use kube::core::GroupVersionKind;
use kube::{Api, Client};
use serde_json::Value;

use super::there;

/// Who owns the fields that `weir install` sets.
const FIELD_MANAGER: &str = "weir-install";

/// One object, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Resource<'o> {
    /// What is wanted of it.
    pub(crate) object: &'o Value,
    kind: ApiResource,
    namespace: Option<&'o str>,
    name: &'o str,
}

impl<'o> Resource<'o> {
    /// The place of an object. `None`: it has no kind or no name.
    pub(crate) fn of(object: &'o Value) -> Option<Self> {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let (version, kind) = (text("/apiVersion")?, text("/kind")?);
        let (group, version) = version.split_once('/').unwrap_or(("", version));
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
        Some(Self { object, kind, namespace: text("/metadata/namespace"), name: text("/metadata/name")? })
    }

    /// As people name it: `Deployment weir-proxy`.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.kind.kind, self.name)
    }

    fn api(&self, client: &Client) -> Api<DynamicObject> {
        match self.namespace {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &self.kind),
            None => Api::all_with(client.clone(), &self.kind),
        }
    }

    /// What is there of it. `None`: it is not there, or its kind is not known.
    pub(crate) async fn get(&self, client: &Client) -> kube::Result<Option<DynamicObject>> {
        there(self.api(client).get(self.name).await)
    }

    /// Server-side apply, with the fields that others set where they differ.
    pub(crate) async fn apply(&self, client: &Client) -> kube::Result<DynamicObject> {
        let parameters = PatchParams::apply(FIELD_MANAGER).force();
        self.api(client).patch(self.name, &parameters, &Patch::Apply(self.object)).await
    }

    /// Deletes it, and what it owns. Whether it was there.
    pub(crate) async fn delete(&self, client: &Client) -> kube::Result<bool> {
        // A Deployment is gone when its pods are; for a definition nobody waits so: its finalizer is about its objects.
        let policy = match self.kind.kind.as_str() {
            "Deployment" => PropagationPolicy::Foreground,
            _ => PropagationPolicy::Background,
        };
        let parameters = DeleteParams { propagation_policy: Some(policy), ..DeleteParams::default() };
        Ok(there(self.api(client).delete(self.name, &parameters).await)?.is_some())
    }
}
