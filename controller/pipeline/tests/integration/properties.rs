//! What holds for any graph, whatever happens in whatever order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Map;
use weir_pipeline::event::{Ask, Blame, News};
use weir_pipeline::{Action, Key, Status};

use crate::fixture::{World, failed};

/// What becomes of a stage once it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Succeeds,
    Fails,
    /// Its pods are lost so often, and then it succeeds; more than three times is too often.
    Lost(u8),
    ConditionFalse,
    ConditionBroken,
    /// Two stages in a row; the one of this number fails.
    Group(Option<bool>),
}

const RULES: [&str; 4] = ["halt", "haltBranch", "haltBranchThenFail", "ignore"];

#[derive(Clone, Debug)]
struct Drawn {
    /// A bit for each stage before it.
    needs: u8,
    rule: usize,
    always: bool,
    fate: Fate,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        6 => Just(Fate::Succeeds),
        2 => Just(Fate::Fails),
        2 => (1..=5_u8).prop_map(Fate::Lost),
        1 => Just(Fate::ConditionFalse),
        1 => Just(Fate::ConditionBroken),
        2 => prop::option::of(any::<bool>()).prop_map(Fate::Group),
    ]
}

fn graph() -> impl Strategy<Value = Vec<Drawn>> {
    let stage = (any::<u8>(), 0..4_usize, prop::bool::weighted(0.2), fate())
        .prop_map(|(needs, rule, always, fate)| Drawn { needs, rule, always, fate });
    prop::collection::vec(stage, 1..8)
}

impl Drawn {
    fn needs(&self, index: usize) -> impl Iterator<Item = usize> {
        (0..index).filter(|need| self.needs >> need & 1 == 1)
    }

    fn written(&self, index: usize) -> String {
        let needs: Vec<String> = self.needs(index).map(|need| format!("\"s{need}\"")).collect();
        let work = match self.fate {
            Fate::Group(_) => {
                r#""group": {"before": [{"name": "first", "step": "x"}, {"name": "second", "step": "x"}]}"#
            }
            Fate::ConditionFalse | Fate::ConditionBroken => r#""when": "x", "step": "x""#,
            Fate::Succeeds | Fate::Fails | Fate::Lost(_) => r#""step": "x""#,
        };
        let (rule, always) = (RULES[self.rule], self.always);
        format!(
            r#"{{"name": "s{index}", "needs": [{}], "onFailure": "{rule}", "always": {always}, {work}}}"#,
            needs.join(", ")
        )
    }

    /// How the stage ends where it runs, and whether that fails the run.
    fn end(&self) -> (Status, bool) {
        let fails = match self.fate {
            Fate::Succeeds | Fate::Group(None) => return (Status::Succeeded, false),
            Fate::ConditionFalse => return (Status::Skipped, false),
            Fate::Lost(times) => times > 3,
            Fate::Fails | Fate::ConditionBroken | Fate::Group(Some(_)) => true,
        };
        let ends = [
            (Status::Terminal, false),
            (Status::Stopped, false),
            (Status::Stopped, true),
            (Status::FailedContinue, false),
        ];
        if fails { ends[self.rule] } else { (Status::Succeeded, false) }
    }

    /// What the attempt says in the end.
    fn news(&self, key: &Key) -> News {
        let fails = match self.fate {
            Fate::Fails => true,
            Fate::Lost(times) if key.attempt <= u32::from(times) => return failed(Blame::Infrastructure),
            Fate::Group(Some(second)) => key.stage.ends_with("second") == second,
            Fate::Succeeds
            | Fate::Lost(_)
            | Fate::ConditionFalse
            | Fate::ConditionBroken
            | Fate::Group(None) => false,
        };
        if fails { failed(Blame::Work) } else { News::Succeeded(Map::new()) }
    }
}

/// How a run ends, without time and order: a stage that halts everything is reached by some order or other, and then it has.
fn reference(drawn: &[Drawn]) -> Status {
    let mut lets_on: Vec<bool> = Vec::new();
    let mut ends = Vec::new();
    for (index, stage) in drawn.iter().enumerate() {
        let after_good = stage.needs(index).all(|need| lets_on[need]);
        let end = if after_good || stage.always { stage.end() } else { (Status::NotRun, false) };
        lets_on.push(after_good && end.0.lets_on());
        ends.push(end);
    }
    let any = |end: (Status, bool)| ends.contains(&end);
    if any((Status::Terminal, false)) || any((Status::Stopped, true)) {
        Status::Terminal
    } else if any((Status::Stopped, false)) {
        Status::Stopped
    } else if any((Status::FailedContinue, false)) {
        Status::FailedContinue
    } else {
        Status::Succeeded
    }
}

/// Whoever runs the stages: what he has begun, and what he still has to say.
struct Executor<'d> {
    drawn: &'d [Drawn],
    world: World,
    begun: BTreeSet<Key>,
    open: Vec<Action>,
}

impl<'d> Executor<'d> {
    fn new(drawn: &'d [Drawn]) -> Self {
        let stages: Vec<String> =
            drawn.iter().enumerate().map(|(index, stage)| stage.written(index)).collect();
        let world = World::of(&stages.join(", "));
        let mut executor = Self { drawn, world, begun: BTreeSet::new(), open: Vec::new() };
        executor.take();
        executor
    }

