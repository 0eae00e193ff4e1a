//! Somebody's decision.

use serde::Deserialize;
use weir_pipeline::definition::{Judgment, WhenExpired};
use weir_pipeline::span::Span;

use super::finding::Finding;

/// Waits until somebody says whether to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Hold {
    /// Who is asked, for people.
    pub owner: Option<String>,
    /// Why he is, for people.
    pub reason: Option<String>,
    /// For whoever decides.
    pub instructions: Option<String>,
    /// One of them has to be chosen; none: nothing has to.
    pub inputs: Vec<String>,
    /// Who decides needs one of them; none: everybody may.
    pub roles: Vec<String>,
    /// How long somebody may decide. Default: three days.
    pub expires: Option<Span>,
    /// What becomes of the stage where nobody does. Default: it fails.
    pub when_expired: WhenExpired,
}

impl From<Hold> for Judgment {
    fn from(hold: Hold) -> Self {
        let Hold { owner, inputs, roles, expires, when_expired, reason: _, instructions: _ } = hold;
        Self { owner, inputs, roles, expires, when_expired }
    }
}

impl Hold {
    /// Who may decide, on what and until when is known when the pipeline is saved: the engine refuses all others, whatever a trigger brings along.
    pub(super) fn check(&self) -> Vec<Finding> {
        let lists = [("inputs", &self.inputs), ("roles", &self.roles)];
        let texts = lists.into_iter().flat_map(|(field, texts)| {
            texts.iter().enumerate().map(move |(index, text)| (format!("{field}[{index}]"), text))
        });
        let texts = texts.chain(self.owner.iter().map(|owner| ("owner".to_owned(), owner)));
        let wrong = texts.filter_map(|(field, text)| {
            let (what, mend) = if text.is_empty() {
                ("it is empty", "name it, or leave it out")
            } else if text.contains("${") {
                ("it is an expression, and has to be known before the run begins", "write the text itself")
            } else {
                return None;
            };
            Some(Finding::new(field, what, mend).certain())
        });
        let at_once = self.expires.filter(|expires| *expires == Span::default()).map(|_| {
            let mend = "give the time that somebody has to decide, such as 24h";
            Finding::new("expires", "nobody could decide", mend).certain()
        });
        let goes_on = self.when_expired == WhenExpired::GoOn && !self.inputs.is_empty();
        let unchosen = goes_on.then(|| {
            let what = "nobody would have chosen one of the inputs";
            Finding::new("whenExpired", what, "leave out `inputs`, or let it stop").certain()
        });
        wrong.chain(at_once).chain(unchosen).collect()
    }
}
