//! Objects of any kind, as the API server has them: what stages deploy to.

use std::fmt;

use k8s_openapi::api::apps::v1::ReplicaSet;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Api, DeleteParams, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams};
use kube::core::Selector;
use kube::discovery::{Scope, pinned_kind};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use weir_api::command::{Command, Request};
use weir_api::names::COMMAND;
use weir_deploy::Named;
use weir_kubernetes::{is_about_one, words};
use weir_pipeline::event::{Blame, Fault};
use weir_runner::objects::{Answer, Objects};

/// Who writes, as `metadata.managedFields` says.
const MANAGER: &str = "weir-pipelines";
/// Where Kubernetes says which revision a `ReplicaSet` is.
const REVISION: &str = "deployment.kubernetes.io/revision";
/// A label that is each `ReplicaSet`'s own.
const HASH: &str = "pod-template-hash";

/// Objects of a cluster.
pub struct ClusterObjects(Client);

impl fmt::Debug for ClusterObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClusterObjects")
    }
}

impl ClusterObjects {
    /// With the rights of this client.
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    /// How objects of this kind are asked for: the server says whether they have namespaces.
    async fn api(&self, named: &Named) -> Result<Api<DynamicObject>, Fault> {
        let named = named.with_version().map_err(Fault::work)?;
        let (group, version) = named.api_version.rsplit_once('/').unwrap_or(("", &named.api_version));
        let kind = GroupVersionKind::gvk(group, version, &named.kind);
        let (resource, capabilities) = pinned_kind(&self.0, &kind).await.map_err(|error| {
            let is_not_found = matches!(&error, kube::Error::Api(status) if status.code == 404);
            let is_unknown = is_not_found || matches!(error, kube::Error::Discovery(_));
            if !is_unknown {
                return fault(&error);
            }
            let (kind, version) = (&named.kind, &named.api_version);
            Fault::work(format!("this cluster has no {kind} of {version}: is its definition installed?"))
        })?;
        let namespace = named.namespace.as_deref().filter(|_| capabilities.scope == Scope::Namespaced);
        Ok(match namespace {
            Some(namespace) => Api::namespaced_with(self.0.clone(), namespace, &resource),
            None => Api::all_with(self.0.clone(), &resource),
        })
    }

    async fn patched(
        &self,
        which: &Named,
        params: &PatchParams,
        patch: &Patch<&Value>,
    ) -> Result<Value, Fault> {
        let made = self.api(which).await?.patch(&which.name, params, patch).await;
        made.map(value).map_err(|error| fault(&error))?
    }

    async fn replica_sets(&self, deployment: &Named) -> Result<Vec<(u64, Value)>, Fault> {
        let namespace = deployment.namespace.as_deref().unwrap_or("default");
        let there = self.api(deployment).await?.get(&deployment.name).await.map_err(|error| fault(&error))?;
        let uid = there.uid().unwrap_or_default();
        let selector = selector(&there.data);
        let sets: Api<ReplicaSet> = Api::namespaced(self.0.clone(), namespace);
        let all =
            sets.list(&ListParams::default().labels_from(&selector)).await.map_err(|error| fault(&error))?;
        let own =
            all.items.into_iter().filter(|set| set.owner_references().iter().any(|owner| owner.uid == uid));
        let mut revisions = Vec::new();
        for set in own {
            let revision = set.annotations().get(REVISION).and_then(|text| text.parse().ok());
            let mut template =
                serde_json::to_value(set.spec.and_then(|spec| spec.template)).map_err(Fault::work)?;
            let labels = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut);
            if let Some(labels) = labels {
                labels.remove(HASH);
            }
            revisions.extend(revision.map(|revision| (revision, template)));
        }
        revisions.sort_by_key(|(revision, _)| *revision);
        Ok(revisions)
    }
}

impl Objects for ClusterObjects {
    fn get<'a>(&'a self, which: &'a Named) -> Answer<'a, Option<Value>> {
        Box::pin(async move {
            let found = self.api(which).await?.get_opt(&which.name).await.map_err(|error| fault(&error))?;
            found.map(value).transpose()
        })
    }

    fn apply<'a>(&'a self, manifest: &'a Value, force: bool) -> Answer<'a, Value> {
        Box::pin(async move {
            let named = Named::of(manifest).map_err(Fault::work)?;
            let params = PatchParams { force, ..PatchParams::apply(MANAGER) };
            self.patched(&named, &params, &Patch::Apply(manifest)).await
        })
    }

    fn patch<'a>(&'a self, which: &'a Named, patch: &'a Value) -> Answer<'a, Value> {
        Box::pin(async move {
            let params = PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
            self.patched(which, &params, &Patch::Merge(patch)).await
        })
    }

    fn delete<'a>(&'a self, which: &'a Named) -> Answer<'a, bool> {
        Box::pin(async move {
            match self.api(which).await?.delete(&which.name, &DeleteParams::background()).await {
                Ok(_) => Ok(true),
                Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
                Err(error) => Err(fault(&error)),
            }
        })
    }

    fn revisions<'a>(&'a self, deployment: &'a Named) -> Answer<'a, Vec<(u64, Value)>> {
        Box::pin(self.replica_sets(deployment))
    }

    fn pods<'a>(&'a self, workload: &'a Value) -> Answer<'a, Vec<Value>> {
        Box::pin(async move {
            let selector = selector(workload);
            let namespace = workload.pointer("/metadata/namespace").and_then(Value::as_str);
            if selector.selects_all() {
                return Ok(Vec::new());
            }
            let pods: Api<Pod> = Api::namespaced(self.0.clone(), namespace.unwrap_or("default"));
            match pods.list(&ListParams::default().labels_from(&selector)).await {
                Ok(pods) => {
                    pods.items.iter().map(serde_json::to_value).collect::<Result<_, _>>().map_err(Fault::work)
                }
                // Who may deploy need not be allowed to look at pods.
                Err(kube::Error::Api(status)) if status.code == 403 => Ok(Vec::new()),
                Err(error) => Err(fault(&error)),
            }
        })
    }

    fn abort<'a>(&'a self, canary: &'a Named, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let request = Request {
                id: id.to_owned(),
                command: Command::Abort,
                by: Some(MANAGER.to_owned()),
                uid: None,
            };
            let patch = json!({"metadata": {"annotations": {COMMAND: request.to_text()}}});
            self.patch(canary, &patch).await.map(|_| ())
        })
    }
}

/// The labels of a workload's pods.
fn selector(workload: &Value) -> Selector {
    let labels = workload.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let pairs = labels.into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn value(object: DynamicObject) -> Result<Value, Fault> {
    serde_json::to_value(object).map_err(Fault::work)
}

/// What is refused because of the object is the stage's own fault; whatever else may be well next time.
fn fault(error: &kube::Error) -> Fault {
    let blame = if is_about_one(error) { Blame::Work } else { Blame::Infrastructure };
    Fault { blame, message: words(error) }
}
