//! One Canary's part of a look: observe -> judge -> advance -> store.

use weir_rollout::{Event, advance, answer};

use super::command::Pending;
use super::notices::Notice;
use super::{Controller, Inputs, Looked, Subject, metrics, observe};
use crate::ends::{Store, Workloads};
use crate::evidence::{Evidence, Requests, Scope};
use crate::sample::Interval;
use crate::scores::join;

impl<S: Store, W: Workloads> Controller<S, W> {
    /// One that can be followed.
    pub(super) async fn look_at(
        &mut self,
        subject: &Subject,
        inputs: &Inputs<'_>,
        intervals: &[Interval],
        looked: &mut Looked,
    ) {
        let Inputs { catalog, scraped, commands, now, .. } = inputs;
        let requests = self.judge(subject, inputs, intervals, looked);
        let Some(managed) = self.managed.get_mut(&subject.key) else { return };
        managed.silent = self.silence.words(*now);
        let canary = catalog.canaries.get(&subject.key);
        let by_name = commands.get(&subject.key).copied();
        // One command a look: that of an annotation waits for the next one.
        let pending = canary
            .filter(|_| by_name.is_none())
            .and_then(|canary| Pending::of(canary, &managed.status, *now));
        let command = by_name.or_else(|| pending.as_ref().and_then(Pending::command));
        let pods = self.pods.as_deref().unwrap_or_default();
        let observed = observe::observe(subject, &managed.state, pods, scraped, requests, command);
        let transition = advance(&subject.policy, &managed.state, &observed, &managed.verdict, *now);
        let answer = command.map(|command| answer(command, &subject.policy, &transition));
        let answered = pending.and_then(|pending| pending.answered(answer.as_ref(), *now));
        let events = managed.follow(subject, (transition, answered), observed, &mut self.store, *now).await;
        looked.answers.extend(answer.map(|answer| (subject.key.clone(), answer)));
        if events.iter().any(|event| !matches!(event, Event::Ignored(_))) {
            managed.report(subject, &mut self.store);
        }
        if let Some(problem) = &managed.problem {
            looked.not_stored(format!("Canary {}: {problem}", subject.key));
        }
        looked.events.extend(events.into_iter().map(|event| (subject.key.clone(), event)));
    }

    /// Takes in what proxies counted, and says what the judge makes of it, where a release has begun. Gives the requests that it knows of.
    fn judge(
        &mut self,
        subject: &Subject,
        inputs: &Inputs<'_>,
        intervals: &[Interval],
        looked: &mut Looked,
    ) -> Requests {
        let Some(managed) = self.managed.get_mut(&subject.key) else { return Requests::default() };
        if managed.record.evidence.is_none() && managed.state.is_guarded() {
            managed.record.evidence = Some(Evidence::new(subject.policy.criteria()));
        }
        let Some(evidence) = &mut managed.record.evidence else { return Requests::default() };
        let scope =
            Scope { canary: &subject.key.to_string(), service: &subject.service, state: &managed.state };
        let recent = self.recent.entry(subject.service.clone()).or_default();
        evidence.observe(scope, intervals, recent, inputs.now);
        // Users who stay on a track, and requests that name one, make other shares than the weights.
        if let Some(text) = subject.is_drawn.then(|| evidence.mismatch(scope)).flatten() {
            tracing::warn!(canary = %subject.key, "{text}");
            managed.record.history.tell(inputs.now, Notice::MISMATCH, text.clone());
            if let Some(canary) = inputs.catalog.canaries.get(&subject.key) {
                looked.notices.push(Notice::mismatch((&subject.key, canary), text));
            }
        }
        let (verdict, requests) = (evidence.verdict(), evidence.requests());
        let metrics = metrics::standing(
            subject,
            managed,
            inputs.answers,
            requests.answered,
            inputs.now,
            &mut looked.asks,
        );
        managed.verdict = join(verdict, metrics);
        managed.remember(inputs.now);
        requests
    }
}
