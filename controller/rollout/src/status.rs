//! [`State`] to and from the flat `Canary.status`.
//!
//! Invariant: `read(write(state)) == state` for every state, so a controller that was killed goes on exactly where it stood.

use weir_api::Timestamp;
use weir_api::status::{CanaryStatus, Phase, ReleaseStatus, Split};

use crate::state::{AtStep, Decided, Ended, Release, Stable, Stage, State};

/// A status that no controller wrote: a phase without the data that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("status.{field}: is missing in phase {phase:?}")]
pub struct StatusError {
    /// The field that is missing.
    pub field: &'static str,
    /// The phase that needs it.
    pub phase: Phase,
}

/// The state that a status describes; `None` for the status of a Canary that was never looked at.
///
/// # Errors
/// A field that the phase needs is missing.
pub fn read(status: &CanaryStatus) -> Result<Option<State>, StatusError> {
    let Some(revision) = status.stable.clone() else {
        let untouched = status.phase == Phase::Idle && status.split.is_none();
        return if untouched { Ok(None) } else { Err(StatusError { field: "stable", phase: status.phase }) };
    };
    let manifest_image = status.workload_image.clone().unwrap_or_else(|| revision.image.clone());
    let stage = Fields(status).stage()?;
    let before = status.previous.clone();
    let stable = Stable { revision, manifest_image, before };
    let history = status.history.clone();
    Ok(Some(State { stable, epoch: status.epoch, stage, history }))
}

/// The flat form of a state. What is observed and not decided (`acknowledged`, `message`, `lastCommand`, `figures`, `report`, `notified`, `conditions`) is left as it is in `previous`.
#[must_use]
pub fn write(state: &State, previous: &CanaryStatus) -> CanaryStatus {
    let at = state.stage.at_step();
    CanaryStatus {
        observed_generation: previous.observed_generation,
        phase: state.stage.phase(),
        release: release_status(state),
        stable: Some(state.stable.revision.clone()),
        previous: state.stable.before.clone(),
        workload_image: Some(state.stable.manifest_image.clone()),
        step: at.and_then(|at| u32::try_from(at.step).ok()),
        weight_by_hand: at.and_then(|at| at.by_hand),
        since: since(&state.stage),
        epoch: state.epoch,
        split: state.split().cloned(),
        acknowledged: previous.acknowledged,
        message: previous.message.clone(),
        last_command: previous.last_command.clone(),
        figures: previous.figures.clone(),
        report: previous.report.clone(),
        history: state.history.clone(),
        notified: previous.notified.clone(),
        conditions: previous.conditions.clone(),
    }
}

fn since(stage: &Stage) -> Option<Timestamp> {
    match stage {
        Stage::Idle => None,
        Stage::Progressing(at) | Stage::Paused { at, .. } => Some(at.since),
        Stage::Starting { since, .. }
        | Stage::Promoting { since, .. }
        | Stage::Watching { since, .. }
        | Stage::Draining { since, .. } => Some(*since),
        Stage::Returning { decision, .. } => Some(decision.at),
        Stage::Promoted(ended) | Stage::Aborted(ended) => Some(ended.finished_at),
    }
}

fn release_status(state: &State) -> Option<ReleaseStatus> {
    let Release { name, revision, from, started_at, unproven } = state.release()?.clone();
    let (reason, decided_at, finished_at) = match &state.stage {
        Stage::Idle
        | Stage::Starting { .. }
        | Stage::Progressing(_)
        | Stage::Promoting { .. }
        | Stage::Watching { .. } => ("", None, None),
        Stage::Paused { reason, .. } => (reason.as_str(), None, None),
        Stage::Returning { decision, .. } | Stage::Draining { decision, .. } => {
            (decision.reason.as_str(), Some(decision.at), None)
        }
        Stage::Promoted(ended) | Stage::Aborted(ended) => {
            (ended.reason.as_str(), Some(ended.decided_at), Some(ended.finished_at))
        }
    };
    Some(ReleaseStatus {
        name,
        revision,
        from: Some(from),
        started_at,
        outcome: state.stage.outcome(),
        decided_at,
        finished_at,
        unproven,
        reason: reason.to_owned(),
    })
}

/// Reads the fields that a phase needs.
struct Fields<'s>(&'s CanaryStatus);

impl Fields<'_> {
    fn stage(&self) -> Result<Stage, StatusError> {
        Ok(match self.0.phase {
            Phase::Idle => Stage::Idle,
            Phase::Starting => Stage::Starting { release: self.release()?, since: self.since()? },
            Phase::Progressing => Stage::Progressing(self.at_step()?),
            Phase::Paused => Stage::Paused { at: self.at_step()?, reason: self.status()?.reason.clone() },
            Phase::Promoting => {
                Stage::Promoting { release: self.release()?, since: self.since()?, split: self.split()? }
            }
            Phase::Watching => {
                Stage::Watching { release: self.release()?, since: self.since()?, split: self.split()? }
            }
            Phase::Returning => Stage::Returning {
                release: self.release()?,
                split: self.split()?,
                decision: self.decision()?,
            },
            Phase::Draining => Stage::Draining {
                release: self.release()?,
                since: self.since()?,
                split: self.split()?,
                decision: self.decision()?,
            },
            Phase::Promoted => Stage::Promoted(self.ended()?),
            Phase::Aborted => Stage::Aborted(self.ended()?),
        })
    }

    fn need<T>(&self, value: Option<T>, field: &'static str) -> Result<T, StatusError> {
        value.ok_or(StatusError { field, phase: self.0.phase })
    }

    fn status(&self) -> Result<&ReleaseStatus, StatusError> {
        self.need(self.0.release.as_ref(), "release")
    }

    fn decision(&self) -> Result<Decided, StatusError> {
        Ok(Decided {
            outcome: self.need(self.status()?.outcome, "release.outcome")?,
            at: self.need(self.status()?.decided_at, "release.decidedAt")?,
            reason: self.status()?.reason.clone(),
        })
    }

    fn release(&self) -> Result<Release, StatusError> {
        let status = self.status()?;
        // Absent in what an earlier controller wrote: until a release is promoted, stable is what production ran before it.
        let from = status.from.clone().or_else(|| self.0.stable.clone());
        Ok(Release {
            name: status.name.clone(),
            revision: status.revision.clone(),
            from: self.need(from, "release.from")?,
            started_at: status.started_at,
            unproven: status.unproven,
        })
    }

    fn since(&self) -> Result<Timestamp, StatusError> {
        self.need(self.0.since, "since")
    }

    fn split(&self) -> Result<Split, StatusError> {
        self.need(self.0.split.clone(), "split")
    }

    fn at_step(&self) -> Result<AtStep, StatusError> {
        let step = self.need(self.0.step.and_then(|step| usize::try_from(step).ok()), "step")?;
        let by_hand = self.0.weight_by_hand;
        Ok(AtStep { release: self.release()?, step, since: self.since()?, split: self.split()?, by_hand })
    }

    fn ended(&self) -> Result<Ended, StatusError> {
        Ok(Ended {
            release: self.release()?,
            decided_at: self.need(self.status()?.decided_at, "release.decidedAt")?,
            finished_at: self.need(self.status()?.finished_at, "release.finishedAt")?,
            reason: self.status()?.reason.clone(),
        })
    }
}
