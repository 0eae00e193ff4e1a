//! Decisions, as others see them: whom a stage waits for, and what was decided of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use weir_pipeline::definition::{Judgment, WhenExpired};
use weir_pipeline::run::{Decision, Run, StageRun, Standing};
use weir_pipeline::{Key, Plan};
use weir_stages::Work;

use super::Fields;

/// A decision that a stage waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JudgmentView {
    /// Who is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Why he is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For whoever decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// One of them has to be chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// Who decides needs one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Since when it waits.
    pub since: Timestamp,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What becomes of it then.
    pub when_expired: WhenExpired,
}

impl JudgmentView {
    /// Of a stage that waits for one now.
    pub(super) fn of(plan: &Plan<Work>, run: &Run, stage: &StageRun, fields: Fields<'_>) -> Option<Self> {
        let judgment = plan.graph().judgment(&stage.id)?;
        if !matches!(stage.standing, Standing::Starting | Standing::Running { .. }) {
            return None;
        }
        let key = Key { run: run.id.clone(), stage: stage.id.clone(), attempt: stage.attempt };
        let evaluated = fields(&key);
        let fields = evaluated.as_ref().or_else(|| plan.work(&stage.id).map(Work::fields));
        let text = |name: &str| fields?.get(name).and_then(Value::as_str).map(str::to_owned);
        let Judgment { owner, inputs, roles, expires: _, when_expired } = judgment.clone();
        Some(Self {
            owner,
            reason: text("reason"),
            instructions: text("instructions"),
            inputs,
            roles,
            since: stage.began?,
            until: stage.deadline,
            when_expired,
        })
    }

    /// In a line.
    #[must_use]
    pub fn words(&self) -> String {
        let whom = self.owner.as_deref().unwrap_or("somebody");
        let until = self.until.map(|until| format!(" until {until:.0}")).unwrap_or_default();
        let goes_on = match self.when_expired {
            WhenExpired::Stop => "",
            WhenExpired::GoOn => ", and goes on then",
        };
        let says = [&self.reason, &self.instructions].into_iter().flatten().map(|text| format!(": {text}"));
        let says: String = says.collect();
        format!("waits for {whom} to decide since {:.0}{until}{goes_on}{}{says}", self.since, self.choice())
    }

    /// What it takes: ` (as release or sre; one of blue, green)`.
    #[must_use]
    pub fn choice(&self) -> String {
        let roles = (!self.roles.is_empty()).then(|| format!("as {}", self.roles.join(" or ")));
        let inputs = (!self.inputs.is_empty()).then(|| format!("one of {}", self.inputs.join(", ")));
        let parts: Vec<String> = roles.into_iter().chain(inputs).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join("; ")) }
    }
}

/// What was decided, in a line.
pub(super) fn decided(decision: &Decision) -> String {
    let Decision { by, at, go_on, role, input, reason } = decision;
    let reason = reason.as_deref().unwrap_or_default();
    let Some(by) = by else {
        return if *go_on { format!("{reason}, and it goes on by itself") } else { reason.to_owned() };
    };
    let what = if *go_on { "decided to go on" } else { "decided against it" };
    let with = |word: &str, text: &Option<String>| {
        text.as_ref().map(|text| format!(" {word} {text}")).unwrap_or_default()
    };
    let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!("{by} {what}{}{} at {at:.0}{because}", with("with", input), with("as", role))
}
