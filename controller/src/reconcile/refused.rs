//! A Canary that cannot be followed: people are told why, and what runs stays.

use weir_api::{Canary, Timestamp, Track};

use super::{Controller, Looked, Notice, show};
use crate::catalog::Key;
use crate::ends::{Store, Workloads};
use crate::fleet::{Fleet, Wanted};

impl<S: Store, W: Workloads> Controller<S, W> {
    /// Says so where people look for it, and at the object once for each reason.
    pub(super) async fn refuse(
        &mut self,
        (key, canary): (&Key, &Canary),
        problem: &str,
        now: Timestamp,
        fleets: &mut Vec<Fleet>,
        looked: &mut Looked,
    ) {
        let told = self.refused.insert(key.clone(), problem.to_owned());
        if told.as_deref() != Some(problem) {
            looked.notices.push(Notice::refused((key, canary), problem));
        }
        if let Err(error) = self.store.refuse(key, canary, problem, now).await {
            looked.not_stored(error.to_string());
        }
        looked.problems.push(format!("Canary {key}: {problem}"));
        looked.views.insert(key.clone(), show::broken(key, canary, self.managed.get(key), problem, now));
        let deployment = key.sibling(&canary.spec.target_ref.name);
        if self.managed.contains_key(key) && !fleets.iter().any(|fleet| fleet.deployment == deployment) {
            for track in [Track::Stable, Track::Baseline, Track::Canary] {
                let (deployment, canary) = (deployment.clone(), Some(key.clone()));
                fleets.push(Fleet { deployment, track, wanted: Wanted::Keep, canary });
            }
        }
    }
}
