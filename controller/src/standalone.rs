//! Standalone mode: manifests in directories, the proxies that the command line names, and state in a directory of files.
//!
//! ```text
//! objects/canary.<namespace>.<name>.json   status of a Canary; proxies follow it
//! flags/featureflag.<namespace>.<name>.json what a flag remembers of releases
//! checkpoints/controller.json              evidence and windows, so that a restarted controller goes on with them
//! reports/<namespace>.<canary>.<release>.json
//! pods/, objects/, logs/                   of local pods: see `local`
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use weir_api::{Canary, CanaryStatus, FeatureFlag, FeatureFlagStatus};
use weir_directory::{Directory, Snapshot, StateDirectory, StateError, object_path, object_path_in};

use crate::catalog::{Catalog, Key};
use crate::ends::{Source, Store};
use crate::scrape::Proxy;

const CHECKPOINT: &str = "checkpoints/controller.json";

/// State in a directory.
#[derive(Clone, Debug)]
pub(crate) struct Standalone {
    state: StateDirectory,
}

impl Standalone {
    /// Uses a state directory.
    pub(crate) fn new(state: StateDirectory) -> Self {
        Self { state }
    }
}

fn path(canary: &Key) -> String {
    object_path("Canary", &canary.namespace, &canary.name)
}

/// Not among the objects, which proxies read.
fn flag_path(flag: &Key) -> String {
    object_path_in("flags", "FeatureFlag", &flag.namespace, &flag.name)
}

impl Store for Standalone {
    type Error = StateError;

    fn read_status(&mut self, canary: &Key, _: &Canary) -> Result<Option<CanaryStatus>, StateError> {
        #[derive(serde::Deserialize)]
        struct Document {
            status: CanaryStatus,
        }
        Ok(self.state.read::<Document>(&path(canary))?.map(|document| document.status))
    }

    async fn write_status(&mut self, canary: &Key, status: &CanaryStatus) -> Result<(), StateError> {
        let document = json!({
            "apiVersion": format!("{}/{}", weir_api::names::GROUP, weir_api::names::VERSION),
            "kind": "Canary",
            "metadata": { "namespace": canary.namespace, "name": canary.name },
            "status": status,
        });
        self.state.write(&path(canary), &document).map(|_| ())
    }

    async fn withdraw_status(&mut self, canary: &Key) -> Result<(), StateError> {
        self.state.remove(&path(canary)).map(|_| ())
    }

    fn read_flag(&mut self, key: &Key, _: &FeatureFlag) -> Result<Option<FeatureFlagStatus>, StateError> {
        self.state.read(&flag_path(key))
    }

    async fn write_flag(
        &mut self,
        key: &Key,
        _: &FeatureFlag,
        status: &FeatureFlagStatus,
    ) -> Result<(), StateError> {
        self.state.write(&flag_path(key), status).map(|_| ())
    }

    fn forget_flag(&mut self, key: &Key) -> Result<(), StateError> {
        self.state.remove(&flag_path(key)).map(|_| ())
    }

    fn read_checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, StateError> {
        self.state.read(CHECKPOINT)
    }

    fn write_checkpoint<T: Serialize + Sync>(&mut self, checkpoint: &T) -> Result<(), StateError> {
        self.state.write(CHECKPOINT, checkpoint).map(|_| ())
    }

    fn write_report<T: Serialize + Sync>(&mut self, name: &str, report: &T) -> Result<String, StateError> {
        let relative = format!("reports/{name}.json");
        self.state.write(&relative, report)?;
        Ok(self.state.path(&relative)?.display().to_string())
    }
}

/// Manifests in directories.
#[derive(Debug)]
pub(crate) struct Manifests {
    directory: Directory,
    catalog: Catalog,
    proxies: Vec<Proxy>,
}

impl Manifests {
    /// Objects of this directory, and these proxies.
    pub(crate) fn new(directory: Directory, proxies: Vec<Proxy>) -> Self {
        Self { directory, catalog: Catalog::default(), proxies }
    }

    fn take(&mut self, snapshot: Snapshot) {
        let Snapshot { objects, problems } = snapshot;
        self.catalog = Catalog::new(objects, &problems);
    }
}

impl Source for Manifests {
    async fn read(&mut self) {
        let snapshot = self.directory.read();
        self.take(snapshot);
    }

    async fn changed(&mut self) {
        let snapshot = self.directory.changed().await;
        self.take(snapshot);
    }

    fn catalog(&mut self) -> &Catalog {
        &self.catalog
    }

    fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }
}
