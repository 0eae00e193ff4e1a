//! A decision that a stage waits for: taken by somebody who may, or by nobody in time.

use serde_json::{Map, Value};

use super::Machine;
use crate::definition::{Judgment, WhenExpired};
use crate::event::{Blame, Fault};
use crate::graph::Node;
use crate::run::{Decision, Standing};
use crate::transition::Refusal;

impl Machine<'_> {
    pub(super) fn judge(
        &mut self,
        wanted: &str,
        mut decision: Decision,
        roles: &[String],
    ) -> Result<(), Refusal> {
        let index = self.live_stage(wanted)?;
        let Some(node) = self.graph.node(index) else { return Ok(()) };
        let Some(judgment) = &node.judgment else {
            return Err(self.refuse(index, "does not wait for a judgement".to_owned()));
        };
        if !matches!(self.standing(index), Standing::Starting | Standing::Running { .. }) {
            let why =
                format!("is {}: it can be judged while it waits for that", self.standing(index).status());
            return Err(self.refuse(index, why));
        }
        decision.role = judgment.roles.iter().find(|role| roles.contains(role)).cloned();
        if let Some(why) = unfit(judgment, &decision) {
            return Err(self.refuse(index, why));
        }
        let by = decision.by.clone().unwrap_or_default();
        let because = decision.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        self.decide(index, node, decision, format!("{by} decided against it{because}"));
        Ok(())
    }

    /// Whether the time for a decision is over. The stage's own timeout may be over before.
    pub(super) fn has_expired(&self, index: usize, node: &Node) -> bool {
        let expires = node.judgment.as_ref().and_then(|judgment| judgment.expires);
        let began = self.run.stages.get(index).and_then(|stage| stage.began);
        expires.zip(began).is_some_and(|(expires, began)| expires.after(began) <= self.now)
    }

    /// Nobody has decided in time.
    pub(super) fn expire(&mut self, index: usize, node: &Node) {
        let Some(judgment) = &node.judgment else { return };
        let asked = judgment.owner.as_ref().map(|owner| format!("; {owner} was asked")).unwrap_or_default();
        let why = format!("nobody decided within {}{asked}", judgment.expires.unwrap_or(Judgment::EXPIRES));
        let go_on = match judgment.when_expired {
            WhenExpired::Stop => false,
            WhenExpired::GoOn => true,
        };
        let (at, reason) = (self.now, Some(why.clone()));
        let decision = Decision { by: None, at, go_on, role: None, input: None, reason };
        self.decide(index, node, decision, why);
    }

    fn decide(&mut self, index: usize, node: &Node, decision: Decision, against: String) {
        let Decision { by, at: _, go_on, role: _, input, reason } = &decision;
        let told = [("judgedBy", by), ("judgmentInput", input), ("judgmentReason", reason)];
        let told = told.into_iter().filter_map(|(key, text)| Some((key.to_owned(), text.as_deref()?.into())));
        let outputs: Map<String, Value> = told.collect();
        let go_on = *go_on;
        self.with(index, |stage| {
            stage.outputs = outputs;
            stage.decision = Some(decision);
        });
        if go_on {
            self.succeeded(index, node);
        } else {
            // A judgement is no attempt: it is not tried again, whatever the retries say.
            self.fail(index, node, Fault { blame: Blame::Work, message: against });
        }
    }
}

/// Why somebody cannot decide so.
fn unfit(judgment: &Judgment, decision: &Decision) -> Option<String> {
    let Judgment { roles, inputs, .. } = judgment;
    let Decision { by, role, input, go_on, .. } = decision;
    if !roles.is_empty() && role.is_none() {
        let by = by.as_deref().unwrap_or_default();
        return Some(format!("is for {} to judge, and {by} is none of them", roles.join(", ")));
    }
    let is_known = input.as_ref().is_some_and(|input| inputs.contains(input));
    if inputs.is_empty() && input.is_some() {
        return Some("asks for no choice: leave out the input".to_owned());
    }
    let is_needed = *go_on && !inputs.is_empty() || input.is_some();
    (is_needed && !is_known).then(|| format!("asks for a choice: give one of {}", inputs.join(", ")))
}
