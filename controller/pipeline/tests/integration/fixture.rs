//! A controller without a world: it drives one run and checks with every look what has to hold always.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use weir_pipeline::definition::{Child, Judgment, Position, WhenExpired};
use weir_pipeline::event::{Ask, Blame, Command, Fault, News, Report};
use weir_pipeline::run::{StageRun, Standing};
use weir_pipeline::span::Span;
use weir_pipeline::{
    Action, Event, Hold, Pipeline, Plan, Problem, Refusal, Run, Stage, Status, Transition, Work, advance,
};

/// What stages do here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Job {
    Step(String),
    /// Changes what runs.
    Deploy(String),
    Judge(Judge),
    Group(Group),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Judge {
    owner: Option<String>,
    inputs: Vec<String>,
    roles: Vec<String>,
    expires: Option<Span>,
    when_expired: WhenExpired,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Group {
    #[serde(default)]
    before: Vec<Stage<Job>>,
    #[serde(default)]
    after: Vec<Stage<Job>>,
    #[serde(default)]
    recover: Vec<Stage<Job>>,
    #[serde(default)]
    acts: bool,
}

impl Work for Job {
    fn kind(&self) -> &str {
        match self {
            Self::Step(_) => "step",
            Self::Deploy(_) => "deploy",
            Self::Judge(_) => "judge",
            Self::Group(_) => "group",
        }
    }

    fn acts(&self) -> bool {
        !matches!(self, Self::Group(Group { acts: false, .. }))
    }

    fn changes(&self) -> bool {
        matches!(self, Self::Deploy(_))
    }

    fn children(&self) -> Vec<Child<Self>> {
        let Self::Group(group) = self else { return Vec::new() };
        let lists = [
            (Position::Before, &group.before),
            (Position::After, &group.after),
            (Position::OnFailure, &group.recover),
        ];
        let child = |position, stage: &Stage<Self>| Child { position, stage: stage.clone() };
        lists.iter().flat_map(|(position, list)| list.iter().map(|stage| child(*position, stage))).collect()
    }

    fn judgment(&self) -> Option<Judgment> {
        let Self::Judge(judge) = self else { return None };
        let Judge { owner, inputs, roles, expires, when_expired } = judge.clone();
        Some(Judgment { owner, inputs, roles, expires, when_expired })
    }
}

/// A definition of stages: JSON without the quotes around it, as one line of YAML would be.
pub(crate) fn pipeline(stages: &str) -> Pipeline<Job> {
    whole(&format!(r#"{{"stages": [{stages}]}}"#))
}

pub(crate) fn whole(text: &str) -> Pipeline<Job> {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn problems(stages: &str) -> Vec<String> {
    weir_pipeline::validate(&pipeline(stages)).iter().map(Problem::to_string).collect()
}

/// 2026-11-23 is a Monday.
pub(crate) fn monday(hour_minute: &str) -> Timestamp {
    format!("2026-11-23T{hour_minute}:00Z").parse().unwrap()
}

/// One run, and the time.
pub(crate) struct World {
    pub(crate) plan: Plan<Job>,
    pub(crate) run: Run,
    pub(crate) now: Timestamp,
    /// Freezes that are in force.
    pub(crate) holds: Vec<Hold>,
    pub(crate) actions: Vec<Action>,
    pub(crate) refused: Vec<Refusal>,
}

impl World {
    /// A run of these stages that has begun.
    pub(crate) fn of(stages: &str) -> Self {
        Self::begun(pipeline(stages))
    }

    pub(crate) fn begun(pipeline: Pipeline<Job>) -> Self {
        let mut world = Self::waiting(pipeline);
        world.ask(Ask::Admit);
        world
    }

    pub(crate) fn waiting(pipeline: Pipeline<Job>) -> Self {
        let plan = Plan::new(pipeline).unwrap_or_else(|problems| panic!("{problems:?}"));
        let now = monday("08:00");
        let run = Run::new("run-1", plan.graph(), false, now);
        Self { plan, run, now, holds: Vec::new(), actions: Vec::new(), refused: Vec::new() }
    }

    /// One look, and what holds after each: the same again changes nothing, nor does a crash, and nothing is overdue.
    pub(crate) fn look(&mut self, events: &[Event]) {
        let graph = self.plan.graph();
        let Transition { run, actions, refused } = advance(graph, &self.run, events, &self.holds, self.now);
        let again = advance(graph, &run, events, &self.holds, self.now);
        assert_eq!((&again.run, &again.actions), (&run, &actions), "{events:?} twice");
        let stored = serde_json::to_string(&run).unwrap();
        let read: Run = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{error}: {stored}"));
        let restarted = advance(graph, &read, &[], &self.holds, self.now);
        assert_eq!((&restarted.run, &restarted.actions), (&run, &actions), "after a crash");
        assert!(run.next_wake().is_none_or(|wake| wake > self.now), "{:?} at {}", run.next_wake(), self.now);
        (self.run, self.actions, self.refused) = (run, actions, refused);
    }

    pub(crate) fn ask(&mut self, ask: Ask) {
        let command = Command { by: "ada".to_owned(), life: self.run.life, ask };
        self.look(&[Event::Command(command)]);
    }

    pub(crate) fn cancel(&mut self, force: bool) {
        self.ask(Ask::Cancel { reason: "wrong branch".to_owned(), force });
    }

    pub(crate) fn report(&mut self, stage: &str, news: News) {
        let attempt = self.stage(stage).attempt;
        self.look(&[Event::Report(Report { stage: stage.to_owned(), attempt, news })]);
    }

    pub(crate) fn succeed(&mut self, stage: &str) {
        let outputs = Map::from_iter([("from".to_owned(), Value::from(stage))]);
        self.report(stage, News::Succeeded(outputs));
    }

    pub(crate) fn fail(&mut self, stage: &str) {
        self.report(stage, failed(Blame::Work));
    }

    pub(crate) fn lose(&mut self, stage: &str) {
        self.report(stage, failed(Blame::Infrastructure));
    }

    /// The time goes on, and nothing else happens.
    pub(crate) fn after(&mut self, seconds: u64) {
        self.now = Span::seconds(seconds).after(self.now);
        self.look(&[]);
    }

    /// To the next instant at which something happens by itself.
    pub(crate) fn wake(&mut self) {
        self.now = self.run.next_wake().expect("something to wait for");
        self.look(&[]);
    }

    pub(crate) fn stage(&self, id: &str) -> &StageRun {
        self.run.stage(id).unwrap_or_else(|| panic!("no stage {id}"))
    }

    pub(crate) fn status(&self, id: &str) -> Status {
        self.stage(id).standing.status()
    }

    pub(crate) fn reason(&self, id: &str) -> &str {
        self.stage(id).standing.end().map_or("", |end| end.reason.as_str())
    }

    pub(crate) fn is(&self, id: &str, is: impl Fn(&Standing) -> bool) -> bool {
        is(&self.stage(id).standing)
    }

    /// `Start`, `Stop` and `Evaluate` as `+a.1`, `-a.1` and `?a.1`.
    pub(crate) fn wanted(&self) -> String {
        let shown = self.actions.iter().map(|action| match action {
            Action::Start(key) => format!("+{}.{}", key.stage, key.attempt),
            Action::Stop(key) => format!("-{}.{}", key.stage, key.attempt),
            Action::Evaluate { key, condition: _ } => format!("?{}.{}", key.stage, key.attempt),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    /// Every stage with its status.
    pub(crate) fn statuses(&self) -> String {
        let shown = self.run.stages.iter().map(|stage| format!("{}={}", stage.id, stage.standing.status()));
        shown.collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn refusal(&self) -> String {
        self.refused.first().map(Refusal::to_string).unwrap_or_default()
    }
}

pub(crate) fn failed(blame: Blame) -> News {
    News::Failed(Fault { blame, message: "it broke".to_owned() })
}
