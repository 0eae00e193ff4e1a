//! What somebody who gave a command is told.

use crate::message;
use crate::observed::Command;
use crate::policy::Policy;
use crate::transition::{Event, Transition};

/// What somebody who gave a command is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it was done.
    pub accepted: bool,
    /// What happened and what comes next, or why nothing happened.
    pub message: String,
}

/// The answer to the command of a look, from what the look made of it.
#[must_use]
pub fn answer(command: Command, policy: &Policy, transition: &Transition) -> Answer {
    let Transition { state, events } = transition;
    let given_up =
        events.iter().find_map(|event| if let Event::Aborting(why) = event { Some(why) } else { None });
    let asked_for = matches!(command, Command::Abort | Command::Undo);
    if let Some(why) = given_up.filter(|_| !asked_for) {
        let message = format!("the release was given up at the same moment: {why}");
        return Answer { accepted: false, message };
    }
    let refused =
        events.iter().find_map(|event| if let Event::Ignored(why) = event { Some(why) } else { None });
    if let Some(message) = refused {
        return Answer { accepted: false, message: message.clone() };
    }
    let image = &state.stable.revision.image;
    let next = message::headline(policy, state);
    let message = match (command, given_up) {
        (_, Some(why)) => {
            format!("the release is given up ({why}); weight 0 comes first, production stays on {image}")
        }
        (Command::Undo, None) => format!("production goes back to {image}, without analysis"),
        (Command::Pause, None) => {
            format!("paused at weight {}; the guard watches on, resume goes on", state.canary_weight())
        }
        (Command::SetWeight(weight), None) => {
            format!("weight {weight} is being set; then the release waits for resume")
        }
        (Command::Retry, None) => format!("the release begins again: {next}"),
        (Command::Promote | Command::PromoteFull | Command::Resume | Command::Abort, None) => {
            format!("going on: {next}")
        }
    };
    Answer { accepted: true, message }
}
