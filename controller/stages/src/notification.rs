//! Who is told what of a run or a stage, as it is written: `notifications:` of a pipeline or of a stage.
//!
//! Where a message goes is known before the run begins: only its words may have expressions, for else a trigger could send it, and the token with it, to somebody else.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_notify::What;
use weir_notify::target::{CommitStatus, Email, Hook, Slack};
use weir_pipeline::Problem;

use crate::typed::read;
use crate::work::texts;

/// One entry of the list: when, and who. At least one target is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notification {
    /// After what. Default: all of it. Spinnaker's word; `on` would be read as `true` on its way into a cluster, by YAML 1.1.
    #[serde(default = "all")]
    pub when: Vec<What>,
    /// An incoming web hook in Slack's form: Slack, Mattermost, Rocket.Chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slack: Option<Slack>,
    /// An event by HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Hook>,
    /// An e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What the forge shows beside the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CommitStatus>,
    /// Words of the user's own besides what is said anyway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

fn all() -> Vec<What> {
    What::ALL.to_vec()
}

impl Notification {
    /// Reads an entry as it is kept, once it has been checked.
    ///
    /// # Errors
    /// It is none.
    pub fn new(written: &Value) -> Result<Self, Problem> {
        Ok(read(written)?)
    }

    fn check(&self) -> Vec<Problem> {
        let Self { when, slack, webhook, email, status, message: _ } = self;
        let mut found = Vec::new();
        if when.is_empty() {
            found.push(Problem::new(
                "when",
                "it never tells anybody",
                "give at least one of started, waiting, succeeded, failed, canceled",
            ));
        }
        if slack.is_none() && webhook.is_none() && email.is_none() && status.is_none() {
            let mend = "give at least one of `slack`, `webhook`, `email`, `status`";
            found.push(Problem::new("", "it tells nobody", mend));
        }
        found.extend(slack.iter().flat_map(Slack::check).map(|problem| problem.within("slack")));
        found.extend(webhook.iter().flat_map(Hook::check).map(|problem| problem.within("webhook")));
        found.extend(email.iter().flat_map(Email::check).map(|problem| problem.within("email")));
        found.extend(status.iter().flat_map(CommitStatus::check).map(|problem| problem.within("status")));
        found
    }
}

/// Everything that is wrong with a list of them, whose problems begin with `notifications`. What is no list is left to whoever reads the rest.
pub(crate) fn check(written: Option<&Value>) -> Vec<Problem> {
    let entries = written.and_then(Value::as_array).into_iter().flatten().enumerate();
    let of_entry = |(index, entry): (usize, &Value)| {
        let mut found = texts::check("", entry);
        if found.is_empty() {
            match read::<Notification>(entry) {
                Ok(one) => found = one.check(),
                Err(misread) => found.push(misread.into()),
            }
        }
        found.into_iter().map(move |problem| problem.within(&format!("notifications[{index}]")))
    };
    entries.flat_map(of_entry).collect()
}
