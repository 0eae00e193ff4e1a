//! Stages that a freeze holds, and those that somebody lets through it.

use super::Machine;
use crate::graph::Node;
use crate::run::{Standing, Thaw, words};
use crate::span::Span;
use crate::transition::Refusal;

impl Machine<'_> {
    /// Whether a freeze keeps a stage from beginning now.
    pub(super) fn is_held(&self, index: usize, node: &Node) -> bool {
        let is_let_through = self.run.stages.get(index).is_some_and(|stage| stage.thaw.is_some());
        node.changes && !self.holds.is_empty() && !is_let_through && !self.is_clean_up(index)
    }

    /// Whether it puts right what others have left, by itself or as a part of what does.
    fn is_clean_up(&self, index: usize) -> bool {
        let Some(node) = self.graph.node(index) else { return false };
        let Some(parent) = node.parent else { return node.always };
        let recovers = self.graph.node(parent).is_some_and(|parent| parent.on_failed.contains(&index));
        node.always || recovers || self.is_clean_up(parent)
    }

    /// It waits for the end of what holds it.
    pub(super) fn freeze(&mut self, index: usize) {
        let frozen = Standing::Frozen { by: self.holds.to_vec() };
        if *self.standing(index) != frozen {
            self.set(index, frozen);
        }
    }

    /// The time of a run stands still while a freeze holds one of its stages: after it the rest has as much as there was before.
    pub(super) fn keep_time(&mut self) {
        let is_frozen = self.run.stages.iter().any(|stage| matches!(stage.standing, Standing::Frozen { .. }));
        match self.run.frozen_since {
            None if is_frozen => self.run.frozen_since = Some(self.now),
            Some(since) if !is_frozen => {
                let held = std::time::Duration::try_from(self.now.duration_since(since)).unwrap_or_default();
                self.run.frozen_since = None;
                self.run.deadline = self.run.deadline.map(|deadline| Span::from(held).after(deadline));
            }
            Some(_) | None => {}
        }
    }

    /// Lets a stage through all freezes that hold it now, and those that come until it begins.
    pub(super) fn thaw(&mut self, by: &str, wanted: &str, reason: &str) -> Result<(), Refusal> {
        let index = self.live_stage(wanted)?;
        let Some(node) = self.graph.node(index) else { return Ok(()) };
        if let Some(why) = self.no_thaw(index, node, reason) {
            return Err(self.refuse(index, why));
        }
        let freezes = self.holds.iter().map(|hold| hold.freeze.clone()).collect();
        let reason = words(reason.to_owned());
        let thaw = Thaw { by: by.to_owned(), at: self.now, reason, freezes };
        self.with(index, |stage| stage.thaw = Some(thaw));
        Ok(())
    }

    /// Why there is nothing to let through.
    fn no_thaw(&self, index: usize, node: &Node, reason: &str) -> Option<String> {
        let is_let_through = self.run.stages.get(index).is_some_and(|stage| stage.thaw.is_some());
        let standing = self.standing(index);
        let waits = matches!(
            standing,
            Standing::Waiting
                | Standing::Asking
                | Standing::Ready
                | Standing::Window { .. }
                | Standing::Frozen { .. }
        );
        let why = if !node.changes || self.is_clean_up(index) {
            "is never held by a freeze: it changes nothing that runs, or cleans up"
        } else if !waits {
            return Some(format!("is {}: only what has not begun is held", standing.status()));
        } else if is_let_through {
            "is let through already"
        } else if self.holds.is_empty() {
            "is held by no freeze"
        } else if reason.trim().is_empty() {
            "is held by a freeze: give a reason why it cannot wait"
        } else {
            return None;
        };
        Some(why.to_owned())
    }
}
