//! A decision that a stage waits for: whom it asks, who may give it, and how long there is for it.

use serde::{Deserialize, Serialize};

use crate::span::Span;

/// Who may decide, on what, and until when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgment {
    /// Who is asked, for people.
    pub owner: Option<String>,
    /// One of them has to be chosen; none: nothing has to.
    pub inputs: Vec<String>,
    /// Somebody who decides needs one of them; none: everybody may.
    pub roles: Vec<String>,
    /// How long somebody may decide. Default: [`Judgment::EXPIRES`], or as long as the stage's own timeout where it has one.
    pub expires: Option<Span>,
    /// What becomes of the stage where nobody does.
    pub when_expired: WhenExpired,
}

impl Judgment {
    /// How long somebody may decide where nothing else is said: three days, as Spinnaker has it.
    pub const EXPIRES: Span = Span::minutes(3 * 24 * 60);
}

/// What becomes of a stage that nobody decided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum WhenExpired {
    /// It fails, as if somebody had decided against it.
    #[default]
    Stop,
    /// It succeeds, and what follows it starts.
    GoOn,
}
