//! A run that has ended, from one of its stages once more.
//!
//! That stage runs again, and everything after it; so does everything that did not end well, wherever it is, for the run could not end well without.
//! What ended well before it stays. Clean-up runs again too, unless the stage needs it: what is made now has to be removed as well. All of it runs
//! with the definition that the run began with.

use std::collections::BTreeSet;

use super::Machine;
use crate::transition::Refusal;

impl Machine<'_> {
    pub(super) fn restart(&mut self, wanted: &str) -> Result<(), Refusal> {
        let index = self.any_stage(wanted)?;
        if !self.run.status.is_complete() {
            return Err(self.unfit("wait for its end, or cancel it first"));
        }
        if self.run.began.is_none() {
            return Err(self.unfit("it never began: start a new one"));
        }
        let Some(node) = self.graph.node(index) else { return Ok(()) };
        if let Some(parent) = node.parent.and_then(|parent| self.graph.node(parent)) {
            let why = format!("is a part of {:?}: restart from that one", parent.name);
            return Err(self.refuse(index, why));
        }
        let again = self.again(index);
        let now = self.now;
        for index in again {
            self.with(index, |stage| stage.reset(now));
        }
        self.run.life = self.run.life.saturating_add(1);
        (self.run.halted, self.run.reason, self.run.ended) = (None, None, None);
        self.begin_run();
        Ok(())
    }

    /// The stages that run again, with those in them.
    fn again(&self, from: usize) -> BTreeSet<usize> {
        let before = self.graph.ancestors(from);
        let mut again = BTreeSet::from([from]);
        // In this order each stage comes after what it needs.
        for index in &self.graph.roots {
            let Some(node) = self.graph.node(*index) else { continue };
            let follows = node.needs.iter().any(|need| again.contains(need));
            let cleans = node.always && !before.contains(index);
            if follows || cleans || !self.standing(*index).status().lets_on() {
                again.insert(*index);
            }
        }
        for (index, node) in self.graph.nodes.iter().enumerate() {
            if node.parent.is_some_and(|parent| again.contains(&parent)) {
                again.insert(index);
            }
        }
        again
    }
}
