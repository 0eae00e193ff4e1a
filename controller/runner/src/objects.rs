//! Objects of a cluster, or of a directory that stands for one: what stages deploy to.

use std::fmt;
use std::pin::Pin;

use serde_json::Value;
use weir_deploy::Named;
use weir_pipeline::event::Fault;

/// What is answered: a [`Fault`] says whether whoever asked is to blame, or whether it may be well next time.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Objects by their kinds and names.
pub trait Objects: fmt::Debug + Send + Sync {
    /// An object as it is now, with its status; `None`: there is none.
    fn get<'a>(&'a self, which: &'a Named) -> Answer<'a, Option<Value>>;

    /// Makes an object what this manifest says, whatever others say of fields that it does not mention; the object as it is then. Fields that it
    /// mentions and others manage are a fault, unless `force` takes them over.
    fn apply<'a>(&'a self, manifest: &'a Value, force: bool) -> Answer<'a, Value>;

    /// Changes fields of an object that is there, as a merge patch (RFC 7396) says.
    fn patch<'a>(&'a self, which: &'a Named, patch: &'a Value) -> Answer<'a, Value>;

    /// Removes an object, with what it owns; whether it was there.
    fn delete<'a>(&'a self, which: &'a Named) -> Answer<'a, bool>;

    /// Earlier pod templates of a Deployment by their revisions, ascending, the one that it has last.
    fn revisions<'a>(&'a self, deployment: &'a Named) -> Answer<'a, Vec<(u64, Value)>>;

    /// Pods of a workload that is not stable, as far as they may be looked at; none where it has no pods.
    fn pods<'a>(&'a self, workload: &'a Value) -> Answer<'a, Vec<Value>>;

    /// Has a Canary give its release up: once for each `id`.
    fn abort<'a>(&'a self, canary: &'a Named, id: &'a str) -> Answer<'a, ()>;
}
