//! What somebody asks for by an annotation on the Canary, once. Pure.

use weir_api::command::{LastCommand, Request};
use weir_api::names::COMMAND;
use weir_api::{Canary, CanaryStatus, Timestamp};
use weir_rollout::{Answer, Command};

/// What an annotation asks for that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pending {
    /// Something that can be asked.
    Asked(Request),
    /// Nothing that can be done, with the reason.
    Refused(LastCommand),
}

impl Pending {
    /// Reads a Canary's annotation; `None` where there is none, or its answer is in the status.
    pub(super) fn of(canary: &Canary, status: &CanaryStatus, now: Timestamp) -> Option<Self> {
        let text = canary.metadata.annotations.as_ref()?.get(COMMAND)?;
        let answered = status.last_command.as_ref().map(|last| last.id.as_str());
        let refused = |id: String, verb: &str, by: Option<String>, message: String| {
            Self::Refused(LastCommand { id, verb: verb.to_owned(), by, at: now, accepted: false, message })
        };
        let pending = match Request::parse(text) {
            Err(error) => {
                let message = error.to_string();
                refused(error.id, "", None, message)
            }
            Ok(Request { id, command, by, uid: Some(uid) }) if Some(&uid) != canary.metadata.uid.as_ref() => {
                let message =
                    "it was for another Canary of this name: a copy or a backup brought it here".to_owned();
                refused(id, command.verb(), by, message)
            }
            Ok(request) => Self::Asked(request),
        };
        (Some(pending.id()) != answered).then_some(pending)
    }

    fn id(&self) -> &str {
        match self {
            Self::Asked(request) => &request.id,
            Self::Refused(last) => &last.id,
        }
    }

    /// What is to be done.
    pub(super) fn command(&self) -> Option<Command> {
        match self {
            Self::Asked(request) => Some(request.command),
            Self::Refused(_) => None,
        }
    }

    /// What the status says about it afterwards.
    pub(super) fn answered(self, answer: Option<&Answer>, now: Timestamp) -> Option<LastCommand> {
        match (self, answer) {
            (Self::Refused(last), _) => Some(last),
            (Self::Asked(Request { id, command, by, uid: _ }), Some(Answer { accepted, message })) => {
                let (verb, message) = (command.verb().to_owned(), message.clone());
                Some(LastCommand { id, verb, by, at: now, accepted: *accepted, message })
            }
            (Self::Asked(_), None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use weir_api::{Canary, CanaryStatus, Timestamp};
    use weir_rollout::{Answer, Command};

    use super::Pending;

    fn canary(annotation: &Value) -> Canary {
        serde_json::from_value(json!({
            "apiVersion": "weir.dev/v1alpha1", "kind": "Canary",
            "metadata": {"name": "shop", "uid": "u-1", "annotations": {"weir.dev/command": annotation.to_string()}},
            "spec": {"targetRef": {"name": "shop"}, "service": "shop", "strategy": {"canary": {"steps": []}}},
        }))
        .unwrap()
    }

    #[test]
    fn a_command_is_followed_until_it_has_its_answer_and_never_after() {
        let now = Timestamp::from_unix_micros(7);
        let asked = canary(&json!({"id": "a", "verb": "abort", "by": "ada", "uid": "u-1"}));
        let mut status = CanaryStatus::default();
        let pending = Pending::of(&asked, &status, now).unwrap();
        assert_eq!(pending.command(), Some(Command::Abort));
        let answer = Answer { accepted: true, message: "given up".to_owned() };
        status.last_command = pending.answered(Some(&answer), now);
        let last = status.last_command.clone().unwrap();
        assert_eq!((last.verb.as_str(), last.by.as_deref(), last.accepted), ("abort", Some("ada"), true));
        assert_eq!(Pending::of(&asked, &status, now), None);
        let again = canary(&json!({"id": "b", "verb": "abort"}));
        assert!(Pending::of(&again, &status, now).is_some());
    }

    #[test]
    fn what_cannot_be_done_is_refused_once() {
        let now = Timestamp::from_unix_micros(7);
        let mut status = CanaryStatus::default();
        for (annotation, part) in [
            (json!({"id": "a", "verb": "explode"}), "verb: \"explode\" is unknown"),
            (json!({"id": "b", "verb": "undo", "uid": "u-2"}), "another Canary of this name"),
        ] {
            let pending = Pending::of(&canary(&annotation), &status, now).unwrap();
            assert_eq!(pending.command(), None);
            status.last_command = pending.answered(None, now);
            let last = status.last_command.as_ref().unwrap();
            assert!(!last.accepted && last.message.contains(part), "{}", last.message);
            assert_eq!(Pending::of(&canary(&annotation), &status, now), None);
        }
    }
}
