//! What a stage does, as far as the order of things has to know it.

use std::time::Duration;

use super::judgment::Judgment;
use super::stage::Stage;

/// What a stage does. In a file it is the one key of a stage that is not the engine's: `step:`, `checkout:`, `wait:`.
///
/// As serde sees it, an enum with a variant a key. The engine asks it nothing but this, and is told the rest by events.
pub trait Work: Sized {
    /// The key, for people.
    fn kind(&self) -> &str;

    /// Whether somebody outside has to do something for it. A stage that is only made of others says no.
    fn acts(&self) -> bool {
        true
    }

    /// Whether it changes what runs: a freeze holds it.
    fn changes(&self) -> bool {
        false
    }

    /// Stages that this one is made of ("synthetic" ones).
    fn children(&self) -> Vec<Child<Self>> {
        Vec::new()
    }

    /// Whose judgement ends it, if one does.
    fn judgment(&self) -> Option<Judgment> {
        None
    }

    /// The time that it may take where the stage gives none.
    fn default_timeout(&self) -> Option<Duration> {
        None
    }
}

/// A stage inside another one.
#[derive(Clone, Debug, PartialEq)]
pub struct Child<W> {
    /// When it runs.
    pub position: Position,
    /// What it is. Its `needs` name stages of the same position, and its `onFailure` is about its parent: `halt` fails that one.
    pub stage: Stage<W>,
}

/// When a child runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Before its parent's own work.
    Before,
    /// After it has succeeded.
    After,
    /// Once the parent has failed or was stopped, whatever comes after: it puts right what was left half done.
    OnFailure,
}
