//! How a stage ends, fails, is stopped or tried again.

use super::Machine;
use crate::definition::OnFailure;
use crate::event::Fault;
use crate::graph::Node;
use crate::run::{End, Standing, Then};
use crate::status::Status;

impl Machine<'_> {
    /// An end at this instant.
    pub(super) fn ending(&self, status: Status, reason: String) -> End {
        End { status, reason, fails_run: false, at: self.now }
    }

    /// Ends a stage. Children whose turn never came have not run.
    pub(super) fn end(&mut self, index: usize, node: &Node, end: End) {
        for child in node.children() {
            let Some(inner) = self.graph.node(child) else { continue };
            if self.standing(child).end().is_none() {
                let reason = format!("its turn did not come in {:?}", node.name);
                let end = self.ending(Status::NotRun, reason);
                self.end(child, inner, end);
            }
        }
        self.with(index, |stage| {
            stage.deadline = None;
            stage.skipped_by = None;
        });
        self.set(index, Standing::Ended(End { at: self.now, ..end }));
    }

    /// Ends a stage that did not do well, once its children for that case have run.
    fn end_badly(&mut self, index: usize, node: &Node, end: End) {
        if node.on_failed.is_empty() {
            self.end(index, node, end);
        } else {
            self.set(index, Standing::Recovering { end });
        }
    }

    /// How a stage ends after its recovery: as it would have, with a word on a recovery that failed.
    pub(super) fn recovered(&self, node: &Node, end: &End) -> End {
        let failed = node.on_failed.iter().filter_map(|child| {
            let end = self.standing(*child).end().filter(|end| !end.status.lets_on())?;
            self.graph.node(*child).map(|child| format!("; {:?} failed as well: {}", child.name, end.reason))
        });
        let reason = std::iter::once(end.reason.clone()).chain(failed.take(1)).collect();
        End { reason, ..*end }
    }

    /// A stage has failed for good: what `onFailure` says.
    pub(super) fn fail(&mut self, index: usize, node: &Node, fault: Fault) {
        let (status, fails_run) = match node.on_failure {
            OnFailure::Halt => (Status::Terminal, false),
            OnFailure::HaltBranch => (Status::Stopped, false),
            OnFailure::HaltBranchThenFail => (Status::Stopped, true),
            OnFailure::Ignore => (Status::FailedContinue, false),
        };
        let end = End { fails_run, ..self.ending(status, fault.message) };
        self.wind_up(index, node, end);
    }

    /// Ends a stage that did not do well: what is left in it does not run, but for clean-up.
    pub(super) fn wind_up(&mut self, index: usize, node: &Node, end: End) {
        if node.is_composite() {
            let then = Then::End(end);
            self.set(index, Standing::Stopping { since: self.now, own: false, force: false, then });
        } else {
            self.end_badly(index, node, end);
        }
    }

    /// An attempt of a stage's own work has failed: another one, or none.
    pub(super) fn attempt_failed(&mut self, index: usize, node: &Node, fault: Fault) {
        let now = self.now;
        self.with(index, |stage| {
            stage.failures = stage.failures.saturating_add(1);
            stage.remember(Some(fault.clone()), now);
        });
        let Some(stage) = self.run.stages.get(index) else { return };
        let key = self.run.key(stage).to_string();
        // The time of a stage with children is that of all of them, and not given anew.
        let in_time = !node.is_composite() || stage.deadline.is_none_or(|deadline| now < deadline);
        match node.retries.wait(stage.failures, fault.blame, &key).filter(|_| in_time) {
            Some(wait) => self.set(index, Standing::BackingOff { until: wait.after(now) }),
            None => self.fail(index, node, fault),
        }
    }

    /// The next attempt.
    pub(super) fn retry(&mut self, index: usize, node: &Node) {
        self.with(index, |stage| {
            stage.attempt = stage.attempt.saturating_add(1);
            stage.message = None;
        });
        if !node.is_composite() {
            self.start_clock(index, node);
        }
        self.set(index, Standing::Starting);
    }

    /// Begins to end a stage early. What has not begun has ended at once.
    pub(super) fn stop(&mut self, index: usize, then: Then, force: bool) {
        let Some(node) = self.graph.node(index) else { return };
        let (own, began) = match self.standing(index) {
            Standing::Waiting
            | Standing::Asking
            | Standing::Ready
            | Standing::Window { .. }
            | Standing::Frozen { .. } => (false, false),
            Standing::Starting | Standing::Running { .. } => (true, true),
            Standing::Before
            | Standing::After
            | Standing::BackingOff { .. }
            | Standing::Recovering { .. } => (false, true),
            Standing::Stopping { .. } | Standing::Ended(_) => return,
        };
        match then {
            Then::End(end) if !began => {
                let status = if end.status == Status::Canceled { Status::NotRun } else { end.status };
                self.end(index, node, End { status, ..end });
            }
            then @ (Then::End(_) | Then::Fail(_)) => {
                self.set(index, Standing::Stopping { since: self.now, own, force, then });
            }
        }
    }

    /// A stage, and everything in it, has stopped.
    pub(super) fn stopped(&mut self, index: usize, node: &Node, then: Then, force: bool) {
        match then {
            Then::Fail(fault) => self.attempt_failed(index, node, fault),
            // Whoever skips it takes on what it leaves behind.
            Then::End(end) if force || end.status == Status::Skipped => self.end(index, node, end),
            Then::End(end) => self.end_badly(index, node, end),
        }
    }
}
