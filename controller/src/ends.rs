//! The two ends that a mode of operation has of its own: where state goes, and how pods run. Objects and reports come in as values.

use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;
use weir_api::{CanaryStatus, Timestamp};

use crate::catalog::{Catalog, Key};
use crate::fleet::{Fleet, Pod};

/// Where state goes. Every write is whole or not at all, and writing what is there already changes nothing.
pub trait Store: Send {
    /// Why something cannot be stored: a sentence that names the place.
    type Error: std::error::Error + Send + Sync + 'static;

    /// The last stored status of a Canary.
    fn read_status(&self, canary: &Key) -> Result<Option<CanaryStatus>, Self::Error>;
    /// Stores a Canary's status; proxies follow it from then on.
    fn write_status(&mut self, canary: &Key, status: &CanaryStatus) -> Result<(), Self::Error>;
    /// Takes a Canary's status away, so that no proxy splits any longer: the last resort where an abort cannot be stored.
    fn withdraw_status(&mut self, canary: &Key) -> Result<(), Self::Error>;
    /// The last checkpoint.
    fn read_checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, Self::Error>;
    /// Stores a checkpoint.
    fn write_checkpoint<T: Serialize + Sync>(&mut self, checkpoint: &T) -> Result<(), Self::Error>;
    /// Stores a report and says where it lies.
    fn write_report<T: Serialize + Sync>(&mut self, name: &str, report: &T) -> Result<String, Self::Error>;
}

/// How pods run.
pub trait Workloads: Send {
    /// Brings the pods nearer to what is wanted, and says what there is. Idempotent; waits for nothing that takes long. Pods of a fleet that is
    /// not in `fleets` leave.
    fn apply(
        &mut self,
        fleets: &[Fleet],
        catalog: &Catalog,
        now: Timestamp,
    ) -> impl Future<Output = Vec<Pod>> + Send;

    /// What happened to pods since the last call, in plain words.
    fn take_events(&mut self) -> Vec<PodEvent>;

    /// Whether nothing is starting or leaving.
    fn is_settled(&self) -> bool;
}

/// Something that happened to a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodEvent {
    /// The Deployment whose pod it is.
    pub deployment: Key,
    /// When.
    pub at: Timestamp,
    /// One sentence.
    pub text: String,
    /// Whether it is bad news.
    pub is_warning: bool,
}
