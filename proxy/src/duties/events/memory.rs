//! What was told in Events, and what is to be told next. No I/O: time is an argument.
//!
//! As Events of other controllers: one for each thing, with a series that counts how often it was so, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::said::Said;

/// What is still wrong is told again after this time: an hour after the last one, an API server forgets an Event.
const REPEAT: Duration = Duration::from_mins(30);
/// What comes back within this time is the same series, as other clients have it.
const SERIES: Duration = Duration::from_mins(6);
/// The first pause after one was refused; each further one is twice as long, ...
const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// ... up to this.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// What was told.
#[derive(Debug, Default)]
pub(super) struct Memory(BTreeMap<Said, Told>);

/// How something was told.
#[derive(Debug)]
struct Told {
    /// The last time that it was wrong.
    seen: Instant,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Not yet.
    New,
    /// Last at this moment; it came back since, if `returned`.
    At { last: Instant, returned: bool },
    /// Refused so often, and not to be tried before.
    Refused { times: u32, again: Instant },
}

impl Memory {
    /// What is to be told at this moment, of which `now` is wrong: at most `most`, what was refused last.
    pub(super) fn due(&mut self, wrong: &BTreeSet<Said>, now: Instant, most: usize) -> Vec<Said> {
        self.0.retain(|said, told| wrong.contains(said) || now < told.seen + SERIES);
        for said in wrong {
            match self.0.get_mut(said) {
                Some(told) => told.seen = now,
                None => drop(self.0.insert(said.clone(), Told { seen: now, state: State::New })),
            }
        }
        for (_, told) in self.0.iter_mut().filter(|(said, _)| !wrong.contains(*said)) {
            if let State::At { returned, .. } = &mut told.state {
                *returned = true;
            }
        }
        let due = |told: &Told, refused: bool| match told.state {
            State::New => !refused,
            State::At { last, returned } => !refused && (returned || now >= last + REPEAT),
            State::Refused { again, .. } => refused && now >= again,
        };
        let memory = &self.0;
        let these = |refused| {
            wrong.iter().filter(move |said| memory.get(*said).is_some_and(|told| due(told, refused)))
        };
        these(false).chain(these(true)).take(most).cloned().collect()
    }

    pub(super) fn told(&mut self, said: &Said, now: Instant) {
        if let Some(told) = self.0.get_mut(said) {
            told.state = State::At { last: now, returned: false };
        }
    }

    /// It was refused, which says nothing about others. Whether that is the first time.
    pub(super) fn refused(&mut self, said: &Said, now: Instant) -> bool {
        let Some(told) = self.0.get_mut(said) else { return false };
        let times = if let State::Refused { times, .. } = told.state { times + 1 } else { 1 };
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(times - 1)).min(LONGEST_PAUSE);
        told.state = State::Refused { times, again: now + pause };
        times == 1
    }
}

#[cfg(test)]
mod tests {
    use super::{BTreeSet, Duration, FIRST_PAUSE, Instant, Memory, REPEAT, SERIES, Said};

    fn wrong(names: &[&str]) -> BTreeSet<Said> {
        let said = |name: &&str| Said {
            kind: "Ingress".to_owned(),
            namespace: "shop".to_owned(),
            name: (*name).to_owned(),
            note: "it is wrong".to_owned(),
            is_error: true,
        };
        names.iter().map(said).collect()
    }

    fn names(due: Vec<Said>) -> Vec<String> {
        due.into_iter().map(|said| said.name).collect()
    }

    #[test]
    fn what_is_wrong_is_told_once_and_again_before_it_is_forgotten() {
        let (mut memory, now, wrong) = (Memory::default(), Instant::now(), wrong(&["one"]));
        assert_eq!(names(memory.due(&wrong, now, 9)), ["one"]);
        memory.told(wrong.first().unwrap(), now);
        assert_eq!(memory.due(&wrong, now + REPEAT / 2, 9), []);
        assert_eq!(names(memory.due(&wrong, now + REPEAT, 9)), ["one"]);
    }

    #[test]
    fn what_comes_back_is_told_again() {
        let (mut memory, now, one) = (Memory::default(), Instant::now(), wrong(&["one"]));
        memory.due(&one, now, 9);
        memory.told(one.first().unwrap(), now);
        for gone in [SERIES / 2, SERIES * 2] {
            assert_eq!(memory.due(&wrong(&[]), now + gone, 9), []);
            assert_eq!(names(memory.due(&one, now + gone, 9)), ["one"], "{gone:?}");
        }
    }

    #[test]
    fn what_is_refused_waits_and_nothing_else_does() {
        let (mut memory, now, both) = (Memory::default(), Instant::now(), wrong(&["one", "two"]));
        assert_eq!(names(memory.due(&both, now, 1)), ["one"], "as many as may be");
        assert!(memory.refused(both.first().unwrap(), now));
        assert_eq!(names(memory.due(&both, now, 9)), ["two"]);
        let later = now + FIRST_PAUSE;
        assert_eq!(names(memory.due(&both, later, 9)), ["two", "one"]);
        assert!(!memory.refused(both.first().unwrap(), later));
        memory.told(both.last().unwrap(), later);
        assert_eq!(memory.due(&both, later + FIRST_PAUSE, 9), []);
        assert_eq!(names(memory.due(&both, later + FIRST_PAUSE * 2 + Duration::from_secs(1), 9)), ["one"]);
    }
}
