//! What one process knows of the lease, and what follows from it. No I/O: time is an argument.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::{Lease as Object, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use tokio::time::Instant;

/// A lease that was not renewed for so long is free.
const DURATION: Duration = Duration::from_secs(20);
/// How often its holder renews it. Another attempt, after one that failed, is still in time.
const RENEW: Duration = Duration::from_secs(7);
/// A holder that could not renew for so long has it no more: before another one may take it.
const DEADLINE: Duration = Duration::from_secs(15);

/// One process's view of the lease.
pub(super) struct View {
    identity: String,
    /// As it was read or written last (`None`: there is none), and since when it is so, by this process's own clock.
    seen: Option<(Option<Object>, Instant)>,
    /// When the last write that went through was begun.
    renewed: Option<Instant>,
}

/// What to do next.
#[derive(Debug, PartialEq)]
pub(super) enum Step {
    /// Find out who has it.
    Read,
    /// Make it, held by this process.
    Create(Object),
    /// Take or renew it. Fails where somebody has written meanwhile.
    Replace(Object),
    /// It is this process's: nothing, until then.
    Rest(Instant),
    /// It is another one's: see what becomes of it. If nothing does until then, it is free.
    Watch(Instant),
}

impl View {
    pub(super) fn new(identity: String) -> Self {
        Self { identity, seen: None, renewed: None }
    }

    /// Until when this process has the lease.
    pub(super) fn held_until(&self) -> Option<Instant> {
        self.renewed.map(|renewed| renewed + DEADLINE)
    }

    /// What to do at this moment.
    pub(super) fn next(&self, now: Instant) -> Step {
        let Some((object, since)) = &self.seen else { return Step::Read };
        let Some(object) = object else { return Step::Create(self.mine(Object::default())) };
        if self.is_mine(object) {
            let due = self.renewed.map_or(now, |renewed| renewed + RENEW);
            return if now < due { Step::Rest(due) } else { Step::Replace(self.mine(object.clone())) };
        }
        let said = object.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let said = said.and_then(|seconds| u64::try_from(seconds).ok()).map_or(DURATION, Duration::from_secs);
        let free = *since + said;
        if holder(object).is_empty() || now >= free {
            Step::Replace(self.mine(object.clone()))
        } else {
            Step::Watch(free)
        }
    }

    /// It was read.
    pub(super) fn see(&mut self, object: Option<Object>, now: Instant) {
        if !object.as_ref().is_some_and(|object| self.is_mine(object)) {
            self.renewed = None;
        }
        let specs = |object: &Option<Object>| object.as_ref().and_then(|object| object.spec.clone());
        let since =
            self.seen.take().filter(|(seen, _)| specs(seen) == specs(&object)).map(|(_, since)| since);
        self.seen = Some((object, since.unwrap_or(now)));
    }

    /// It was written by this process, which began to at this moment.
    pub(super) fn wrote(&mut self, object: Object, begun: Instant) {
        self.renewed = self.is_mine(&object).then_some(begun);
        self.seen = Some((Some(object), begun));
    }

    /// Who has it, as far as that is known.
    pub(super) fn holder(&self) -> Option<String> {
        let (object, _) = self.seen.as_ref()?;
        object.as_ref().map(holder).filter(|holder| !holder.is_empty()).map(str::to_owned)
    }

    /// When it was taken by whoever has it.
    pub(super) fn term(&self) -> Option<String> {
        let (object, _) = self.seen.as_ref()?;
        let MicroTime(acquired) = object.as_ref()?.spec.as_ref()?.acquire_time.as_ref()?;
        Some(acquired.to_string())
    }

    /// What was seen is not so any more.
    pub(super) fn forget(&mut self) {
        self.seen = None;
    }

    /// Whether another process has it.
    pub(super) fn is_taken(&self) -> bool {
        let object = self.seen.as_ref().and_then(|(object, _)| object.as_ref());
        object.is_some_and(|object| !holder(object).is_empty() && !self.is_mine(object))
    }