    fn stage(&self, id: &str) -> (usize, &'d Drawn) {
        let index: usize = id[1..2].parse().unwrap();
        (index, &self.drawn[index])
    }

    /// Every stage that has to come before this one.
    fn before(&self, index: usize) -> BTreeSet<usize> {
        let needs = self.drawn[index].needs(index);
        needs.flat_map(|need| self.before(need).into_iter().chain([need])).collect()
    }

    /// Takes over what is wanted. Nothing may be wanted that was begun under the same key, and nothing before what it needs.
    fn take(&mut self) {
        for action in self.world.actions.clone() {
            if let Action::Start(key) | Action::Evaluate { key, condition: _ } = &action
                && !key.stage.contains('.')
            {
                let (index, stage) = self.stage(&key.stage);
                for before in self.before(index) {
                    let status = self.world.status(&format!("s{before}"));
                    assert!(status.is_complete(), "{key} before s{before}: {}", self.world.statuses());
                    assert!(
                        stage.always || status.lets_on(),
                        "{key} after s{before}: {}",
                        self.world.statuses()
                    );
                }
            }
            if self.open.contains(&action) {
                continue;
            }
            if let Action::Start(key) = &action {
                assert!(self.begun.insert(key.clone()), "{key} is started twice");
            }
            if let Action::Stop(key) = &action {
                self.open.retain(|open| !matches!(open, Action::Start(started) if started == key));
            }
            self.open.push(action);
        }
    }

    /// Says what became of one of the open actions, or lets time pass where there is none.
    fn step(&mut self, choice: u16) {
        if self.open.is_empty() {
            self.world.wake();
            return self.take();
        }
        let action = self.open.remove(usize::from(choice) % self.open.len());
        match &action {
            Action::Start(key)
                if choice.is_multiple_of(3) && self.world.wanted().contains(&format!("+{}", key.stage)) =>
            {
                self.world.report(&key.stage, News::Started { done_at: None });
                self.open.push(action);
            }
            Action::Start(key) => {
                let news = self.stage(&key.stage).1.news(key);
                self.world.report(&key.stage, news);
            }
            Action::Stop(key) => self.world.report(&key.stage, News::Stopped),
            Action::Evaluate { key, condition: _ } => {
                let is_false = self.stage(&key.stage).1.fate == Fate::ConditionFalse;
                let answer = if is_false { Ok(false) } else { Err("broken".to_owned()) };
                self.world.report(&key.stage, News::Evaluated(answer));
            }
        }
        self.take();
    }

    fn command(&mut self, choice: u16) {
        let stage = format!("s{}", usize::from(choice / 8) % self.drawn.len());
        match choice % 8 {
            0 => self.world.cancel(choice.is_multiple_of(3)),
            1 => self.world.ask(Ask::Pause),
            2 => self.world.ask(Ask::Resume),
            3 => self.world.ask(Ask::Skip { stage }),
            4 => self.world.ask(Ask::SkipWait { stage }),
            5 => self.world.ask(Ask::Restart { stage }),
            6 => self.world.after(u64::from(choice) * 10),
            _ => self.world.report(&stage, News::Stopped),
        }
        self.take();
        // What nobody waits for any more has nothing to say.
        let wanted: BTreeSet<Key> = self.world.run.in_flight().collect();
        let actions = self.world.actions.clone();
        self.open.retain(|action| match action {
            Action::Start(key) => wanted.contains(key),
            Action::Stop(_) | Action::Evaluate { .. } => actions.contains(action),
        });
    }

    fn finish(&mut self, choices: &[u16]) {
        let mut choices = choices.iter().copied().cycle();
        for _ in 0..10_000 {
            if self.world.run.status.is_complete() {
                let all = self.world.run.stages.iter().all(|stage| stage.standing.end().is_some());
                assert!(all, "it ended before its stages: {}", self.world.statuses());
                assert_eq!(self.world.wanted(), "", "it is over");
                return;
            }
            self.step(choices.next().unwrap_or_default());
        }
        panic!("it never ends: {}", self.world.statuses());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_ends_as_its_stages_did_in_whatever_order(
        drawn in graph(), choices in prop::collection::vec(any::<u16>(), 1..60),
    ) {
        let mut executor = Executor::new(&drawn);
        executor.finish(&choices);
        prop_assert_eq!(executor.world.run.status, reference(&drawn), "{}", executor.world.statuses());
    }

    #[test]
    fn whatever_people_do_a_run_stays_sound_and_ends(
        drawn in graph(), choices in prop::collection::vec((any::<u16>(), any::<bool>()), 1..60),
    ) {
        let mut executor = Executor::new(&drawn);
        for (choice, by_people) in &choices {
            if *by_people {
                executor.command(*choice);
            } else if !executor.world.run.status.is_complete()
                && (!executor.open.is_empty() || executor.world.run.next_wake().is_some())
            {
                executor.step(*choice);
            }
        }
        if executor.world.run.paused.is_some() {
            executor.world.ask(Ask::Resume);
            executor.take();
        }
        let choices: Vec<u16> = choices.iter().map(|(choice, _)| *choice).collect();
        executor.finish(&choices);
    }
}
