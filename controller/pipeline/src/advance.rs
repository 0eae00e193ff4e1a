//! A run, what happened and the time, to the run afterwards and what is to be done: a total function.
//!
//! ```text
//! reports    what an attempt says of itself
//! commands   what somebody asks for            restart: from a stage, once more
//!   judgment   a decision, or none in time
//!   freeze     what a freeze holds, and who lets it through
//! settle     everything that follows by itself, until nothing does
//!   scope    the stages of one list: what is needed, what is halted
//!   stage    one stage through its phases
//!   ending   how a stage ends, fails, is stopped or tried again
//! actions    what the run wants done
//! ```
//! Invariants: no stage starts before what it needs has ended well (a clean-up: has ended); no key is started for two attempts; what has ended stays so
//! until a restart; the same events again change nothing; a run ends exactly when all its stages have.

mod actions;
mod commands;
mod ending;
mod freeze;
mod judgment;
mod reports;
mod restart;
mod scope;
mod stage;

use jiff::Timestamp;

use crate::event::Event;
use crate::freeze::Hold;
use crate::graph::Graph;
use crate::run::{End, Halted, Run, StageRun, Standing};
use crate::span::Span;
use crate::status::{Status, outcome};
use crate::transition::{Refusal, Transition};

/// One look. Without events it does what time does, and repeats what has not been reported on.
///
/// Events count in their order, each with everything that follows from it, and before the time: work that is done in the same look as its timeout is
/// done. `now` only has to be monotonic enough for waits: a clock that was set back lengthens them.
///
/// `holds` are the freezes that are in force for this run at `now`: stages that change what runs do not begin while there is one.
///
/// A run of another graph is left as it is, and every look at it is refused.
#[must_use]
pub fn advance(graph: &Graph, run: &Run, events: &[Event], holds: &[Hold], now: Timestamp) -> Transition {
    if !run.is_of(graph) {
        let refused = vec![Refusal::Foreign { run: run.id.clone() }];
        return Transition { run: run.clone(), actions: Vec::new(), refused };
    }
    let mut machine = Machine { graph, run: run.clone(), holds, now, changed: false };
    let mut refused = Vec::new();
    for event in events {
        match event {
            Event::Report(report) => machine.hear(report),
            Event::Command(command) => refused.extend(machine.obey(command).err()),
        }
        machine.follow();
    }
    machine.tick();
    machine.follow();
    let actions = machine.actions();
    Transition { run: machine.run, actions, refused }
}

struct Machine<'g> {
    graph: &'g Graph,
    run: Run,
    holds: &'g [Hold],
    now: Timestamp,
    /// Whether something changed since somebody last looked.
    changed: bool,
}

impl Machine<'_> {
    fn standing(&self, index: usize) -> &Standing {
        self.run.stages.get(index).map_or(&Standing::Waiting, |stage| &stage.standing)
    }

    /// Gives a stage another standing, and remembers that something changed.
    fn set(&mut self, index: usize, standing: Standing) {
        self.with(index, |stage| stage.standing = standing);
        self.changed = true;
    }

    fn with(&mut self, index: usize, change: impl FnOnce(&mut StageRun)) {
        if let Some(stage) = self.run.stages.get_mut(index) {
            change(stage);
        }
    }

    fn is_live(&self) -> bool {
        matches!(self.run.status, Status::Running | Status::Paused)
    }

    /// Everything that follows by itself from what is known, without the time.
    fn follow(&mut self) {
        self.settle();
        self.keep_time();
    }

    fn settle(&mut self) {
        // Each round ends or moves at least one stage, and each stage has fewer phases than this; a mistake here must not hold a controller.
        const PHASES: usize = 13;
        for _ in 0..self.graph.nodes.len().saturating_add(1).saturating_mul(PHASES) {
            if !self.is_live() {
                return;
            }
            self.changed = false;
            let halted = self.run.halted.clone();
            self.scope(&self.graph.roots, halted.as_ref());
            self.finish();
            if !self.changed {
                return;
            }
        }
    }

    /// What the time alone does.
    fn tick(&mut self) {
        if !self.is_live() {
            return;
        }
        if self.run.paused.is_none()
            && self.run.frozen_since.is_none()
            && self.run.halted.is_none()
            && self.run.deadline.is_some_and(|deadline| deadline <= self.now)
        {
            let limit = Span::from(self.graph.timeout.unwrap_or_default());
            self.run.halted = Some(Halted {
                status: Status::Terminal,
                reason: format!("the run took longer than its timeout, which is {limit}"),
                force: false,
            });
        }
        for index in 0..self.graph.nodes.len() {
            self.elapse(index);
        }
    }

    /// Ends the run when every stage has ended.
    fn finish(&mut self) {
        let ends: Option<Vec<(Status, bool)>> = (self.graph.roots.iter())
            .map(|index| self.standing(*index).end().map(|end| (end.status, end.fails_run)))
            .collect();
        let Some(ends) = ends else { return };
        let halted = self.run.halted.as_ref().map(|halted| (halted.status, false));
        self.run.status = outcome(ends.into_iter().chain(halted));
        let halted = self.run.halted.as_ref().filter(|halted| halted.status == self.run.status);
        self.run.reason = halted.map(|halted| halted.reason.clone()).or_else(|| self.cause());
        self.run.ended = Some(self.now);
        self.run.paused = None;
        self.run.deadline = None;
        self.changed = true;
    }

    /// The stage that the run's status comes from, with its reason.
    fn cause(&self) -> Option<String> {
        let ends = self.graph.roots.iter().filter_map(|index| {
            let node = self.graph.node(*index)?;
            self.standing(*index).end().map(|end| (node, end))
        });
        let (status, failed) = (self.run.status, self.run.status == Status::Terminal);
        let is_cause =
            |end: &End| (end.status == status && !status.is_success()) || (failed && end.fails_run);
        let mut causes: Vec<_> = ends.filter(|(_, end)| is_cause(end)).collect();
        causes.sort_by_key(|(_, end)| end.at);
        let (node, end) = causes.first()?;
        let ignored = if end.status == Status::FailedContinue { ", which is ignored" } else { "" };
        Some(format!("stage {:?} failed{ignored}: {}", node.name, end.reason))
    }
}
