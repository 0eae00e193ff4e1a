//! From a Canary to what a look needs to know of it, or the reason why it cannot be followed.

use std::collections::BTreeMap;

use weir_api::Canary;
use weir_rollout::State;

use super::{Controller, Managed, Subject, SubjectError, observe};
use crate::catalog::{Catalog, Key};
use crate::ends::{Store, Workloads};
use crate::fleet::Fleet;

impl<S: Store, W: Workloads> Controller<S, W> {
    /// What a look needs to know of a Canary, or the reason why it cannot be followed. From now on it is in memory.
    pub(super) fn admit(
        &mut self,
        (key, canary): (&Key, &Canary),
        catalog: &Catalog,
        fleets: &[Fleet],
        others: &BTreeMap<Key, Subject>,
    ) -> Result<Subject, String> {
        let subject = self.subject((key, canary), catalog, fleets, others).map_err(|e| e.to_string())?;
        self.recall(&subject, canary)?;
        // A release that goes on goes on to be guarded, and does not pass.
        let goes_on = self.managed.get(key).is_some_and(|managed| managed.state.stage.phase().is_going_on());
        match &subject.config {
            Some(Err(problem)) if !goes_on => Err(problem.clone()),
            _ => Ok(subject),
        }
    }

    /// A Canary with everything that it names, where nothing of that is another one's and it can be released here.
    fn subject(
        &self,
        (key, canary): (&Key, &Canary),
        catalog: &Catalog,
        fleets: &[Fleet],
        others: &BTreeMap<Key, Subject>,
    ) -> Result<Subject, SubjectError> {
        let subject = Subject::new(key, canary, catalog, self.settings.default_replicas)?;
        let taken = fleets.iter().find(|fleet| fleet.deployment == subject.deployment);
        if let Some(other) = taken.and_then(|fleet| fleet.canary.clone()) {
            return Err(SubjectError::Taken { deployment: subject.deployment, other });
        }
        if let Some(other) = others.values().find(|other| other.service == subject.service) {
            return Err(SubjectError::ServiceTaken { service: subject.service, other: other.key.clone() });
        }
        if subject.templates.is_some() && !self.workloads.tells_templates() {
            return Err(SubjectError::NoTemplates);
        }
        let service = key.sibling(subject.policy.service());
        let found = catalog.deployments.get(&subject.deployment).zip(catalog.services.get(&service));
        let refusal = found.and_then(|(deployment, selected)| {
            self.workloads.refusal((&subject.deployment, deployment), (&service, selected))
        });
        refusal.map_or(Ok(subject), |refusal| Err(SubjectError::Workloads(refusal)))
    }

    /// Takes its status from the store, unless what is in memory is still true.
    fn recall(&mut self, subject: &Subject, canary: &Canary) -> Result<(), String> {
        let key = &subject.key;
        self.drop_outdated(key, canary);
        if self.managed.contains_key(key) {
            return Ok(());
        }
        let status =
            self.store.read_status(key, canary).map_err(|error| error.to_string())?.unwrap_or_default();
        let state = weir_rollout::status::read(&status).map_err(|error| error.to_string())?;
        let state = state.unwrap_or_else(|| State::new(observe::first_stable(subject)));
        let record = self.restored.remove(&key.to_string()).unwrap_or_default();
        self.managed.insert(key.clone(), Managed::new(state, status, record, (subject, canary)));
        Ok(())
    }

    /// Somebody else has stored a status, or it is another Canary of the same name: then the stored status is read again.
    fn drop_outdated(&mut self, key: &Key, canary: &Canary) {
        let is_outdated = |managed: &Managed| {
            managed.is_overtaken || managed.uid != canary.metadata.uid || self.store.is_outdated(key, canary)
        };
        if self.managed.get(key).is_some_and(is_outdated)
            && let Some(managed) = self.managed.remove(key)
        {
            self.restored.insert(key.to_string(), managed.record);
        }
    }
}
