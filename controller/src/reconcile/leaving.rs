//! A Canary that is being deleted: its release is given up as any other, weight 0 first, and its object goes last.
//!
//! Invariant: whatever cannot be restored, the object goes: a namespace that ends waits for it.

use std::collections::BTreeMap;
use std::time::Duration;

use weir_api::{Canary, Timestamp, Track};

use super::subject::Subject;
use super::{Controller, Looked};
use crate::catalog::{Catalog, Key};
use crate::ends::{Store, Workloads};
use crate::fleet::{self, Fleet};

/// What is refused for so long after a deletion is not going to be done.
const PATIENCE: Duration = Duration::from_mins(1);

impl<S: Store, W: Workloads> Controller<S, W> {
    /// While a release is in progress its object is held, and at rest it is not: who deletes that waits for nobody.
    pub(super) async fn keep(&mut self, subject: &Subject, canary: &Canary, looked: &mut Looked) {
        let Some(managed) = self.managed.get(&subject.key) else { return };
        // One that is released by its template is held at rest too, and has to be let loose.
        let done = if managed.state.stage.phase().is_going_on() || subject.templates.is_some() {
            // To one that is being deleted no finalizer can be added.
            if subject.is_deleted {
                return;
            }
            self.store.hold(&subject.key, &canary.metadata).await
        } else if subject.is_deleted {
            // Not before what its end asks for is done.
            return;
        } else {
            self.store.let_go(&subject.key, &canary.metadata).await
        };
        looked.problems.extend(done.err().map(|error| error.to_string()));
    }

    /// A Canary that is being deleted and cannot be followed, since what it names is gone or was changed: its weights go, and its Deployment, if there is
    /// one, gets back what stable ran.
    pub(super) async fn part_with(
        &mut self,
        (key, canary): (&Key, &Canary),
        catalog: &Catalog,
        fleets: &mut Vec<Fleet>,
        looked: &mut Looked,
    ) {
        let status = self.managed.get(key).map(|managed| &managed.status).or(canary.status.as_ref()).cloned();
        if let Err(error) = self.store.withdraw_status(key).await {
            looked.problems.push(format!("Canary {key} is deleted, but its weights stay: {error}"));
        }
        let deployment = key.sibling(&canary.spec.target_ref.name);
        let found = catalog.deployments.get(&deployment);
        let is_taken = fleets.iter().any(|fleet| fleet.deployment == deployment);
        if let (false, Some(found), Some(stable)) = (is_taken, found, status.and_then(|status| status.stable))
            && let Some(spec) = &found.spec
        {
            let replicas = fleet::stable_replicas(found, self.settings.default_replicas);
            let template = match catalog.templates.get(&deployment) {
                Some(templates) => templates.get(&stable.revision).map(|known| &*known.template),
                None => Some(&spec.template),
            };
            let Some(template) = template else { return };
            let wanted = fleet::run(template, &stable, replicas);
            fleets.push(Fleet { deployment, track: Track::Stable, wanted, canary: Some(key.clone()) });
        }
    }

    /// Lets those go for which nothing is left to do.
    pub(super) async fn let_go(
        &mut self,
        catalog: &Catalog,
        subjects: &BTreeMap<Key, Subject>,
        now: Timestamp,
        looked: &mut Looked,
    ) {
        for (key, canary) in &catalog.strays {
            looked.problems.extend(self.store.let_go(key, canary).await.err().map(|error| error.to_string()));
        }
        let deleted = catalog.canaries.iter().filter_map(|(key, canary)| {
            let since = canary.metadata.deletion_timestamp.as_ref()?;
            Some((key, canary, Timestamp::from_unix_micros(since.0.as_microsecond())))
        });
        for (key, canary, since) in deleted {
            let followed = self.managed.get(key).filter(|_| subjects.contains_key(key));
            let is_late = now.since(since) >= PATIENCE;
            if followed.is_some_and(|managed| managed.state.stage.phase().is_going_on())
                || !(self.workloads.is_done(key) || is_late)
            {
                continue;
            }
            if !self.workloads.is_done(key) {
                tracing::warn!(canary = %key, "deleted, although not everything could be put back");
            }
            looked
                .problems
                .extend(self.store.let_go(key, &canary.metadata).await.err().map(|error| error.to_string()));
        }
    }
}
