//! The part of [`crate::advance`](crate::advance()) where nothing is being released: what stable runs, and how a release begins.

use super::{Look, is_same};
use crate::state::{Ended, Release, Stable, Stage, State};
use crate::transition::{Event, Transition};

impl Look<'_> {
    pub(super) fn at_rest(&self, last: Option<&Ended>) -> Transition {
        let (stable, mut events) = self.settle();
        let Some(wanted) = &self.observed.wanted else {
            return Transition { state: State { stable, stage: Stage::Idle, ..self.state.clone() }, events };
        };
        let stage = if last.is_some_and(|ended| is_same(wanted, &ended.release)) {
            self.state.stage.clone()
        } else {
            let release = Release {
                name: wanted.name.clone(),
                revision: wanted.revision.clone(),
                from: stable.revision.clone(),
                started_at: self.now,
                unproven: false,
            };
            self.begin(release, &stable, &mut events)
        };
        Transition { state: State { stable, stage, ..self.state.clone() }, events }
    }

    fn begin(&self, release: Release, stable: &Stable, events: &mut Vec<Event>) -> Stage {
        let image = &stable.revision.image;
        if stable.revision == release.revision {
            let reason = format!("production runs {image} already, so there was nothing to shift");
            events.push(Event::Promoted(reason.clone()));
            return Stage::Promoted(Ended { release, decided_at: self.now, finished_at: self.now, reason });
        }
        events.push(Event::Started {
            name: release.name.clone(),
            from: image.clone(),
            to: release.revision.image.clone(),
        });
        Stage::Starting { release, since: self.now }
    }

    /// What stable runs while nothing is being released: the promoted image in the manifest's pod template, unless somebody changed the
    /// image in the manifest itself since.
    fn settle(&self) -> (Stable, Vec<Event>) {
        let manifest = &self.observed.manifest;
        let revision = if manifest.image == self.state.stable.manifest_image {
            manifest.with_stable_image.clone()
        } else {
            manifest.as_written.clone()
        };
        let changed = revision != self.state.stable.revision;
        let events = if changed { vec![Event::StableChanged(revision.clone())] } else { Vec::new() };
        let before = if changed { None } else { self.state.stable.before.clone() };
        (Stable { revision, manifest_image: manifest.image.clone(), before }, events)
    }
}
