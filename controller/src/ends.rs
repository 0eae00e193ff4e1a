//! What a mode of operation has of its own: where objects come from, and the two ends, where state goes and how pods run. A look gets objects and reports
//! as values.

use std::future::Future;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use kube::core::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use weir_api::{Canary, CanaryStatus, FeatureFlag, FeatureFlagStatus, Timestamp};

use crate::catalog::{Catalog, Key};
use crate::fleet::{Fleet, Pod};
use crate::scrape::Proxy;

/// Where objects come from. While they cannot be read, what was read last stays.
pub trait Source: Send {
    /// Reads everything for the first time.
    fn read(&mut self) -> impl Future<Output = ()> + Send;
    /// Reads what stores may have written elsewhere until now, so that nothing older is gone on from. Whether that went through.
    fn catch_up(&mut self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }
    /// Waits until something is different. Nothing is lost when it is given up before.
    fn changed(&mut self) -> impl Future<Output = ()> + Send;
    /// What was read last.
    fn catalog(&mut self) -> &Catalog;
    /// The proxies that there are.
    fn proxies(&self) -> &[Proxy];
}

/// Where state goes. Every write is whole or not at all, and writing what is there already changes nothing. What proxies follow may lie elsewhere, and
/// storing it takes a while; the rest is for this controller alone and lies beside it.
pub trait Store: Send {
    /// Why something cannot be stored: a sentence that names the place.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Forgets what is in memory: somebody else may have stored since.
    fn begin(&mut self) {}
    /// The last stored status of a Canary, which may be part of the object.
    fn read_status(&mut self, key: &Key, canary: &Canary) -> Result<Option<CanaryStatus>, Self::Error>;
    /// Whether something cannot be stored because somebody else stored a status meanwhile. What is in memory about the Canary is out of date then.
    fn is_overtaken(_error: &Self::Error) -> bool {
        false
    }
    /// Whether this object shows that somebody else has stored a status since this store did.
    fn is_outdated(&self, _key: &Key, _canary: &Canary) -> bool {
        false
    }
    /// Stores a Canary's status; proxies follow it from then on.
    fn write_status(
        &mut self,
        canary: &Key,
        status: &CanaryStatus,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
    /// Says at the object why the Canary cannot be followed, where people look for that.
    fn refuse(
        &mut self,
        _key: &Key,
        _canary: &Canary,
        _problem: &str,
        _now: Timestamp,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        std::future::ready(Ok(()))
    }
    /// Sees to it that a Canary's object stays, although somebody deletes it, until it is let go: while a release is in progress.
    fn hold(
        &mut self,
        _key: &Key,
        _canary: &ObjectMeta,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        std::future::ready(Ok(()))
    }
    /// The opposite.
    fn let_go(
        &mut self,
        _key: &Key,
        _canary: &ObjectMeta,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send {
        std::future::ready(Ok(()))
    }
    /// Takes a Canary's status away, so that no proxy splits any longer: for a Canary that is gone, and the last resort where an abort cannot be stored.
    fn withdraw_status(&mut self, canary: &Key) -> impl Future<Output = Result<(), Self::Error>> + Send;
    /// What a flag remembers, as it was stored last; it may be part of the object.
    fn read_flag(&mut self, key: &Key, flag: &FeatureFlag) -> Result<Option<FeatureFlagStatus>, Self::Error>;
    /// Stores what a flag remembers.
    fn write_flag(
        &mut self,
        key: &Key,
        flag: &FeatureFlag,
        status: &FeatureFlagStatus,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
    /// Takes away what is stored of a flag that is gone, where that does not go with its object.
    fn forget_flag(&mut self, _key: &Key) -> Result<(), Self::Error> {
        Ok(())
    }
    /// The last checkpoint.
    fn read_checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, Self::Error>;
    /// Stores a checkpoint.
    fn write_checkpoint<T: Serialize + Sync>(&mut self, checkpoint: &T) -> Result<(), Self::Error>;
    /// Stores a report and says where it lies.
    fn write_report<T: Serialize + Sync>(&mut self, name: &str, report: &T) -> Result<String, Self::Error>;
}

/// How pods run.
pub trait Workloads: Send {
    /// Why this Deployment cannot be released behind this Service, if so: what is wrong, and what to do about it.
    fn refusal(&self, _deployment: (&Key, &Deployment), _service: (&Key, &Service)) -> Option<String> {
        None
    }

    /// Whether the catalog has the templates of pods that there are.
    fn tells_templates(&self) -> bool {
        false
    }

    /// The pods that are known before the first look: of a controller that was away, so that it takes none for missing.
    fn known(&self, _catalog: &Catalog) -> Vec<Pod> {
        Vec::new()
    }

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

    /// Whether the last [`Self::apply`] found nothing to do for this Canary: stable is given what it should run, and the rest is gone.
    fn is_done(&self, _canary: &Key) -> bool {
        true
    }

    /// Whether nothing is starting or leaving.
    fn is_settled(&self) -> bool;

    /// Whether everything is as the last call of [`Self::apply`] wanted it, and the source tells when that changes.
    fn rests(&self) -> bool {
        false
    }
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
