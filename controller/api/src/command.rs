//! What somebody asks of one release: the annotation [`COMMAND`](crate::names::COMMAND) on its Canary, and the answer in its status.
//!
//! An annotation, because whoever may patch the Canary may command its release, the audit log names him, and it waits while no controller runs.
//! Its form is `{"id": "k2f9", "verb": "setWeight", "weight": 25, "by": "ada"}`. The controller does what an `id` asks once, and says so under that id.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Share, Timestamp};

/// Longest annotation that is read.
const LONGEST: usize = 2048;
/// Longest id.
const LONGEST_ID: usize = 64;

/// What somebody asks of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// End the current wait and go on.
    Promote,
    /// Skip everything that is left, and give stable the new version.
    PromoteFull,
    /// Give the release up.
    Abort,
    /// Stay at this weight. The guard watches on.
    Pause,
    /// Go on where it was paused.
    Resume,
    /// Release what was aborted again, from the start.
    Retry,
    /// Back to the version before, at once and without analysis.
    Undo,
    /// Give the canary this share, and stay there.
    SetWeight(Share),
}

impl Command {
    /// Every verb, with some share where it takes one.
    pub const ALL: [Self; 8] = [
        Self::Promote,
        Self::PromoteFull,
        Self::Abort,
        Self::Pause,
        Self::Resume,
        Self::Retry,
        Self::Undo,
        Self::SetWeight(Share::ZERO),
    ];

    /// The verb in the annotation.
    #[must_use]
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::PromoteFull => "promoteFull",
            Self::Abort => "abort",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Undo => "undo",
            Self::SetWeight(_) => "setWeight",
        }
    }

    /// The share that it asks for, if it is one that does.
    #[must_use]
    pub fn weight(&self) -> Option<Share> {
        if let Self::SetWeight(share) = self { Some(*share) } else { None }
    }

    /// The command of a verb, with a share where the verb takes one.
    ///
    /// # Errors
    /// One sentence: an unknown verb, a share that is missing, or one too many.
    pub fn of(verb: &str, weight: Option<Share>) -> Result<Self, String> {
        let Some(command) = Self::ALL.into_iter().find(|command| command.verb() == verb) else {
            let known = Self::ALL.map(|command| command.verb());
            let hint = crate::names::nearest(verb, known).map_or_else(
                || format!("give one of {}", known.join(", ")),
                |meant| format!("did you mean {meant}?"),
            );
            return Err(format!("verb: {verb:?} is unknown: {hint}"));
        };
        match (command, weight) {
            (Self::SetWeight(_), Some(share)) => Ok(Self::SetWeight(share)),
            (Self::SetWeight(_), None) => {
                Err("weight: is missing: setWeight needs a share in percent".to_owned())
            }
            (_, Some(_)) => Err(format!("weight: {verb} takes none")),
            (command, None) => Ok(command),
        }
    }
}

/// The annotation, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Name of this request, other than that of the one before.
    pub id: String,
    /// What is asked for.
    pub command: Command,
    /// Who asks, as he says.
    pub by: Option<String>,
    /// `metadata.uid` of the Canary that is meant: a request that came with a copy or a backup is for another one.
    pub uid: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    id: String,
    verb: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight: Option<Share>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uid: Option<String>,
}

/// An annotation that asks for nothing that can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("annotation weir.dev/command: {problem}")]
pub struct RequestError {
    /// The request's id; the beginning of the text where it has none. One that was refused is not refused again.
    pub id: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl Request {
    /// Reads the annotation.
    ///
    /// # Errors
    /// Names what is wrong.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let nameless = || text.chars().take(LONGEST_ID).collect::<String>();
        if text.len() > LONGEST {
            let problem = format!("has {} bytes: at most {LONGEST}", text.len());
            return Err(RequestError { id: nameless(), problem });
        }
        let wire: Wire = serde_json::from_str(text).map_err(|error| RequestError {
            id: nameless(),
            problem: format!("{error}: give JSON such as {{\"id\": \"1\", \"verb\": \"promote\"}}"),
        })?;
        let Wire { id, verb, weight, by, uid } = wire;
        if id.is_empty() || id.len() > LONGEST_ID {
            let problem = format!("id: has {} bytes: give 1 to {LONGEST_ID}", id.len());
            return Err(RequestError { id: nameless(), problem });
        }
        match Command::of(&verb, weight) {
            Ok(command) => Ok(Self { id, command, by, uid }),
            Err(problem) => Err(RequestError { id, problem }),
        }
    }

    /// The annotation's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let Self { id, command, by, uid } = self.clone();
        let wire = Wire { id, verb: command.verb().to_owned(), weight: command.weight(), by, uid };
        // Plain text and numbers always have a JSON form.
        serde_json::to_string(&wire).unwrap_or_default()
    }
}

/// What became of the last command: `status.lastCommand`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastCommand {
    /// Its id: no command of this id is followed again.
    pub id: String,
    /// What was asked for; empty where that cannot be read.
    #[serde(default)]
    pub verb: String,
    /// Who asked, as he said. The API server's audit log knows for certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When it was answered.
    pub at: Timestamp,
    /// Whether it was done.
    pub accepted: bool,
    /// What happened, or why nothing did.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::{Command, LONGEST, Request};
    use crate::Share;

    #[test]
    fn what_is_written_is_read_again() {
        for command in Command::ALL {
            let command = match command.weight() {
                Some(_) => Command::SetWeight(Share::from_basis_points(1_250).unwrap()),
                None => command,
            };
            let request = Request { id: "7f".to_owned(), command, by: Some("ada".to_owned()), uid: None };
            assert_eq!(Request::parse(&request.to_text()), Ok(request));
        }
    }

    #[test]
    fn what_cannot_be_followed_is_named() {
        let long = format!(r#"{{"id": "1", "verb": "{}"}}"#, "x".repeat(LONGEST));
        let cases = [
            ("promote", "promote", "give JSON such as"),
            (r#"{"verb": "promote"}"#, r#"{"verb": "promote"}"#, "missing field `id`"),
            (r#"{"id": "", "verb": "promote"}"#, r#"{"id": "", "verb": "promote"}"#, "id: has 0 bytes"),
            (r#"{"id": "1", "verb": "promte"}"#, "1", "did you mean promote?"),
            (r#"{"id": "1", "verb": "explode"}"#, "1", "give one of promote, promoteFull, abort"),
            (r#"{"id": "1", "verb": "setWeight"}"#, "1", "weight: is missing"),
            (r#"{"id": "1", "verb": "abort", "weight": 5}"#, "1", "weight: abort takes none"),
            (
                r#"{"id": "1", "verb": "abort", "when": 5}"#,
                r#"{"id": "1", "verb": "abort", "when": 5}"#,
                "unknown field",
            ),
            (&long, &long[..64], "at most 2048"),
        ];
        for (text, id, problem) in cases {
            let error = Request::parse(text).unwrap_err();
            assert_eq!(error.id, id, "{text}");
            assert!(error.problem.contains(problem), "{problem:?} in {}", error.problem);
        }
    }
}
