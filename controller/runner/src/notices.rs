//! Who is told what of runs: known by what is stored of a run, kept beside it before anybody is told, and told in the background.
//!
//! ```text
//! due      what there is to tell of a run as it stands
//! notice   one message for one target, as it is kept
//! teller   who tells it, until it is told or it is too late
//!   send     one try, by slack, webhook, email or status
//! ```
//! No run waits for any of it: what cannot be kept is told in the log and tried again at the run's next step.

mod due;
mod notice;
mod send;
mod teller;

use std::collections::HashSet;
use std::fs;
use std::io;
use std::sync::Arc;

use jiff::Timestamp;
use weir_pipeline::{Plan, Run};
use weir_stages::{Notification, Seen};

use crate::runner::Shared;
use crate::store::{self, About, Store};

pub(crate) use teller::Teller;

use due::Due;
use notice::{Maker, Notice};

/// Entries of the pipeline and of its stages, and what of them is kept already.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    all: Vec<Entry>,
    known: HashSet<String>,
    /// Whether it is known that they cannot be kept.
    fails: bool,
}

/// An entry, as it was saved.
#[derive(Debug)]
struct Entry {
    /// The stage's id; `None`: it is the pipeline's.
    stage: Option<String>,
    /// Its place in its list.
    index: usize,
    says: Notification,
}

impl Notices {
    /// Those of a run. What is kept of them and has not been told is told now.
    pub(crate) fn of(shared: &Arc<Shared>, about: &About, run: &str) -> Self {
        let all = entries(about);
        if all.is_empty() {
            return Self::default();
        }
        let mut kept = match kept(&shared.store, run) {
            Ok(kept) => kept,
            Err(error) => {
                tracing::warn!(%run, %error, "what was to be told of the run cannot be read");
                Vec::new()
            }
        };
        kept.sort_by_key(|notice| (notice.event.at, notice.event.what));
        let known = kept.iter().map(|notice| notice.event.id.clone()).collect();
        for notice in kept.into_iter().filter(|notice| notice.ended.is_none()) {
            Teller::tell(shared, notice);
        }
        Self { all, known, fails: false }
    }

    /// Keeps what is new, and has it told.
    pub(crate) fn record(&mut self, shared: &Arc<Shared>, seen: Seen<'_>, now: Timestamp) {
        if self.all.is_empty() {
            return;
        }
        let mut new = Vec::new();
        for due in due::of(seen.plan, seen.run) {
            for entry in self.all.iter().filter(|entry| entry.is_about(&due)) {
                let is_of_stage = entry.stage.is_some();
                let link = shared.options.link.as_deref();
                let maker = Maker { seen, due: &due, says: &entry.says, is_of_stage, link };
                let id = |target: &str| entry.id(seen.run, &due, target);
                new.extend(maker.make(&id, &|id| self.known.contains(id), now));
            }
        }
        for notice in new {
            if let Err(error) = notice.save(&shared.store) {
                // It is due as long as the run stands so.
                if !std::mem::replace(&mut self.fails, true) {
                    tracing::error!(run = %seen.run.id, %error, "what is to be told of the run cannot be kept");
                }
                return;
            }
            self.known.insert(notice.event.id.clone());
            Teller::tell(shared, notice);
        }
        self.fails = false;
    }
}

impl Entry {
    fn is_about(&self, due: &Due) -> bool {
        let is_its = match (&self.stage, &due.stage) {
            // Whoever hears of a pipeline hears that it waits, and for the rest of the run as a whole.
            (None, Some(_)) => due.what == weir_notify::What::Waiting,
            (None, None) => true,
            (Some(own), Some(stage)) => own == stage,
            (Some(_), None) => false,
        };
        is_its && self.says.when.contains(&due.what)
    }

    /// By which the message is known for ever: the run's life, what happened, and which entry tells whom.
    fn id(&self, run: &Run, due: &Due, target: &str) -> String {
        let stage = due.stage.as_ref().map(|stage| format!(".{stage}")).unwrap_or_default();
        let whose = if self.stage.is_some() { "s" } else { "p" };
        format!("{}.{}{stage}.{}.{whose}{}.{target}", run.id, run.life, due.what.name(), self.index)
    }
}

/// All entries of a pipeline.
fn entries(about: &About) -> Vec<Entry> {
    let definition = &about.definition;
    if definition.notifications.is_empty() && definition.stages.iter().all(|one| one.notifications.is_empty())
    {
        return Vec::new();
    }
    let Ok(plan) = Plan::new(definition.clone()) else { return Vec::new() };
    let ids = plan.graph().stages().map(|(id, _)| Some(id.to_owned()));
    let of_stages = ids.zip(definition.stages.iter().map(|stage| &stage.notifications));
    let lists = std::iter::once((None, &definition.notifications)).chain(of_stages);
    let entries = lists.flat_map(|(stage, list)| {
        // They were read when the pipeline was.
        let read =
            list.iter().enumerate().filter_map(|(index, one)| Some((index, Notification::new(one).ok()?)));
        read.map(move |(index, says)| Entry { stage: stage.clone(), index, says }).collect::<Vec<_>>()
    });
    entries.collect()
}

/// Has everybody told who has not been of a run that is over.
pub(crate) fn catch_up(shared: &Arc<Shared>, about: &About, run: &Run) {
    let mut notices = Notices::of(shared, about, &run.id);
    if notices.all.is_empty() {
        return;
    }
    if let Ok(plan) = Plan::new(about.definition.clone()) {
        notices.record(shared, about.seen(&plan, run), shared.now());
    }
}

/// What is kept of a run.
fn kept(store: &Store, run: &str) -> io::Result<Vec<Notice>> {
    let entries = match fs::read_dir(store.notices(run)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry?.path();
        // What was being written when the machine ended is written anew.
        if path.extension().is_some_and(|extension| extension == "json") {
            all.extend(store::read(&path)?);
        }
    }
    Ok(all)
}
