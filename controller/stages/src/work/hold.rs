//! Somebody's decision.

use serde::Deserialize;
use weir_pipeline::definition::Judgment;

use super::finding::Finding;

/// Waits until somebody says whether to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Hold {
    /// For whoever decides.
    pub instructions: Option<String>,
    /// One of them has to be chosen; none: nothing has to.
    pub inputs: Vec<String>,
    /// Who decides needs one of them; none: everybody may.
    pub roles: Vec<String>,
}

impl From<Hold> for Judgment {
    fn from(hold: Hold) -> Self {
        Self { inputs: hold.inputs, roles: hold.roles }
    }
}

impl Hold {
    /// Who may decide and on what is known when the pipeline is saved: the engine refuses all others, whatever a trigger brings along.
    pub(super) fn check(&self) -> Vec<Finding> {
        let lists = [("inputs", &self.inputs), ("roles", &self.roles)];
        let texts = lists.into_iter().flat_map(|(field, texts)| {
            texts.iter().enumerate().map(move |(index, text)| (format!("{field}[{index}]"), text))
        });
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
        wrong.collect()
    }
}
