//! The stages of one list, the pipeline's or the children of one position: what each needs, and what is halted.

use super::Machine;
use crate::graph::Node;
use crate::run::{End, Halted, Standing, Then};
use crate::status::Status;

impl Machine<'_> {
    /// Moves each stage of the list as far as it goes; `halted` is why the list as a whole is being ended.
    pub(super) fn scope(&mut self, list: &[usize], halted: Option<&Halted>) {
        // A stage that fails meanwhile halts the list in the next round, before any other one has begun its work.
        let halted = halted.cloned().or_else(|| self.halted_by(list));
        for index in list {
            let Some(node) = self.graph.node(*index) else { continue };
            if self.standing(*index).end().is_some() {
                continue;
            }
            self.stage(*index, node, halted.as_ref());
        }
    }

    /// The stage of the list whose failure halts the others.
    fn halted_by(&self, list: &[usize]) -> Option<Halted> {
        let failed =
            |index: &&usize| self.standing(**index).end().is_some_and(|end| end.status == Status::Terminal);
        let node = list.iter().find(failed).and_then(|index| self.graph.node(*index))?;
        let reason = format!("stage {:?} failed", node.name);
        Some(Halted { status: Status::Canceled, reason, force: false })
    }

    /// Ends a stage that a halt is about. Clean-up is left alone unless by force.
    pub(super) fn obeys_halt(&mut self, index: usize, node: &Node, halted: &Halted) -> bool {
        if node.always && !halted.force {
            return false;
        }
        match self.standing(index) {
            Standing::Ended(_) | Standing::Stopping { force: true, .. } => return false,
            Standing::Stopping { since, own, force: false, then } => {
                // A stage that had failed for its timeout is not tried again.
                let end = Then::End(self.end_of(then, halted));
                if !halted.force && *then == end {
                    return false;
                }
                let stopping =
                    Standing::Stopping { since: *since, own: *own, force: halted.force, then: end };
                self.set(index, stopping);
            }
            Standing::Recovering { .. } if !halted.force => return false,
            Standing::Recovering { end } => {
                let end = end.clone();
                self.stop(index, Then::End(end), true);
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
            | Standing::After => {
                let end = self.ending(Status::Canceled, halted.reason.clone());
                self.stop(index, Then::End(end), halted.force);
            }
        }
        true
    }

    /// What a stage that is being stopped ends as, once its list is halted.
    fn end_of(&self, then: &Then, halted: &Halted) -> End {
        match then {
            Then::End(end) => end.clone(),
            Then::Fail(fault) => {
                self.ending(Status::Canceled, format!("{}; {}", fault.message, halted.reason))
            }
        }
    }

    /// What keeps a stage from starting for ever: the first of those it needs that has not ended well.
    pub(super) fn obstacle(&self, node: &Node) -> Option<String> {
        let ended = |need: &&usize| self.standing(**need).end().is_some() && !self.lets_on(**need);
        let need = *node.needs.iter().find(ended)?;
        let needed = self.graph.node(need)?;
        let status = self.standing(need).status();
        Some(if status.lets_on() {
            format!("it needs what came before {:?}, which did not end well", needed.name)
        } else {
            format!("it needs {:?}, which ended {status}", needed.name)
        })
    }

    /// Whether everything before a stage has ended. What runs has waited for that itself; but a clean-up also follows what did not run, and behind that
    /// something may still be stopping.
    pub(super) fn is_its_turn(&self, index: usize, node: &Node) -> bool {
        let has_ended = |index: &usize| self.standing(*index).end().is_some();
        let needs = self.have_all_ended(&node.needs);
        needs && (!node.always || self.graph.ancestors(index).iter().all(has_ended))
    }

    pub(super) fn have_all_ended(&self, list: &[usize]) -> bool {
        list.iter().all(|index| self.standing(*index).end().is_some())
    }

    /// Whether what follows a stage may start. A clean-up that did well does not make good what came before it.
    fn lets_on(&self, index: usize) -> bool {
        let Some(node) = self.graph.node(index) else { return false };
        let well = self.standing(index).end().is_some_and(|end| end.status.lets_on());
        well && (!node.always || node.needs.iter().all(|need| self.lets_on(*need)))
    }
}
