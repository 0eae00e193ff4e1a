//! One message for one target, as it is kept: everything that it takes but secrets, so that it is the same however late it is told.

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use weir_expression::{Limits, Scope, evaluate_all};
use weir_notify::target::{CommitStatus, Email, Hook, Slack};
use weir_notify::{Event, Fact, Origin, Run, Stage, Subject, What, words};
use weir_pipeline::{Status, run};
use weir_stages::{Notification, Seen};

use super::due::Due;
use crate::store::{self, Store};

/// A message, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notice {
    /// The run that it is about.
    pub(super) run: String,
    pub(super) event: Event,
    pub(super) target: Target,
    /// `None`: it has still to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Ended>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ended {
    pub(super) at: Timestamp,
    /// Why it is not told any more; `None`: it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) given_up: Option<String>,
}

/// Where it goes, with its words as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Target {
    Slack(Slack),
    Webhook(Hook),
    Email(Email),
    Status(Forged),
}

/// What a forge shows, of which commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Forged {
    pub(super) state: String,
    pub(super) context: String,
    pub(super) says: CommitStatus,
    pub(super) commit: Option<String>,
    /// Of the trigger, what names the repository.
    pub(super) trigger: Value,
}

/// Makes the messages of one entry about one thing.
pub(super) struct Maker<'m> {
    pub(super) seen: Seen<'m>,
    pub(super) due: &'m Due,
    pub(super) says: &'m Notification,
    /// Whether it is a stage's entry.
    pub(super) is_of_stage: bool,
    pub(super) link: Option<&'m str>,
}

impl Notice {
    /// Keeps it as it stands.
    pub(super) fn save(&self, store: &Store) -> io::Result<()> {
        let folder = store.notices(&self.run);
        match std::fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => made?,
        }
        store::write(&folder.join(format!("{}.json", self.event.id)), self)
    }
}

