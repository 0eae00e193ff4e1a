//! Whether a trigger wants an event, and if not why.
//!
//! A trigger is compiled once: its globs, patterns and paths cannot fail any more when an event comes.

mod declined;
mod forge;
mod image;
mod webhook;

pub use declined::Declined;

use crate::definition::{After, Jenkins, Source, Trigger};
use crate::event::Event;
use crate::problem::Problem;
use crate::provider::Provider;
use crate::validate::{self, Checks};
use forge::{Forge, Refs};
use image::Image;
use webhook::Webhook;

/// A trigger that is ready to be asked.
#[derive(Clone, Debug)]
pub struct Subscription {
    enabled: bool,
    wanted: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    Forge(Forge),
    Webhook(Webhook),
    Git(String, Refs),
    Cron,
    Image(Image),
    Jenkins(Jenkins),
    Pipeline(After),
}

impl Subscription {
    /// Compiles it; `path` is where it stands, such as `triggers[0]`.
    ///
    /// # Errors
    /// Every problem of it.
    pub fn new(trigger: &Trigger, path: &str) -> Result<Self, Vec<Problem>> {
        let mut checks = Checks::new(format!("{path}.{}", trigger.source.key()));
        validate::parameters(trigger, path, &mut checks);
        let wanted = match &trigger.source {
            Source::GitHub(forge) => Forge::new(Provider::GitHub, forge, &mut checks).map(Wanted::Forge),
            Source::GitLab(forge) => Forge::new(Provider::GitLab, forge, &mut checks).map(Wanted::Forge),
            Source::Bitbucket(forge) => {
                Forge::new(Provider::Bitbucket, forge, &mut checks).map(Wanted::Forge)
            }
            Source::Gitea(forge) => Forge::new(Provider::Gitea, forge, &mut checks).map(Wanted::Forge),
            Source::Webhook(webhook) => Webhook::new(webhook, &mut checks).map(Wanted::Webhook),
            Source::Git(git) => {
                validate::git(git, &mut checks);
                Refs::polled(git, &mut checks).map(|refs| Wanted::Git(git.url.clone(), refs))
            }
            Source::Cron(cron) => {
                validate::cron(cron, &mut checks);
                Some(Wanted::Cron)
            }
            Source::Image(image) => Image::new(image, &mut checks).map(Wanted::Image),
            Source::Jenkins(jenkins) => {
                validate::jenkins(jenkins, &mut checks);
                Some(Wanted::Jenkins(jenkins.clone()))
            }
            Source::Pipeline(after) => {
                validate::after(after, &mut checks);
                Some(Wanted::Pipeline(after.clone()))
            }
        };
        match wanted {
            Some(wanted) if checks.problems.is_empty() => Ok(Self { enabled: trigger.enabled, wanted }),
            Some(_) | None => Err(checks.problems),
        }
    }

    /// Whether this event starts a run.
    ///
    /// Times, and events that somebody wants, are asked of nobody else: they were made for one trigger.
    ///
    /// # Errors
    /// It does not, and why: for whoever wonders that nothing was started.
    pub fn wants(&self, event: &Event) -> Result<(), Declined> {
        if matches!(event, Event::Manual { .. }) {
            return Ok(());
        }
        if !self.enabled {
            return Err(Declined::Disabled);
        }
        match (&self.wanted, event) {
            (Wanted::Forge(forge), Event::Forge { provider, signed_by, change, payload: _ }) => {
                forge.wants(*provider, signed_by, change)
            }
            (Wanted::Webhook(webhook), Event::Webhook { source, signed_by, payload }) => {
                webhook.wants(source, signed_by, payload)
            }
            (Wanted::Git(url, refs), Event::Git { url: from, change }) if url == from => refs.wants(change),
            (Wanted::Cron, Event::Cron { scheduled: _ }) => Ok(()),
            (Wanted::Image(image), Event::Image { repository, tag, digest: _, previous: _ }) => {
                image.wants(repository, tag)
            }
            (Wanted::Jenkins(jenkins), Event::Jenkins { server, job, build, properties: _ })
                if jenkins.server == *server && jenkins.job == *job =>
            {
                let fits = build.result.is_some_and(|result| jenkins.results.contains(&result));
                if fits { Ok(()) } else { Err(Declined::Ending) }
            }
            (Wanted::Pipeline(after), Event::Pipeline { name, status, run: _, trigger: _ })
                if after.name == *name =>
            {
                if after.statuses.contains(status) {
                    Ok(())
                } else {
                    Err(Declined::Ending)
                }
            }
            (
                Wanted::Forge(_)
                | Wanted::Webhook(_)
                | Wanted::Git(..)
                | Wanted::Cron
                | Wanted::Image(_)
                | Wanted::Jenkins(_)
                | Wanted::Pipeline(_),
                _,
            ) => Err(Declined::Elsewhere),
        }
    }

    /// Whether an image's tag is of those that it listens to; only of these the registry is asked what they stand for.
    #[must_use]
    pub fn lists_tag(&self, tag: &str) -> bool {
        matches!(&self.wanted, Wanted::Image(image) if image.has(tag))
    }
}
