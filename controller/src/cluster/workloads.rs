//! Pods by Deployments of the cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use kube::api::{DeleteParams, Patch, PatchParams, Preconditions};
use kube::{Api, Client};
use serde_json::Value;
use weir_api::Timestamp;
use weir_api::names::FIELD_MANAGER;
use weir_kubernetes::lease::Held;

use super::labels::told_apart_by;
use super::plan::{Action, Fault, Plan, plan};
use super::tracks::What;
use super::{PATIENCE, Shared};
use crate::catalog::{Catalog, Key};
use crate::ends::{PodEvent, Workloads};
use crate::fleet::{Fleet, Pod, Wanted};

/// A pod that is not ready for so long has a problem that is worth telling.
const STARTS: Duration = Duration::from_secs(5);

/// Pods by Deployments of the cluster.
pub(crate) struct ClusterWorkloads {
    client: Client,
    world: Shared,
    held: Held,
    /// Pods that something is wrong with, by Deployment and name.
    troubled: BTreeMap<(Key, String), Trouble>,
    events: Vec<PodEvent>,
    /// Canaries that the last look found something to do for.
    busy: BTreeSet<Key>,
    /// Nothing was to be done.
    rests: bool,
}

/// Since when something is wrong with a pod, and whether that was told.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    since: Timestamp,
    told: bool,
}

/// Why an action was not done.
enum Failure {
    /// The API server said no, or somebody was faster. Another action may be done all the same.
    Refused(String),
    /// It does not answer: nor would it the next time.
    Silent(String),
}

impl ClusterWorkloads {
    pub(super) fn new(client: Client, world: Shared, held: Held) -> Self {
        let (troubled, events, busy) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Self { client, world, held, troubled, events, busy, rests: false }
    }

    /// Does what is planned, as far as it goes; what does not is planned again by the next look.
    async fn perform(&self, plan: Plan, fleets: &[Fleet]) -> Vec<Fault> {
        let Plan { actions, mut faults, busy: _ } = plan;
        for (fleet, action) in actions {
            let Err(failure) = self.one(action).await else { continue };
            let (Failure::Refused(text) | Failure::Silent(text)) = &failure;
            if let Some(Fleet { deployment, track, wanted: Wanted::Run { revision, .. }, canary: _ }) =
                fleet.and_then(|index| fleets.get(index))
            {
                let (deployment, revision) = (deployment.clone(), revision.clone());
                faults.push(Fault { deployment, track: *track, revision, text: text.clone() });
            } else {
                tracing::warn!("{text}");
            }
            if matches!(failure, Failure::Silent(_)) {
                break;
            }
        }
        faults
    }

    async fn one(&self, action: Action) -> Result<(), Failure> {
        let (words, key) = action.words();
        // Asked right before each request: a look that was stopped in between does nothing when it goes on too late.
        if !self.held.now() {
            return Err(Failure::Silent(format!("cannot {words} {key}: another controller may lead by now")));
        }
        tracing::info!("{words} {key}");
        let done = tokio::time::timeout(PATIENCE, self.request(action)).await;
        match done {
            Ok(Ok(())) => Ok(()),
            Ok(Err(kube::Error::Api(status))) => {
                Err(Failure::Refused(format!("cannot {words} {key}: {}", status.message)))
            }
            Ok(Err(error)) => {
                Err(Failure::Silent(format!("cannot {words} {key}: {}", weir_kubernetes::causes(&error))))
            }
            Err(_) => Err(Failure::Silent(format!("cannot {words} {key}: no answer within {PATIENCE:?}"))),
        }
    }

    /// What the API server answers with is in the world at once, so that the next look does not do it again.
    async fn request(&self, action: Action) -> kube::Result<()> {
        match action {
            Action::Apply { what, key, object, is_there } => {
                let parameters = PatchParams::apply(FIELD_MANAGER);
                let parameters = if is_there { parameters.force() } else { parameters };
                self.patch(what, &key, &parameters, &Patch::Apply(object)).await
            }
            Action::Patch { key, patch, words: _ } => {
                let parameters = PatchParams::apply(FIELD_MANAGER);
                self.patch(What::Deployment, &key, &parameters, &Patch::Strategic(patch)).await
            }
            Action::Delete { what, key, uid } => {
                let preconditions = Preconditions { uid: uid.clone(), resource_version: None };
                let parameters =
                    DeleteParams { preconditions: Some(preconditions), ..DeleteParams::background() };
                let deleted = match what {
                    What::Deployment => self.deployments(&key).delete(&key.name, &parameters).await.map(drop),
                    What::Service => self.services(&key).delete(&key.name, &parameters).await.map(drop),
                };
                match deleted {
                    Err(kube::Error::Api(status)) if status.code == 404 => {}
                    other => other?,
                }
                // The watch says so later, and looks in between would delete it again.
                self.world.with(|world| world.see_deleted(what, &key, uid.as_deref()));
                Ok(())
            }
        }
    }

