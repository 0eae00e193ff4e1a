//! State in the status of Canaries; evidence and reports, which are this controller's own, in a directory.
//!
//! ```text
//! flags       the status of flags
//! finalizer   what keeps a Canary's object while a release is in progress
//! ```
//! Invariant: a status is only written over the one that this controller saw last, so of two controllers the one that is behind writes nothing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kube::api::{Patch, PatchParams};
use kube::core::ObjectMeta;
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use weir_api::names::FIELD_MANAGER;
use weir_api::{Canary, CanaryStatus, FeatureFlag, FeatureFlagStatus, Timestamp};
use weir_directory::StateError;
use weir_kubernetes::lease::Held;
use weir_rollout::conditions::refused;

use super::PATIENCE;
use crate::catalog::Key;
use crate::ends::Store;
use crate::standalone::Standalone;

mod finalizer;
mod flags;

/// After a request that nobody answered, none is made for this time: a look writes one status after the other, and must not wait for each.
const SILENCE: Duration = Duration::from_millis(900);

/// State in the status of Canaries.
pub(crate) struct Statuses {
    client: Client,
    files: Standalone,
    held: Held,
    known: BTreeMap<Key, Known>,
    /// Until when nobody is asked.
    silent_until: Option<Instant>,
}

/// A Canary as it was read or written last.
#[derive(Clone, Debug, Default)]
struct Known {
    version: Option<String>,
    /// Its status as it was asked for: what is the same is not written again, whatever became of it.
    asked: Option<CanaryStatus>,
    /// Its status as it is stored.
    stored: Option<CanaryStatus>,
    finalizers: Vec<String>,
}

/// A checkpoint, and the term of the lease that it was written in.
#[derive(Serialize, Deserialize)]
struct Termed<T> {
    term: Option<String>,
    checkpoint: T,
}

