//! Why a command changes nothing where the release stands, and what would.

use weir_api::status::ReleaseOutcome;

use crate::advance::Look;
use crate::observed::Command;
use crate::state::{AtStep, Ended, Stage};

impl Look<'_> {
    /// Why a command changes nothing where the release stands, and what would.
    pub(in crate::advance) fn refusal(&self) -> Option<String> {
        let command = self.observed.command?;
        match &self.state.stage {
            Stage::Idle | Stage::Promoted(_) => self.refusal_at_rest(command),
            Stage::Aborted(ended) => refusal_after_abort(command, ended, self),
            Stage::Starting { .. } => refusal_at_start(command),
            Stage::Progressing(at) => self.refusal_at_step(at, command),
            Stage::Paused { at, .. } => {
                let no_step = self.policy.steps().get(at.step).is_none();
                match command {
                    Command::Resume if no_step => Some("the step that it was at is gone: promote or abort".to_owned()),
                    Command::Pause => Some("the release is paused already: resume goes on".to_owned()),
                    Command::Retry => Some(going_on()),
                    Command::Promote | Command::PromoteFull | Command::Abort | Command::Resume | Command::Undo | Command::SetWeight(_) => None,
                }
            }
            Stage::Promoting { .. } => match command {
                Command::Promote | Command::PromoteFull => Some("the release is being promoted already".to_owned()),
                Command::Pause | Command::Resume | Command::SetWeight(_) => {
                    Some("stable is being given the new version, which does not stop halfway: abort gives it the old one back".to_owned())
                }
                Command::Retry => Some(going_on()),
                Command::Abort | Command::Undo => None,
            },
            Stage::Watching { .. } => match command {
                Command::Pause | Command::Resume | Command::SetWeight(_) => {
                    Some("production runs the new version and is watched: promote ends that, abort goes back to the old one".to_owned())
                }
                Command::Retry => Some(going_on()),
                Command::Promote | Command::PromoteFull | Command::Abort | Command::Undo => None,
            },
            Stage::Returning { decision, .. } => {
                Some(format!("the release is {} already", decision.outcome))
            }
            Stage::Draining { decision, .. } => {
                let can_go_back =
                    decision.outcome == ReleaseOutcome::Promoted && self.state.stable.before.is_some();
                if command == Command::Undo && can_go_back {
                    return None;
                }
                Some(format!("the release is {} already", decision.outcome))
            }
        }
    }

    fn refusal_at_rest(&self, command: Command) -> Option<String> {
        match command {
            Command::Undo if self.state.stable.before.is_some() => None,
            Command::Undo => Some(format!(
                "what production ran before {} is not known: release that version by its image",
                self.state.stable.revision.image
            )),
            Command::Retry => Some("no release was aborted: there is nothing to try again".to_owned()),
            Command::Promote
            | Command::PromoteFull
            | Command::Abort
            | Command::Pause
            | Command::Resume
            | Command::SetWeight(_) => Some("nothing is being released".to_owned()),
        }
    }

    fn refusal_at_step(&self, at: &AtStep, command: Command) -> Option<String> {
        match command {
            Command::Promote => self.is_setting_weight(at).then(|| {
                "nothing to skip now: the weight is still being set; promote again when the next step waits".to_owned()
            }),
            Command::Resume => Some("the release is not paused".to_owned()),
            Command::Retry => Some(going_on()),
            Command::PromoteFull | Command::Abort | Command::Pause | Command::Undo | Command::SetWeight(_) => None,
        }
    }
}

fn refusal_at_start(command: Command) -> Option<String> {
    match command {
        Command::Promote => Some("nothing to promote yet: the pods are still starting".to_owned()),
        Command::Pause | Command::Resume | Command::SetWeight(_) => {
            Some("the pods are still starting and get no request yet: ask again when the first weight is set, or abort".to_owned())
        }
        Command::Retry => Some(going_on()),
        Command::PromoteFull | Command::Abort | Command::Undo => None,
    }
}

fn refusal_after_abort(command: Command, ended: &Ended, look: &Look<'_>) -> Option<String> {
    let image = &look.state.stable.revision.image;
    let Ended { release, .. } = ended;
    match command {
        Command::Retry if look.observed.wanted.is_none() => {
            Some("the Canary no longer names a release: name an image to release".to_owned())
        }
        Command::Retry => None,
        Command::Undo => {
            Some(format!("release {} was aborted: production runs {image} already", release.name))
        }
        Command::Promote
        | Command::PromoteFull
        | Command::Abort
        | Command::Pause
        | Command::Resume
        | Command::SetWeight(_) => Some(format!(
            "nothing is being released: release {} was aborted, production runs {image}; retry releases it again",
            release.name
        )),
    }
}

fn going_on() -> String {
    "the release is going on: abort it before it is tried again".to_owned()
}