    async fn patch(
        &self,
        what: What,
        key: &Key,
        parameters: &PatchParams,
        patch: &Patch<Value>,
    ) -> kube::Result<()> {
        match what {
            What::Deployment => {
                let object = self.deployments(key).patch(&key.name, parameters, patch).await?;
                self.world.with(|world| world.see_deployment(key.clone(), object));
            }
            What::Service => {
                let object = self.services(key).patch(&key.name, parameters, patch).await?;
                self.world.with(|world| world.see_service(key.clone(), object));
            }
        }
        Ok(())
    }

    fn deployments(&self, key: &Key) -> Api<Deployment> {
        Api::namespaced(self.client.clone(), &key.namespace)
    }

    fn services(&self, key: &Key) -> Api<Service> {
        Api::namespaced(self.client.clone(), &key.namespace)
    }

    /// What is wrong with a pod, once, for the history of the release: a pod that only takes its time to start is no news.
    fn tell(&mut self, pods: &[Pod], at: Timestamp) {
        let mut troubled = BTreeMap::new();
        for pod in pods.iter().filter(|pod| !pod.leaving) {
            let Some(problem) = &pod.problem else { continue };
            let name = if pod.name.is_empty() { pod.track.as_str() } else { &pod.name };
            let place = (pod.deployment.clone(), name.to_owned());
            let Trouble { since, mut told } =
                self.troubled.remove(&place).unwrap_or(Trouble { since: at, told: false });
            if !told && at.since(since) >= STARTS {
                let (deployment, text) = (pod.deployment.clone(), format!("{name}: {problem}"));
                self.events.push(PodEvent { deployment, at, text, is_warning: true });
                told = true;
            }
            troubled.insert(place, Trouble { since, told });
        }
        self.troubled = troubled;
    }
}

impl Action {
    fn words(&self) -> (String, Key) {
        match self {
            Self::Apply { what, key, .. } => (format!("apply {}", what.as_str()), key.clone()),
            Self::Patch { key, words, .. } => ((*words).to_owned(), key.clone()),
            Self::Delete { what, key, .. } => (format!("delete {}", what.as_str()), key.clone()),
        }
    }
}

impl Workloads for ClusterWorkloads {
    fn refusal(&self, deployment: (&Key, &Deployment), service: (&Key, &Service)) -> Option<String> {
        told_apart_by(deployment, service).err().map(|refusal| refusal.to_string())
    }

    fn tells_templates(&self) -> bool {
        true
    }

    fn known(&self, catalog: &Catalog) -> Vec<Pod> {
        self.world.with(|world| world.pods(catalog))
    }

    async fn apply(&mut self, fleets: &[Fleet], catalog: &Catalog, now: Timestamp) -> Vec<Pod> {
        let (mut planned, mut pods) =
            self.world.with(|world| (plan(world, fleets, catalog), world.pods(catalog)));
        self.busy = std::mem::take(&mut planned.busy);
        self.rests = planned.actions.is_empty() && planned.faults.is_empty();
        let faults = self.perform(planned, fleets).await;
        pods.extend(
            faults
                .into_iter()
                .map(|fault| Pod::missing(fault.deployment, fault.track, fault.revision, fault.text)),
        );
        self.tell(&pods, now);
        pods
    }

    fn take_events(&mut self) -> Vec<PodEvent> {
        std::mem::take(&mut self.events)
    }

    fn is_done(&self, canary: &Key) -> bool {
        !self.busy.contains(canary)
    }

    /// A change of the pods is seen by the watch, which is what the next look comes from.
    fn is_settled(&self) -> bool {
        true
    }

    fn rests(&self) -> bool {
        self.rests && self.troubled.is_empty()
    }
}
