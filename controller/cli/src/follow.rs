//! Follows one release at the controller, and the problems of both programs: what is new since the last look.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use weir_api::Timestamp;
use weir_controller::view::ReleaseView;
use weir_proxy::problems::Problem;

use crate::admin::Admin;
use crate::progress::{Happening, Reporter};

/// Follows one Canary.
#[derive(Debug)]
pub(crate) struct Follower {
    controller: Admin,
    path: String,
    /// The newest event that was told.
    told: Option<Timestamp>,
    problems: Vec<String>,
}

impl Follower {
    /// Follows the Canary `key` (`namespace/name`) from now on.
    pub(crate) fn new(controller: Admin, key: &str) -> Self {
        Self { controller, path: format!("/v1/canaries/{key}"), told: None, problems: Vec::new() }
    }

    /// How it stands. `None` while the controller does not answer, as when it has just been killed.
    pub(crate) async fn look(&self) -> Option<ReleaseView> {
        self.controller.get(&self.path).await.ok()
    }

    /// Asks the controller to `promote` or `abort`.
    pub(crate) async fn command(&self, verb: &str) -> Result<String> {
        self.controller.post(&format!("{}/{verb}", self.path)).await
    }

    /// Tells what is new in `view`: events since the last call, problems, then the progress itself.
    pub(crate) fn tell(&mut self, view: &ReleaseView, since: Timestamp, reporter: &mut Reporter) {
        let millis = |at: Timestamp| u64::try_from(at.since(since).as_millis()).unwrap_or(u64::MAX);
        for event in &view.events {
            if event.at < since || self.told.is_some_and(|told| event.at <= told) {
                continue;
            }
            reporter.tell(&Happening::Step {
                text: &event.text,
                kind: &event.kind,
                elapsed_millis: millis(event.at),
            });
        }
        self.told = view.events.last().map(|event| event.at).max(self.told);
        self.tell_problems(view, reporter);
        reporter.tell(&Happening::Progress { elapsed_millis: millis(view.at), view });
    }

    /// Tells only what keeps the controller from its work, once each.
    fn tell_problems(&mut self, view: &ReleaseView, reporter: &mut Reporter) {
        for problem in view.problems.iter().filter(|problem| !self.problems.contains(problem)) {
            reporter.tell(&Happening::Note { text: problem });
        }
        self.problems.clone_from(&view.problems);
    }
}

/// Follows what is wrong with the manifests, as proxy and controller see it: told once, and told again when it is mended.
#[derive(Debug)]
pub(crate) struct Problems {
    proxy: Admin,
    controller: Admin,
    known: BTreeSet<String>,
}

impl Problems {
    /// Follows both from now on.
    pub(crate) fn new(proxy: Admin, controller: Admin) -> Self {
        Self { proxy, controller, known: BTreeSet::new() }
    }

    /// Tells what is new and what is mended. Nothing while one of the two does not answer.
    pub(crate) async fn tell(&mut self, reporter: &mut Reporter) {
        let controller = self.controller.get::<Vec<String>>("/v1/problems").await;
        let proxy = self.proxy.get::<Vec<Problem>>("/debug/problems").await;
        let (Ok(controller), Ok(proxy)) = (controller, proxy) else { return };
        let now: BTreeSet<String> =
            controller.into_iter().chain(proxy.iter().map(Problem::to_string)).collect();
        for text in now.difference(&self.known) {
            reporter.tell(&Happening::Note { text });
        }
        for text in self.known.difference(&now) {
            let place = text.lines().next().unwrap_or_default();
            reporter.tell(&Happening::Note { text: &format!("mended: {place}") });
        }
        self.known = now;
    }
}

/// This instant, as objects write it.
pub(crate) fn now() -> Timestamp {
    jiff::Timestamp::now().into()
}

/// How often a release is looked at.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(250);
