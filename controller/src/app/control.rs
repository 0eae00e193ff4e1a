//! The control loop: a look whenever something is different, somebody asked for something, or the time has come.
//!
//! Of several controllers only the one that holds the lease looks. The others read on, so that what they begin with is new.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use weir_kubernetes::lease::Held;
use weir_rollout::Command;

use super::now;
use crate::admin::{Answer, Asked, Said, Shown};
use crate::catalog::Key;
use crate::clock::Clock;
use crate::ends::{Source, Store, Workloads};
use crate::flags::{Board, Compiled};
use crate::notifiers::Teller;
use crate::reconcile::{Controller, Inputs, Looked, Notice, pause};
use crate::scores::Runner;
use crate::scrape::{Scraped, scrape};

/// How old the weights may be that flags follow at a controller that only reads along.
const READ_ALONG: Duration = Duration::from_millis(250);
/// Longest that all proxies together may take to report.
const SCRAPE: Duration = Duration::from_millis(800);

pub(super) struct Loop<O, S, W> {
    pub(super) source: O,
    pub(super) controller: Controller<S, W>,
    /// Asks for what metrics are judged by.
    pub(super) runner: Runner,
    /// Tells those elsewhere.
    pub(super) teller: Teller,
    pub(super) interval: Duration,
    pub(super) asked: mpsc::Receiver<Asked>,
    pub(super) shown: Arc<Shown>,
    pub(super) stop: CancellationToken,
    /// Whether this controller is the one that looks; `None`: there is no other one.
    pub(super) held: Option<Held>,
    /// Where what happens is told, if anywhere.
    pub(super) notices: Option<mpsc::Sender<Notice>>,
    pub(super) clock: Clock,
}

impl<O: Source, S: Store, W: Workloads> Loop<O, S, W> {
    pub(super) async fn run(mut self) {
        tokio::select! {
            () = self.stop.cancelled() => return,
            () = self.source.read() => {}
        }
        loop {
            self.teller.stop();
            self.follow().await;
            if self.stop.is_cancelled() {
                return;
            }
            // A watch may be behind; and of an earlier time as the leader nothing is left.
            if self.source.catch_up().await {
                self.controller.begin(now());
                self.lead().await;
            } else {
                tokio::time::sleep(self.interval).await;
            }
        }
    }

    fn leads(&self) -> bool {
        self.held.as_ref().is_none_or(Held::now)
    }

    /// Reads on until this controller leads, or ends.
    async fn follow(&mut self) {
        let Some(mut held) = self.held.clone() else { return };
        self.shown.looked.store(Arc::default());
        let mut compiled = Compiled::default();
        while !self.leads() && !self.stop.is_cancelled() {
            let board = Board::stored(&mut compiled, self.source.catalog());
            self.shown.board.store(Some(board.into()));
            self.shown.ready.store(true, Ordering::Release);
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = held.changed() => {}
                () = tokio::time::sleep(READ_ALONG) => {}
                () = self.source.changed() => {}
                // Whoever asked is told that nobody answers.
                Some(_asked) = self.asked.recv() => {}
            }
        }
    }

    /// Looks, for as long as this controller leads.
    async fn lead(&mut self) {
        let mut told = Vec::new();
        let mut asked: Vec<Asked> = Vec::new();
        while self.leads() {
            let began = Instant::now();
            let looked = self.look(std::mem::take(&mut asked)).await;
            tell_problems(&mut told, &looked.problems);
            // Where a look takes long, looks may not take all of the machine: the proxies may stand on it too.
            let next = began + pause(&looked, self.interval).max(began.elapsed() * 2);
            self.shown.board.store(Some(Arc::clone(&looked.board)));
            self.shown.looked.store(Arc::new(looked));
            self.shown.ready.store(true, Ordering::Release);
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep_until(next) => {}
                () = self.source.changed() => {}
                () = self.teller.changed() => {}
                Some(first) = self.asked.recv() => asked.push(first),
            }
            while let Ok(more) = self.asked.try_recv() {
                asked.push(more);
            }
        }
    }

    async fn look(&mut self, asked: Vec<Asked>) -> Looked {
        let began = Instant::now();
        let scraped = scrape(self.source.proxies(), SCRAPE).await;
        let commands: BTreeMap<Key, Command> =
            asked.iter().map(|asked| (asked.canary.clone(), asked.command)).collect();
        let now = self.clock.now(now(), began.into_std());
        let (catalog, answers, told) = (self.source.catalog(), self.runner.answers(), self.teller.told());
        let (notifiers, wrong) = self.teller.notifiers();
        let wrong = wrong.map(str::to_owned);
        let inputs = Inputs {
            catalog,
            scraped: &scraped,
            answers: &answers,
            notifiers: &notifiers,
            told: &told,
            commands: &commands,
            now,
        };
        let mut looked = self.controller.look(inputs).await;
        self.runner.ask(std::mem::take(&mut looked.asks));
        self.teller.tell(std::mem::take(&mut looked.messages));
        looked.problems.extend(wrong);
        self.clock.measures(looked.measures);
        let seconds = began.elapsed().as_secs_f64();
        self.shown.metrics.looked(seconds, &scraped, &looked.events);
        looked.problems.extend(silent(&scraped));
        for notice in looked.notices.drain(..) {
            // Nobody waits for that: where too much happens, some of it is not told.
            if let Some(to) = &self.notices {
                let _full = to.try_send(notice);
            }
        }
        for Asked { canary, command: _, answer } in asked {
            let mine = looked.events.iter().filter(|(key, _)| *key == canary);
            let events = mine.map(|(_, event)| event.to_string()).collect();
            // Whoever asked may have gone.
            let said = looked
                .answers
                .get(&canary)
                .map(|answer| Said { accepted: answer.accepted, message: answer.message.clone() });
            let _gone =
                answer.send(Answer { events, answer: said, canary: looked.views.get(&canary).cloned() });
        }
        looked
    }
}

fn silent(scraped: &[Scraped]) -> impl Iterator<Item = String> + '_ {
    let problem = |scraped: &Scraped| {
        let error = scraped.report.as_ref().err()?;
        Some(format!("proxy {}: no report: {error}", scraped.proxy))
    };
    scraped.iter().filter_map(problem)
}

/// Logs what is new and what is mended, each once.
fn tell_problems(told: &mut Vec<String>, problems: &[String]) {
    for problem in problems.iter().filter(|problem| !told.contains(problem)) {
        tracing::warn!("{problem}");
    }
    for mended in told.iter().filter(|old| !problems.contains(old)) {
        tracing::info!("mended: {mended}");
    }
    *told = problems.to_vec();
}