    /// The lease given up, as client-go's leader election does it; `None`: it is not this process's.
    pub(super) fn released(&self) -> Option<Object> {
        let (Some(object), _) = self.seen.as_ref()? else { return None };
        let mut object = object.clone();
        let transitions = object.spec.as_ref().and_then(|spec| spec.lease_transitions);
        let now = MicroTime(Timestamp::now());
        self.is_mine(&object).then(|| {
            object.spec = Some(LeaseSpec {
                holder_identity: Some(String::new()),
                lease_duration_seconds: Some(1),
                acquire_time: Some(now.clone()),
                renew_time: Some(now),
                lease_transitions: transitions,
                ..LeaseSpec::default()
            });
            object
        })
    }

    fn is_mine(&self, object: &Object) -> bool {
        holder(object) == self.identity
    }

    /// The same lease, held by this process from now on.
    fn mine(&self, mut object: Object) -> Object {
        let now = MicroTime(Timestamp::now());
        let before = object.spec.take();
        let mine = before.as_ref().filter(|spec| spec.holder_identity.as_deref() == Some(&self.identity));
        let transitions = before.as_ref().and_then(|spec| spec.lease_transitions).unwrap_or_default();
        object.spec = Some(LeaseSpec {
            holder_identity: Some(self.identity.clone()),
            lease_duration_seconds: i32::try_from(DURATION.as_secs()).ok(),
            acquire_time: mine.map_or_else(|| Some(now.clone()), |spec| spec.acquire_time.clone()),
            renew_time: Some(now),
            lease_transitions: Some(transitions + i32::from(before.is_some() && mine.is_none())),
            ..LeaseSpec::default()
        });
        object
    }
}

fn holder(object: &Object) -> &str {
    object.spec.as_ref().and_then(|spec| spec.holder_identity.as_deref()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{DEADLINE, DURATION, Instant, Object, RENEW, Step, View, holder};

    /// The lease as another process writes it.
    fn of(identity: &str) -> Object {
        View::new(identity.to_owned()).mine(Object::default())
    }

    #[test]
    fn a_lease_that_is_not_there_is_made_and_renewed_in_time() {
        let (mut view, now) = (View::new("one".to_owned()), Instant::now());
        assert_eq!(view.next(now), Step::Read);
        view.see(None, now);
        let Step::Create(object) = view.next(now) else { panic!("{:?}", view.next(now)) };
        view.wrote(object, now);
        assert_eq!((view.next(now), view.held_until()), (Step::Rest(now + RENEW), Some(now + DEADLINE)));
        assert!(matches!(view.next(now + RENEW), Step::Replace(_)));
        view.forget();
        view.see(Some(of("two")), now + RENEW);
        assert_eq!(view.held_until(), None, "another one has it");
    }

    #[test]
    fn a_lease_of_another_one_is_free_when_it_has_not_changed_for_its_duration() {
        let (mut view, now) = (View::new("one".to_owned()), Instant::now());
        let lease = of("two");
        view.see(Some(lease.clone()), now);
        assert_eq!(view.next(now), Step::Watch(now + DURATION));
        assert!(view.is_taken());
        view.see(Some(lease), now + RENEW);
        assert_eq!(view.next(now + RENEW), Step::Watch(now + DURATION), "the same, seen once more");
        let Step::Replace(taken) = view.next(now + DURATION * 2) else { panic!("it has run out") };
        assert_eq!(taken.spec.as_ref().unwrap().lease_transitions, Some(1));
        view.see(Some(of("two")), now + DURATION);
        assert_eq!(view.next(now + DURATION), Step::Watch(now + DURATION * 2), "it was renewed");
    }

    #[test]
    fn a_lease_that_was_given_up_is_free_at_once() {
        let (mut one, mut two) = (View::new("one".to_owned()), View::new("two".to_owned()));
        let now = Instant::now();
        one.wrote(of("one"), now);
        two.see(Some(of("one")), now);
        assert!(two.released().is_none(), "it is not its own");
        let released = one.released().unwrap();
        one.wrote(released.clone(), now);
        assert_eq!((one.held_until(), one.is_taken()), (None, false));
        two.see(Some(released), now);
        assert!(matches!(two.next(now), Step::Replace(taken) if holder(&taken) == "two"));
    }
}
