//! The status of flags, at their objects.

use kube::api::{Patch, PatchParams};
use kube::{Api, Resource};
use serde_json::json;
use weir_api::names::FIELD_MANAGER;
use weir_api::{FeatureFlag, FeatureFlagStatus};

use super::{StatusError, Statuses};
use crate::catalog::Key;

impl Statuses {
    /// Writes the status of this very object: one that was made anew under its name remembers nothing.
    pub(super) async fn put_flag(
        &mut self,
        key: &Key,
        object: &FeatureFlag,
        status: &FeatureFlagStatus,
    ) -> Result<(), StatusError> {
        self.leads(key)?;
        let metadata = json!({"namespace": key.namespace, "name": key.name, "uid": object.metadata.uid});
        let (api_version, kind) = (FeatureFlag::api_version(&()), FeatureFlag::kind(&()));
        let applied =
            json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "status": status});
        let parameters = PatchParams::apply(FIELD_MANAGER).force();
        let api: Api<FeatureFlag> = Api::namespaced(self.client.clone(), &key.namespace);
        let patch = Patch::Apply(applied);
        let written = self.bounded(key, api.patch_status(&key.name, &parameters, &patch)).await;
        match written {
            // It is being deleted, or has been.
            Err(error) if super::is(&error, 404) => Ok(()),
            other => other.map(|_written| ()),
        }
    }
}