impl Maker<'_> {
    /// A message for each target that is not known by its id yet.
    pub(super) fn make(
        &self,
        id: &dyn Fn(&str) -> String,
        is_known: &dyn Fn(&str) -> bool,
        now: Timestamp,
    ) -> Vec<Notice> {
        let Notification { when: _, slack, webhook, email, status, message: _ } = self.says;
        let given = [
            slack.as_ref().map(|_| "slack"),
            webhook.as_ref().map(|_| "webhook"),
            email.as_ref().map(|_| "email"),
            status.as_ref().map(|_| "status"),
        ];
        let new = given.into_iter().flatten().map(|target| (target, id(target)));
        let new: Vec<_> = new.filter(|(_, id)| !is_known(id)).collect();
        if new.is_empty() {
            return Vec::new();
        }
        let says = self.evaluated(now);
        let Notification { when: _, slack, webhook, email, status, message } = says;
        let (mut slack, mut webhook, mut email, mut status) = (slack, webhook, email, status);
        let notice = |(target, id): (&str, String)| {
            let target = match target {
                "slack" => slack.take().map(Target::Slack),
                "webhook" => webhook.take().map(Target::Webhook),
                "email" => email.take().map(Target::Email),
                _ => status.take().map(|says| Target::Status(self.forged(says))),
            }?;
            let event = self.event(id, message.clone());
            Some(Notice { run: self.seen.run.id.clone(), event, target, ended: None })
        };
        new.into_iter().filter_map(notice).collect()
    }

    /// The entry with the values of its expressions. Words that have none do not keep anybody from being told.
    fn evaluated(&self, now: Timestamp) -> Notification {
        let scope = self.scope(now);
        let Ok(written) = serde_json::to_value(self.says) else { return self.says.clone() };
        let evaluated = evaluate_all(&written, &scope, &Limits::default())
            .map_err(|error| error.to_string())
            .and_then(|made| Notification::new(&made.value).map_err(|problem| problem.to_string()));
        evaluated.unwrap_or_else(|error| {
            let mut bare = self.says.clone();
            bare.message = Some(format!("(the words of this notification have no value: {error})"));
            if let Some(email) = &mut bare.email {
                email.subject = None;
            }
            if let Some(status) = &mut bare.status {
                (status.description, status.url) = (None, None);
            }
            if let Some(hook) = &mut bare.webhook {
                hook.headers.retain(|_, value| !value.contains("${"));
            }
            bare
        })
    }

    fn scope(&self, now: Timestamp) -> Scope<'static> {
        let Due { what, stage, reason, status, .. } = self.due;
        let told =
            json!({"when": what.name(), "stage": stage, "reason": reason, "status": status.spinnaker()});
        self.seen.whole(now).with("notification", &told)
    }

    fn event(&self, id: String, message: Option<String>) -> Event {
        let Due { what, stage, at, began, reason, status: _ } = self.due;
        let (pipeline, run) = (self.seen.pipeline.to_owned(), self.seen.run.id.clone());
        let stage = stage.as_ref().map(|id| Stage { id: id.clone(), name: self.name(id).to_owned() });
        let link = self.link.map(|link| link.replace("{run}", &run).replace("{pipeline}", &pipeline));
        let failed = if stage.is_none() && *what == What::Failed { self.failed() } else { Vec::new() };
        Event {
            id,
            at: *at,
            what: *what,
            subject: Subject::Run(Run { pipeline, run, stage }),
            reason: reason.clone().or_else(|| self.ignored()),
            failed,
            origin: self.origin(),
            began: *began,
            link,
            message,
        }
    }

    fn ignored(&self) -> Option<String> {
        let is_ignored = self.due.status == Status::FailedContinue && self.due.what == What::Failed;
        is_ignored.then(|| "the failure is ignored, and what follows went on".to_owned())
    }

    fn name<'n>(&'n self, id: &'n str) -> &'n str {
        let mut stages = self.seen.plan.graph().stages();
        stages.find(|(one, _)| *one == id).map_or(id, |(_, name)| name)
    }

    /// The stages that failed, with their reasons.
    fn failed(&self) -> Vec<Fact> {
        let failed = self.seen.run.stages.iter().filter_map(|stage: &run::StageRun| {
            let end = stage.standing.end()?;
            let has_failed =
                matches!(end.status, Status::Terminal | Status::FailedContinue | Status::Stopped);
            has_failed.then(|| Fact { name: self.name(&stage.id).to_owned(), reason: end.reason.clone() })
        });
        failed.collect()
    }

    fn told(&self, key: &str) -> Option<String> {
        let text = self.seen.trigger.get(key).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn origin(&self) -> Origin {
        let [by, repository, branch] = ["user", "repository", "branch"].map(|key| self.told(key));
        // Whoever signs in by its address is nobody's news.
        let repository = repository.filter(|text| !text.contains('@') || text.starts_with("git@"));
        Origin { by, repository, branch, commit: self.commit() }
    }

    /// The commit that was checked out last, or that the trigger names.
    fn commit(&self) -> Option<String> {
        let mut stages = self.seen.run.stages.iter().rev();
        let checked_out = stages.find_map(|stage| stage.outputs.get("commit").and_then(Value::as_str));
        checked_out.map(str::to_owned).or_else(|| self.told("commit"))
    }

    fn forged(&self, mut says: CommitStatus) -> Forged {
        let event = self.event(String::new(), None);
        let state = match self.due.what {
            What::Started | What::Waiting => "pending",
            What::Succeeded => "success",
            // What is ignored keeps nobody from merging.
            What::Failed if self.due.status == Status::FailedContinue => "success",
            What::Failed => "failure",
            What::Canceled => "error",
        };
        let pipeline = self.seen.pipeline;
        let own = || match &self.due.stage {
            Some(id) if self.is_of_stage => format!("weir/{pipeline}/{id}"),
            Some(_) | None => format!("weir/{pipeline}"),
        };
        let context = says.context.take().unwrap_or_else(own);
        says.description = says.description.or_else(|| Some(words::headline(&event)));
        says.url = says.url.or(event.link);
        let keys = ["forge", "source", "repository"];
        let named = keys.into_iter().filter_map(|key| Some((key.to_owned(), Value::from(self.told(key)?))));
        let trigger = Value::Object(named.collect::<Map<_, _>>());
        Forged { state: state.to_owned(), context, says, commit: self.commit(), trigger }
    }
}
