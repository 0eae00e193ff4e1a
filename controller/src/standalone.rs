//! Standalone mode: state in a directory of files.
//!
//! ```text
//! objects/canary.<namespace>.<name>.json   status of a Canary; proxies follow it
//! checkpoints/controller.json              evidence and windows, so that a restarted controller goes on with them
//! reports/<namespace>.<canary>.<release>.json
//! pods/, objects/, logs/                   of local pods: see `local`
//! ```

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use weir_api::CanaryStatus;
use weir_directory::{StateDirectory, StateError, object_path};

use crate::catalog::Key;
use crate::ends::Store;

const CHECKPOINT: &str = "checkpoints/controller.json";

/// State in a directory.
#[derive(Clone, Debug)]
pub struct Standalone {
    state: StateDirectory,
}

impl Standalone {
    /// Uses a state directory.
    #[must_use]
    pub fn new(state: StateDirectory) -> Self {
        Self { state }
    }
}

fn path(canary: &Key) -> String {
    object_path("Canary", &canary.namespace, &canary.name)
}

impl Store for Standalone {
    type Error = StateError;

    fn read_status(&self, canary: &Key) -> Result<Option<CanaryStatus>, StateError> {
        #[derive(serde::Deserialize)]
        struct Document {
            status: CanaryStatus,
        }
        Ok(self.state.read::<Document>(&path(canary))?.map(|document| document.status))
    }

    fn write_status(&mut self, canary: &Key, status: &CanaryStatus) -> Result<(), StateError> {
        let document = json!({
            "apiVersion": format!("{}/{}", weir_api::names::GROUP, weir_api::names::VERSION),
            "kind": "Canary",
            "metadata": { "namespace": canary.namespace, "name": canary.name },
            "status": status,
        });
        self.state.write(&path(canary), &document).map(|_| ())
    }

    fn withdraw_status(&mut self, canary: &Key) -> Result<(), StateError> {
        self.state.remove(&path(canary)).map(|_| ())
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
