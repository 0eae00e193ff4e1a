//! One Canary's part of a look: observe -> judge -> advance -> store.

use weir_api::{Canary, Timestamp, Track};
use weir_rollout::{Event, advance, answer};

use super::command::Pending;
use super::{Controller, Inputs, Looked, Subject, metrics, observe, show};
use crate::catalog::Key;
use crate::ends::{Store, Workloads};
use crate::evidence::{Evidence, Scope};
use crate::fleet::{Fleet, Wanted};
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
        let Inputs { catalog, scraped, answers, commands, now } = inputs;
        let Some(managed) = self.managed.get_mut(&subject.key) else { return };
        let scope =
            Scope { canary: &subject.key.to_string(), service: &subject.service, state: &managed.state };
        if managed.record.evidence.is_none() && managed.state.is_guarded() {
            managed.record.evidence = Some(Evidence::new(subject.policy.criteria()));
        }
        let mut requests = (0, 0, 0);
        let mut verdict = None;
        if let Some(evidence) = managed.record.evidence.as_mut() {
            let recent = self.recent.entry(subject.service.clone()).or_default();
            evidence.observe(scope, intervals, recent, *now);
            verdict = Some(evidence.verdict());
            requests = evidence.requests();
        }
        if let Some(verdict) = verdict {
            let metrics = metrics::standing(subject, managed, answers, requests.1, *now, &mut looked.asks);
            managed.verdict = join(verdict, metrics);
            managed.remember(*now);
        }
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
        looked.failed |= managed.problem.is_some();
        looked
            .problems
            .extend(managed.problem.as_ref().map(|problem| format!("Canary {}: {problem}", subject.key)));
        looked.events.extend(events.into_iter().map(|event| (subject.key.clone(), event)));
    }

    /// A Canary that cannot be followed now: what runs stays.
    pub(super) fn hold(
        &mut self,
        (key, canary): (&Key, &Canary),
        problem: &str,
        now: Timestamp,
        fleets: &mut Vec<Fleet>,
        looked: &mut Looked,
    ) {
        looked.problems.push(format!("Canary {key}: {problem}"));
        looked.views.insert(key.clone(), show::broken(key, canary, self.managed.get(key), problem, now));
        let deployment = key.sibling(&canary.spec.target_ref.name);
        if self.managed.contains_key(key) && !fleets.iter().any(|fleet| fleet.deployment == deployment) {
            for track in [Track::Stable, Track::Baseline, Track::Canary] {
                let (deployment, canary) = (deployment.clone(), Some(key.clone()));
                fleets.push(Fleet { deployment, track, wanted: Wanted::Keep, canary });
            }
        }
    }
}
