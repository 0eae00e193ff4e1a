//! Who is asked again and again.
//!
//! ```text
//! remote   branches and tags of git remotes        image   tags of images in registries        jenkins   builds of jobs
//! ```

mod image;
mod jenkins;
mod remote;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use weir_trigger::Subscription;
use weir_trigger::Trigger;
use weir_trigger::definition::Source;

use super::Triggers;

/// How often it is looked whether somebody is to be asked.
const EVERY: Duration = Duration::from_millis(500);
/// Of one kind, that are asked at once: one that does not answer keeps nobody waiting.
const AT_ONCE: usize = 8;

/// Somebody who is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whom {
    /// A git remote, by its address.
    Remote(String),
    /// An image of a registry.
    Image(String),
    /// A job of a Jenkins, by the names of both.
    Jenkins(String, String),
}

impl Whom {
    fn of(trigger: &Trigger) -> Option<(Self, Duration)> {
        match &trigger.source {
            Source::Git(git) => Some((Self::Remote(git.url.clone()), git.every)),
            Source::Image(image) => Some((Self::Image(image.repository.clone()), image.every)),
            Source::Jenkins(jenkins) => {
                Some((Self::Jenkins(jenkins.server.clone(), jenkins.job.clone()), jenkins.every))
            }
            Source::GitHub(_)
            | Source::GitLab(_)
            | Source::Bitbucket(_)
            | Source::Gitea(_)
            | Source::Webhook(_)
            | Source::Cron(_)
            | Source::Pipeline(_) => None,
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

impl Triggers {
    /// Asks each as often as its triggers say, for ever.
    pub(super) async fn poll(self: &Arc<Self>) {
        let mut asked: BTreeMap<Whom, Instant> = BTreeMap::new();
        let mut asking: JoinSet<Whom> = JoinSet::new();
        let mut busy: BTreeSet<Whom> = BTreeSet::new();
        loop {
            while let Some(answered) = asking.try_join_next() {
                match answered {
                    Ok(whom) => _ = busy.remove(&whom),
                    Err(error) => tracing::error!(%error, "somebody was not asked to the end"),
                }
            }
            for (whom, every) in self.whom() {
                let is_early = asked.get(&whom).is_some_and(|at| at.elapsed() < every);
                let is_full = busy.iter().filter(|other| other.is_like(&whom)).count() >= AT_ONCE;
                if is_early || is_full || !busy.insert(whom.clone()) {
                    continue;
                }
                asked.insert(whom.clone(), Instant::now());
                let this = Arc::clone(self);
                asking.spawn(async move {
                    this.ask(&whom).await;
                    whom
                });
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Asks everybody, whenever they were asked before.
    pub(super) async fn ask_all(&self) {
        for whom in self.whom().into_keys() {
            self.ask(&whom).await;
        }
    }

    /// Everybody, with the shortest time that a trigger gives. What was known of others is forgotten: who comes back is new.
    fn whom(&self) -> BTreeMap<Whom, Duration> {
        let mut all: BTreeMap<Whom, Duration> = BTreeMap::new();
        let defined = self.defined();
        let triggers = defined.iter().flat_map(|one| &one.triggers);
        for (trigger, _) in triggers.filter(|(trigger, _)| trigger.enabled) {
            if let Some((whom, every)) = Whom::of(trigger) {
                all.entry(whom).and_modify(|shortest| *shortest = every.min(*shortest)).or_insert(every);
            }
        }
        self.memory.forget_images_but(|image| all.contains_key(&Whom::Image(image.to_owned())));
        self.memory.forget_built_but(|server, job| {
            all.contains_key(&Whom::Jenkins(server.to_owned(), job.to_owned()))
        });
        all
    }

    /// The triggers that are switched on.
    fn listening(&self) -> Vec<(Trigger, Subscription)> {
        let defined = self.defined();
        let triggers = defined.iter().flat_map(|one| &one.triggers);
        triggers.filter(|(trigger, _)| trigger.enabled).cloned().collect()
    }

    async fn ask(&self, whom: &Whom) {
        let (name, answered) = match whom {
            Whom::Remote(url) => (url, self.ask_remote(url).await),
            Whom::Image(repository) => (repository, self.ask_image(repository).await),
            Whom::Jenkins(server, job) => (job, self.ask_jenkins(server, job).await),
        };
        if let Err(error) = answered {
            tracing::warn!(whom = %name, %error, "what starts runs cannot be asked");
        }
    }
}