/// Why something cannot be stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StatusError {
    /// The API server.
    #[error("the status of {} cannot be written: {}", .0, weir_kubernetes::causes(.1))]
    Api(Key, #[source] Box<kube::Error>),
    /// The API server does not answer.
    #[error("the status of {0} cannot be written: no answer within {PATIENCE:?}")]
    Silent(Key),
    /// Another controller leads, or may do so.
    #[error("the status of {0} is not written: this controller does not hold the lease any more")]
    NotLeading(Key),
    /// Another controller, or somebody by hand.
    #[error("the status of {0} was written by somebody else: it is read again")]
    Overtaken(Key),
    /// The state directory.
    #[error(transparent)]
    File(#[from] StateError),
}

impl Statuses {
    pub(super) fn new(client: Client, files: Standalone, held: Held) -> Self {
        Self { client, files, held, known: BTreeMap::new(), silent_until: None }
    }

    /// Writes a status over the one that is known; `None`: takes away what this controller wrote.
    async fn put(&mut self, key: &Key, status: Option<&CanaryStatus>) -> Result<(), StatusError> {
        let known = self.known.get(key).cloned().unwrap_or_default();
        let written = match self.apply(key, known.version.as_deref(), status).await {
            Err(error) if is(&error, 409) => {
                // Mostly somebody changed the spec, which is no reason to lose time: then the status is as it was.
                let api = self.api(key);
                let now = self.bounded(key, api.get(&key.name)).await?;
                if now.status.as_ref() != known.stored.as_ref() {
                    return Err(self.overtaken(key));
                }
                match self.apply(key, now.metadata.resource_version.as_deref(), status).await {
                    // Somebody who writes that often is not waited out here.
                    Err(error) if is(&error, 409) => return Err(self.overtaken(key)),
                    other => other?,
                }
            }
            other => other?,
        };
        let known = Known {
            version: written.metadata.resource_version,
            asked: status.cloned(),
            stored: written.status,
            finalizers: written.metadata.finalizers.unwrap_or_default(),
        };
        self.known.insert(key.clone(), known);
        Ok(())
    }

    /// Forgets what is known: it is read again.
    fn overtaken(&mut self, key: &Key) -> StatusError {
        self.known.remove(key);
        StatusError::Overtaken(key.clone())
    }

    async fn apply(
        &mut self,
        key: &Key,
        version: Option<&str>,
        status: Option<&CanaryStatus>,
    ) -> Result<Canary, StatusError> {
        let mut object = json!({
            "apiVersion": Canary::api_version(&()),
            "kind": Canary::kind(&()),
            "metadata": {"namespace": key.namespace, "name": key.name, "resourceVersion": version},
        });
        if let (Some(status), Some(object)) = (status, object.as_object_mut()) {
            object.insert("status".to_owned(), json!(status));
        }
        let parameters = PatchParams::apply(FIELD_MANAGER).force();
        self.leads(key)?;
        let api = self.api(key);
        self.bounded(key, api.patch_status(&key.name, &parameters, &Patch::Apply(object))).await
    }

    /// Asked right before each write.
    fn leads(&self, key: &Key) -> Result<(), StatusError> {
        if self.held.now() { Ok(()) } else { Err(StatusError::NotLeading(key.clone())) }
    }

    async fn bounded<T>(
        &mut self,
        key: &Key,
        request: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, StatusError> {
        if self.silent_until.is_some_and(|until| Instant::now() < until) {
            return Err(StatusError::Silent(key.clone()));
        }
        let answered = tokio::time::timeout(PATIENCE, request).await;
        self.silent_until = answered.is_err().then(|| Instant::now() + SILENCE);
        let answer = answered.map_err(|_| StatusError::Silent(key.clone()))?;
        answer.map_err(|error| StatusError::Api(key.clone(), Box::new(error)))
    }

    fn api(&self, key: &Key) -> Api<Canary> {
        Api::namespaced(self.client.clone(), &key.namespace)
    }
}

/// Whether the API server answered with this code.
fn is(error: &StatusError, code: u16) -> bool {
    let StatusError::Api(_, source) = error else { return false };
    matches!(source.as_ref(), kube::Error::Api(status) if status.code == code)
}

/// Whether a version comes after another one: they are numbers that grow. One that is no number says nothing.
fn is_later(version: Option<&str>, than: Option<&str>) -> bool {
    let number = |version: Option<&str>| version?.parse::<u128>().ok();
    number(version).zip(number(than)).is_some_and(|(version, than)| version > than)
}

impl Store for Statuses {
    type Error = StatusError;

    fn begin(&mut self) {
        self.known.clear();
    }

    fn read_status(&mut self, key: &Key, canary: &Canary) -> Result<Option<CanaryStatus>, StatusError> {
        let (version, stored) = (canary.metadata.resource_version.clone(), canary.status.clone());
        let finalizers = canary.metadata.finalizers.clone().unwrap_or_default();
        let known = Known { version, asked: stored.clone(), stored: stored.clone(), finalizers };
        self.known.insert(key.clone(), known);
        Ok(stored)
    }

    fn is_overtaken(error: &StatusError) -> bool {
        matches!(error, StatusError::Overtaken(_))
    }

    fn is_outdated(&self, key: &Key, canary: &Canary) -> bool {
        // What was forgotten cannot be written over: it is read first.
        let Some(known) = self.known.get(key) else { return true };
        let version = canary.metadata.resource_version.as_deref();
        is_later(version, known.version.as_deref()) && canary.status != known.stored
    }

    async fn write_status(&mut self, canary: &Key, status: &CanaryStatus) -> Result<(), StatusError> {
        if self.known.get(canary).is_some_and(|known| known.asked.as_ref() == Some(status)) {
            return Ok(());
        }
        self.put(canary, Some(status)).await
    }

    async fn refuse(
        &mut self,
        key: &Key,
        canary: &Canary,
        problem: &str,
        now: Timestamp,
    ) -> Result<(), StatusError> {
        if !self.known.contains_key(key) {
            self.read_status(key, canary)?;
        }
        let asked = self.known.get(key).and_then(|known| known.asked.clone()).unwrap_or_default();
        let message = format!("cannot be followed: {problem}");
        let observed_generation = canary.metadata.generation;
        let conditions = refused(&asked.conditions, problem, observed_generation, now);
        let status = CanaryStatus { message, observed_generation, conditions, ..asked };
        self.write_status(key, &status).await
    }

    async fn hold(&mut self, key: &Key, canary: &ObjectMeta) -> Result<(), StatusError> {
        self.put_finalizer(key, canary, true).await
    }

    async fn let_go(&mut self, key: &Key, canary: &ObjectMeta) -> Result<(), StatusError> {
        self.put_finalizer(key, canary, false).await
    }

    async fn withdraw_status(&mut self, canary: &Key) -> Result<(), StatusError> {
        if self.known.get(canary).is_some_and(|known| known.stored.is_none()) {
            return Ok(());
        }
        match self.put(canary, None).await {
            Err(error) if is(&error, 404) => {
                self.known.remove(canary);
                Ok(())
            }
            other => other,
        }
    }

    fn read_flag(&mut self, _: &Key, flag: &FeatureFlag) -> Result<Option<FeatureFlagStatus>, StatusError> {
        Ok(flag.status.clone())
    }

    async fn write_flag(
        &mut self,
        key: &Key,
        flag: &FeatureFlag,
        status: &FeatureFlagStatus,
    ) -> Result<(), StatusError> {
        self.put_flag(key, flag, status).await
    }

    /// One of an earlier term is none: another controller has counted since.
    fn read_checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, StatusError> {
        let last = self.files.read_checkpoint::<Termed<T>>()?;
        Ok(last.filter(|last| last.term == self.held.term()).map(|last| last.checkpoint))
    }

    fn write_checkpoint<T: Serialize + Sync>(&mut self, checkpoint: &T) -> Result<(), StatusError> {
        Ok(self.files.write_checkpoint(&Termed { term: self.held.term(), checkpoint })?)
    }

    fn write_report<T: Serialize + Sync>(&mut self, name: &str, report: &T) -> Result<String, StatusError> {
        Ok(self.files.write_report(name, report)?)
    }
}
