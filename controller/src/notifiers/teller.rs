//! Who tells: for each notifier one message at a time, until it is told, refused, or too late. No look waits for it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, watch};
use tokio::task::{JoinError, JoinSet};
use weir_api::notification::Notified;
use weir_notify::Event;
use weir_outbound::{Client, Failed, Secrets, Sender};

use super::file::{Notifiers, Target};
use super::message::{Message, Told};

/// Pause after the first failure; it doubles ...
const PAUSE: Duration = Duration::from_secs(1);
/// ... up to this, and nobody can ask for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// What is older is tried once.
const PATIENCE: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
/// Until the last byte of an answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// Messages at a time. Others come with a later look.
const MOST: usize = 1_000;

/// Tells for whoever looks.
#[derive(Debug, Default)]
pub(crate) struct Teller {
    /// `None`: there are no notifiers.
    told_by: Option<ToldBy>,
    /// Of each notifier: whose turn it is.
    turns: HashMap<String, Arc<Mutex<()>>>,
    /// What is being told, or waits for its turn: id and notifier.
    going_on: HashSet<(String, String)>,
    tasks: JoinSet<Told>,
    /// What became of those that have ended.
    ended: Vec<Told>,
}

/// What it takes to tell.
#[derive(Debug)]
struct ToldBy {
    file: PathBuf,
    /// As it was read last.
    text: Option<String>,
    /// What is wrong with it.
    problem: Option<String>,
    /// As it was when it was right last.
    notifiers: watch::Sender<Arc<Notifiers>>,
    outside: Arc<Outside>,
}

/// How it goes out.
#[derive(Debug)]
struct Outside {
    client: Client,
    secrets: Secrets,
}

impl Teller {
    /// Notifiers of this file, with secrets of this folder.
    ///
    /// # Errors
    /// TLS is not to be had.
    pub(crate) fn open(file: PathBuf, secrets: Option<PathBuf>) -> Result<Self, String> {
        let outside = Outside { client: Client::new()?, secrets: Secrets::in_folder(secrets) };
        let notifiers = watch::Sender::new(Arc::default());
        let told_by = ToldBy { file, text: None, problem: None, notifiers, outside: Arc::new(outside) };
        Ok(Self { told_by: Some(told_by), ..Self::default() })
    }

    /// The notifiers as they are now, and what is wrong with their file: then those of before are in force.
    pub(crate) fn notifiers(&mut self) -> (Arc<Notifiers>, Option<&str>) {
        let Some(told_by) = &mut self.told_by else { return (Arc::default(), None) };
        told_by.read();
        (Arc::clone(&told_by.notifiers.borrow()), told_by.problem.as_deref())
    }

    /// Begins to tell what is not being told yet.
    pub(crate) fn tell(&mut self, messages: Vec<Message>) {
        let Some(told_by) = &self.told_by else { return };
        for message in messages {
            let known = (message.event.id.clone(), message.to.clone());
            if self.going_on.len() >= MOST || !self.going_on.insert(known) {
                continue;
            }
            let turn = Arc::clone(self.turns.entry(message.to.clone()).or_default());
            let (notifiers, outside) = (told_by.notifiers.subscribe(), Arc::clone(&told_by.outside));
            self.tasks.spawn(async move {
                // They come in the order in which they asked.
                let _turn = turn.lock().await;
                let given_up = outside.until_told(&notifiers, &message.to, &message.event).await.err();
                let Message { canary, to, event } = message;
                Told { canary, notified: Notified { id: event.id, to, given_up } }
            });
        }
    }

    /// Waits until something has become of a message: the sooner that is stored, the fewer come twice. Nothing is lost when it is given up before.
    pub(crate) async fn changed(&mut self) {
        match self.tasks.join_next().await {
            Some(ended) => self.end(ended),
            None => std::future::pending().await,
        }
    }

    /// What became of messages since the last call.
    pub(crate) fn told(&mut self) -> Vec<Told> {
        while let Some(ended) = self.tasks.try_join_next() {
            self.end(ended);
        }
        let all = std::mem::take(&mut self.ended);
        for Told { notified: Notified { id, to, .. }, .. } in &all {
            self.going_on.remove(&(id.clone(), to.clone()));
        }
        if self.going_on.is_empty() {
            self.turns.clear();
        }
        all
    }

    fn end(&mut self, ended: Result<Told, JoinError>) {
        match ended {
            Ok(told) => self.ended.push(told),
            Err(error) => tracing::error!(%error, "telling of a release ended badly"),
        }
    }

    /// Tells nothing more: somebody else does.
    pub(crate) fn stop(&mut self) {
        self.tasks = JoinSet::new();
        self.ended.clear();
        self.going_on.clear();
        self.turns.clear();
    }
}

impl ToldBy {
    fn read(&mut self) {
        let Self { file, text, problem, notifiers, .. } = self;
        let read = match std::fs::read_to_string(&*file) {
            Ok(read) => read,
            // In a cluster the Secret need not be there.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && text.is_none() => return,
            Err(error) => {
                *problem = Some(format!("{}: cannot be read: {error}", shown(file)));
                return;
            }
        };
        if text.as_ref() == Some(&read) {
            return;
        }
        match Notifiers::parse(&shown(file), &read) {
            Ok(new) => {
                *problem = None;
                notifiers.send_replace(Arc::new(new));
            }
            Err(fault) => *problem = Some(fault.to_string()),
        }
        *text = Some(read);
    }
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

impl Outside {
    /// Tries until it is told; else why it is not told any more.
    async fn until_told(
        &self,
        notifiers: &watch::Receiver<Arc<Notifiers>>,
        to: &str,
        event: &Event,
    ) -> Result<(), String> {
        let mut pause = PAUSE;
        loop {
            // As the file says now: whoever mends an address need not start anything again.
            let now = Arc::clone(&notifiers.borrow());
            let notifier = now.get(to).ok_or_else(|| format!("there is no notifier {to:?} any more"))?;
            let is_late = Timestamp::now().duration_since(event.at) > PATIENCE;
            match self.tell(&now, &notifier.target, event).await {
                Ok(()) => return Ok(()),
                Err(Failed::Refused(why)) => return Err(why),
                Err(Failed::Passes { why, after: _ }) if is_late => {
                    return Err(format!("{why} (tried for an hour)"));
                }
                Err(Failed::Passes { why, after }) => {
                    if pause == PAUSE {
                        tracing::warn!(notifier = to, %why, "a notifier cannot be told of a release for now: it is tried again");
                    }
                    let asked = after.unwrap_or_default().min(LONGEST_PAUSE);
                    tokio::time::sleep(pause.max(asked)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn tell(&self, notifiers: &Notifiers, target: &Target, event: &Event) -> Result<(), Failed> {
        let Self { client, secrets } = self;
        let sender = Sender { client, secrets, mail: notifiers.mail.as_ref(), deadline: DEADLINE };
        match target {
            Target::Slack(to) => sender.slack(to, event).await,
            Target::Webhook(to) => sender.hook(to, event, Timestamp::now()).await,
            Target::Email(to) => sender.email(to, event).await,
        }
    }
}
