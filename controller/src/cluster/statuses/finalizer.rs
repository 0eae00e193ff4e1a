//! The finalizer of a Canary whose release is in progress.
//!
//! It is there only then, so that a Canary at rest is deleted without anybody's help, also where no controller runs any more.

use kube::api::{Patch, PatchParams};
use kube::core::ObjectMeta;
use serde_json::json;
use weir_api::Canary;
use weir_api::names::{FIELD_MANAGER, FINALIZER};

use super::{StatusError, Statuses, is};
use crate::catalog::Key;

impl Statuses {
    /// Puts it on, or takes it off. Where it is as wanted, nothing is written: as far as the watch knows, or this controller, which may be ahead of it.
    pub(super) async fn put_finalizer(
        &mut self,
        key: &Key,
        canary: &ObjectMeta,
        wanted: bool,
    ) -> Result<(), StatusError> {
        let known = self.known.get(key);
        let as_wanted = |finalizers: &[String]| finalizers.iter().any(|one| one == FINALIZER) == wanted;
        if as_wanted(canary.finalizers.as_deref().unwrap_or_default())
            || known.is_some_and(|known| as_wanted(&known.finalizers))
        {
            return Ok(());
        }
        let version = known.map_or(canary.resource_version.as_ref(), |known| known.version.as_ref());
        let (version, finalizers) = match known {
            Some(known) => (version.cloned(), known.finalizers.clone()),
            None => (version.cloned(), canary.finalizers.clone().unwrap_or_default()),
        };
        let written = match self.write_finalizers(key, version, finalizers, wanted).await {
            Err(error) if is(&error, 409) => {
                let api = self.api(key);
                let now = self.bounded(key, api.get(&key.name)).await?;
                let (version, finalizers) = (now.metadata.resource_version, now.metadata.finalizers);
                self.write_finalizers(key, version, finalizers.unwrap_or_default(), wanted).await
            }
            other => other,
        };
        let written = match written {
            // It was the last one, and the object is gone with it.
            Err(error) if is(&error, 404) => {
                self.known.remove(key);
                return Ok(());
            }
            other => other?,
        };
        // Where somebody has stored another status meanwhile, the next status finds that out.
        if let Some(known) = self.known.get_mut(key).filter(|known| known.stored == written.status) {
            known.version = written.metadata.resource_version;
            known.finalizers = written.metadata.finalizers.unwrap_or_default();
        }
        Ok(())
    }

    async fn write_finalizers(
        &mut self,
        key: &Key,
        version: Option<String>,
        mut finalizers: Vec<String>,
        wanted: bool,
    ) -> Result<Canary, StatusError> {
        finalizers.retain(|one| one != FINALIZER);
        if wanted {
            finalizers.push(FINALIZER.to_owned());
        }
        let patch = json!({"metadata": {"resourceVersion": version, "finalizers": finalizers}});
        let parameters = PatchParams::apply(FIELD_MANAGER);
        self.leads(key)?;
        let api = self.api(key);
        self.bounded(key, api.patch(&key.name, &parameters, &Patch::Merge(patch))).await
    }
}
