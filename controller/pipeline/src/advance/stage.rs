//! One stage through its phases.
//!
//! ```text
//! Waiting -> Asking -> Ready -> Frozen -> Window -> Before -> Starting -> Running -> After -> Ended
//!                                                                ^            |
//!                                                                +- BackingOff
//! ```
//! Each phase that a stage has nothing for is passed over. `ending` has the ways that do not end well.

use super::Machine;
use crate::event::{Blame, Fault};
use crate::graph::Node;
use crate::run::{End, Halted, STOP_PATIENCE, Standing, Then};
use crate::span::Span;
use crate::status::{Status, outcome};

impl Machine<'_> {
    /// Moves one stage by what is known, without the time.
    pub(super) fn stage(&mut self, index: usize, node: &Node, halted: Option<&Halted>) {
        if halted.is_some_and(|halted| self.obeys_halt(index, node, halted)) {
            return;
        }
        match self.standing(index).clone() {
            Standing::Waiting => self.wait(index, node),
            Standing::Ready | Standing::Frozen { .. } => self.enter(index, node),
            Standing::Before => self.children(index, node, &node.before),
            Standing::After => self.children(index, node, &node.after),
            Standing::Stopping { own: false, force, then, since: _ } => {
                self.wind_down(index, node, force, then);
            }
            Standing::Recovering { end } => {
                self.scope(&node.on_failed, None);
                if self.have_all_ended(&node.on_failed) {
                    let end = self.recovered(node, &end);
                    self.end(index, node, end);
                }
            }
            // These wait for the time, or for somebody outside.
            Standing::Asking
            | Standing::Window { .. }
            | Standing::Starting
            | Standing::Running { .. }
            | Standing::BackingOff { .. }
            | Standing::Stopping { own: true, .. }
            | Standing::Ended(_) => {}
        }
    }

    /// Ends what is in a stage whose own work has stopped, and then the stage. Clean-up among the children waits for what comes before it, and takes
    /// its own time.
    fn wind_down(&mut self, index: usize, node: &Node, force: bool, then: Then) {
        let reason = match &then {
            Then::End(end) => end.reason.clone(),
            Then::Fail(fault) => fault.message.clone(),
        };
        let halted = Halted { status: Status::Canceled, reason, force };
        let recovery: &[usize] = if force { &node.on_failed } else { &[] };
        for list in [&node.before, &node.after, recovery] {
            self.scope(list, Some(&halted));
            if !self.have_all_ended(list) {
                return;
            }
        }
        self.stopped(index, node, then, force);
    }

    /// Begins a stage once what it needs has ended.
    fn wait(&mut self, index: usize, node: &Node) {
        if !node.always
            && let Some(obstacle) = self.obstacle(node)
        {
            let end = self.ending(Status::NotRun, obstacle);
            return self.end(index, node, end);
        }
        if !self.is_its_turn(index, node) {
            return;
        }
        if let Some(by) = self.run.stages.get(index).and_then(|stage| stage.skipped_by.clone()) {
            let end = self.ending(Status::Skipped, format!("{by} skipped it"));
            return self.end(index, node, end);
        }
        if self.run.paused.is_some() {
            return;
        }
        self.with(index, |stage| stage.attempt = stage.attempt.saturating_add(1));
        self.set(index, if node.when.is_some() { Standing::Asking } else { Standing::Ready });
    }

    /// Begins the work: now, when the window opens, or when no freeze holds it any more.
    pub(super) fn enter(&mut self, index: usize, node: &Node) {
        if self.run.paused.is_some() {
            return;
        }
        if self.is_held(index, node) {
            return self.freeze(index);
        }
        let Some(schedule) = node.schedule.as_ref().filter(|schedule| !schedule.is_open(self.now)) else {
            return self.begin(index, node);
        };
        let last = if let Standing::Window { last, .. } = self.standing(index) {
            *last
        } else {
            schedule.last(self.now)
        };
        let Some(opening) = schedule.next_opening(self.now).filter(|opening| *opening <= last) else {
            let message = "its window did not open within 7 days: give it more hours".to_owned();
            return self.fail(index, node, Fault { blame: Blame::Work, message });
        };
        let key = self.run.stages.get(index).map(|stage| self.run.key(stage).to_string());
        let delayed = schedule.delay(&key.unwrap_or_default(), self.run.manual).after(opening);
        // Hours that a clock change has shortened may be over by then.
        let until = if schedule.is_open(delayed) { delayed } else { opening };
        self.set(index, Standing::Window { until, last });
    }

    /// Begins the work, whatever the window says.
    pub(super) fn begin(&mut self, index: usize, node: &Node) {
        self.start_clock(index, node);
        if node.before.is_empty() { self.own(index, node) } else { self.set(index, Standing::Before) }
    }

    pub(super) fn start_clock(&mut self, index: usize, node: &Node) {
        let now = self.now;
        let deadline = node.limit().map(|limit| limit.after(now));
        self.with(index, |stage| {
            stage.began = Some(now);
            stage.deadline = deadline;
        });
    }

    fn own(&mut self, index: usize, node: &Node) {
        if node.acts { self.set(index, Standing::Starting) } else { self.succeeded(index, node) }
    }

    /// Goes on after the stage's own work.
    pub(super) fn succeeded(&mut self, index: usize, node: &Node) {
        if node.after.is_empty() { self.complete(index, node) } else { self.set(index, Standing::After) }
    }

    /// Looks after the children of one position, and goes on when they have ended.
    fn children(&mut self, index: usize, node: &Node, list: &[usize]) {
        self.scope(list, None);
        if !self.have_all_ended(list) {
            return;
        }
        let ends: Vec<(usize, End)> =
            list.iter().filter_map(|child| Some((*child, self.standing(*child).end()?.clone()))).collect();
        let status = outcome(ends.iter().map(|(_, end)| (end.status, false)));
        let cause = ends.iter().find(|(_, end)| end.status == status);
        let told = cause.map_or_else(String::new, |(child, end)| {
            let name = self.graph.node(*child).map_or("", |child| child.name.as_str());
            format!("{name:?} in it failed: {}", end.reason)
        });
        match status {
            Status::Terminal => self.fail(index, node, Fault { blame: Blame::Work, message: told }),
            Status::Stopped | Status::Canceled => {
                let fails_run = ends.iter().any(|(_, end)| end.fails_run);
                let end = End { fails_run, ..self.ending(Status::Stopped, told) };
                self.wind_up(index, node, end);
            }
            Status::Succeeded
            | Status::FailedContinue
            | Status::Skipped
            | Status::NotStarted
            | Status::Running
            | Status::Paused
            | Status::NotRun => {
                if *self.standing(index) == Standing::Before {
                    self.own(index, node);
                } else {
                    self.complete(index, node);
                }
            }
        }
    }

    /// Ends a stage of which nothing has failed that counts.
    fn complete(&mut self, index: usize, node: &Node) {
        let ignored = node.children().find(|child| self.standing(*child).status() == Status::FailedContinue);
        let end = match ignored.and_then(|child| self.graph.node(child)) {
            Some(child) => {
                let reason = format!("{:?} in it failed, which is ignored", child.name);
                self.ending(Status::FailedContinue, reason)
            }
            None if !node.acts && !node.is_composite() => {
                self.ending(Status::Skipped, "there is nothing to do in it".to_owned())
            }
            None => self.ending(Status::Succeeded, String::new()),
        };
        self.end(index, node, end);
    }

    /// What the time does to one stage.
    pub(super) fn elapse(&mut self, index: usize) {
        let Some(node) = self.graph.node(index) else { return };
        let (now, paused) = (self.now, self.run.paused.is_some());
        let Some(stage) = self.run.stages.get(index) else { return };
        if stage.standing.end().is_some() {
            return;
        }
        let late = stage.deadline.is_some_and(|deadline| deadline <= now);
        match stage.standing.clone() {
            Standing::Running { done_at: Some(done_at) } if done_at <= now => self.succeeded(index, node),
            Standing::Window { until, .. } if until <= now && !paused => self.enter(index, node),
            Standing::BackingOff { until } if until <= now && !paused => self.retry(index, node),
            Standing::Stopping { since, own: true, force, then } if STOP_PATIENCE.after(since) <= now => {
                let unknown = format!("it did not say within {STOP_PATIENCE} that it stopped");
                self.with(index, |stage| stage.message = Some(unknown));
                self.set(index, Standing::Stopping { since, own: false, force, then });
            }
            Standing::Starting | Standing::Running { .. } if late && self.has_expired(index, node) => {
                self.expire(index, node);
            }
            Standing::Before | Standing::Starting | Standing::Running { .. } | Standing::After if late => {
                let limit = Span::from(node.timeout.unwrap_or_default());
                let message = format!("it took longer than its timeout, which is {limit}");
                self.stop(index, Then::Fail(Fault { blame: Blame::Work, message }), false);
            }
            Standing::Waiting
            | Standing::Asking
            | Standing::Ready
            | Standing::Window { .. }
            | Standing::Frozen { .. }
            | Standing::Before
            | Standing::Starting
            | Standing::Running { .. }
            | Standing::BackingOff { .. }
            | Standing::After
            | Standing::Stopping { .. }
            | Standing::Recovering { .. }
            | Standing::Ended(_) => {}
        }
    }
}
