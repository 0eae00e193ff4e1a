//! [`State`] to and from the flat `Canary.status`.
//!
//! Invariant: `read(write(state)) == state` for every state, so a controller that was killed goes on exactly where it stood.

use weir_api::Timestamp;
use weir_api::status::{CanaryStatus, Phase, ReleaseOutcome, ReleaseStatus};

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
    Ok(Some(State { stable: Stable { revision, manifest_image }, epoch: status.epoch, stage }))
}

/// The flat form of a state. What is observed and not decided (`acknowledged`, `message`, `report`) is left as it is in `previous`.
#[must_use]
pub fn write(state: &State, previous: &CanaryStatus) -> CanaryStatus {
    let (step, since) = match &state.stage {
        Stage::Progressing(at) | Stage::Paused { at, .. } => (u32::try_from(at.step).ok(), Some(at.since)),
        Stage::Starting { since, .. } | Stage::Promoting { since, .. } => (None, Some(*since)),
        Stage::Draining { decision, .. } => (None, Some(decision.at)),
        Stage::Promoted(ended) | Stage::Aborted(ended) => (None, Some(ended.finished_at)),
        Stage::Idle => (None, None),
    };
    CanaryStatus {
        observed_generation: previous.observed_generation,
        phase: state.stage.phase(),
        release: release_status(&state.stage),
        stable: Some(state.stable.revision.clone()),
        workload_image: Some(state.stable.manifest_image.clone()),
        step,
        since,
        epoch: state.epoch,
        split: state.split().cloned(),
        acknowledged: previous.acknowledged,
        message: previous.message.clone(),
        report: previous.report.clone(),
    }
}

fn release_status(stage: &Stage) -> Option<ReleaseStatus> {
    let open = |release: &Release, reason: &str| ReleaseStatus {
        name: release.name.clone(),
        revision: release.revision.clone(),
        started_at: release.started_at,
        outcome: None,
        decided_at: None,
        finished_at: None,
        unproven: release.unproven,
        reason: reason.to_owned(),
    };
    let ended = |ended: &Ended, outcome| ReleaseStatus {
        outcome: Some(outcome),
        decided_at: Some(ended.decided_at),
        finished_at: Some(ended.finished_at),
        ..open(&ended.release, &ended.reason)
    };
    Some(match stage {
        Stage::Idle => return None,
        Stage::Starting { release, .. } | Stage::Promoting { release, .. } => open(release, ""),
        Stage::Progressing(at) => open(&at.release, ""),
        Stage::Paused { at, reason } => open(&at.release, reason),
        Stage::Draining { release, decision: Decided { outcome, at, reason }, .. } => {
            ReleaseStatus { outcome: Some(*outcome), decided_at: Some(*at), ..open(release, reason) }
        }
        Stage::Promoted(end) => ended(end, ReleaseOutcome::Promoted),
        Stage::Aborted(end) => ended(end, ReleaseOutcome::Aborted),
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
            Phase::Draining => Stage::Draining {
                release: self.release()?,
                split: self.split()?,
                decision: Decided {
                    outcome: self.need(self.status()?.outcome, "release.outcome")?,
                    at: self.need(self.status()?.decided_at, "release.decidedAt")?,
                    reason: self.status()?.reason.clone(),
                },
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

    fn release(&self) -> Result<Release, StatusError> {
        let status = self.status()?;
        Ok(Release {
            name: status.name.clone(),
            revision: status.revision.clone(),
            started_at: status.started_at,
            unproven: status.unproven,
        })
    }

    fn since(&self) -> Result<Timestamp, StatusError> {
        self.need(self.0.since, "since")
    }

    fn split(&self) -> Result<weir_api::status::Split, StatusError> {
        self.need(self.0.split.clone(), "split")
    }

    fn at_step(&self) -> Result<AtStep, StatusError> {
        let step = self.need(self.0.step.and_then(|step| usize::try_from(step).ok()), "step")?;
        Ok(AtStep { release: self.release()?, step, since: self.since()?, split: self.split()? })
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
