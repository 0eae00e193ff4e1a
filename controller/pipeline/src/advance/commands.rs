//! What somebody asks for. Each (standing, command) pair has a row in `tests/integration/table.rs`.

use super::Machine;
use crate::event::{Ask, Command};
use crate::graph::Node;
use crate::problem::did_you_mean;
use crate::run::{Decision, Halted, Paused, Standing, Then, words};
use crate::span::Span;
use crate::status::Status;
use crate::transition::Refusal;

impl Machine<'_> {
    pub(super) fn obey(&mut self, command: &Command) -> Result<(), Refusal> {
        let Command { by, life, ask } = command;
        if *life != self.run.life {
            return Err(Refusal::Stale { given: *life, current: self.run.life });
        }
        match ask {
            Ask::Admit => self.admit(),
            Ask::Supersede { newer } => self.supersede(newer),
            Ask::Lacks { what } => self.lacks(what),
            Ask::Cancel { reason, force } => self.cancel(by, reason, *force),
            Ask::Pause => self.pause(by),
            Ask::Resume => self.resume(),
            Ask::Skip { stage } => self.skip(by, stage),
            Ask::SkipWait { stage } => self.skip_wait(by, stage),
            Ask::Thaw { stage, reason } => self.thaw(by, stage, reason),
            Ask::Judge { stage, go_on, input, reason, roles } => {
                let decision = Decision {
                    by: Some(by.clone()),
                    at: self.now,
                    go_on: *go_on,
                    input: input.clone(),
                    reason: reason.clone().filter(|reason| !reason.is_empty()).map(words),
                    role: None,
                };
                self.judge(stage, decision, roles)
            }
            Ask::Restart { stage } => self.restart(stage),
        }
    }

    pub(super) const fn unfit(&self, mend: &'static str) -> Refusal {
        Refusal::Unfit { status: self.run.status, mend }
    }

    fn admit(&mut self) -> Result<(), Refusal> {
        if self.run.status != Status::NotStarted {
            return Err(self.unfit("only a run that waits for its turn can begin"));
        }
        self.begin_run();
        Ok(())
    }

    pub(super) fn begin_run(&mut self) {
        self.run.status = Status::Running;
        self.run.began = Some(self.now);
        self.run.deadline = self.graph.timeout.map(|timeout| Span::from(timeout).after(self.now));
    }

    fn supersede(&mut self, newer: &str) -> Result<(), Refusal> {
        if self.run.status != Status::NotStarted {
            return Err(self.unfit("only a run that waits for its turn can be superseded"));
        }
        self.abandon(format!("superseded by the newer run {newer}"));
        Ok(())
    }

    /// It begins and ends in one look: whoever is told of runs is told of this one.
    fn lacks(&mut self, what: &str) -> Result<(), Refusal> {
        self.admit()?;
        self.run.halted =
            Some(Halted { status: Status::Terminal, reason: words(what.to_owned()), force: true });
        Ok(())
    }

    /// Ends a run that has not begun: there is nothing to clean up.
    fn abandon(&mut self, reason: String) {
        for index in &self.graph.roots {
            let Some(node) = self.graph.node(*index) else { continue };
            let end = self.ending(Status::NotRun, reason.clone());
            self.end(*index, node, end);
        }
        (self.run.status, self.run.reason, self.run.ended) = (Status::Canceled, Some(reason), Some(self.now));
    }

    fn cancel(&mut self, by: &str, reason: &str, force: bool) -> Result<(), Refusal> {
        let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        let reason = format!("{by} cancelled the run{because}");
        if self.run.status == Status::NotStarted {
            self.abandon(reason);
            return Ok(());
        }
        if !self.is_live() {
            return Err(self.unfit("it is over, and there is nothing to cancel"));
        }
        match &mut self.run.halted {
            Some(halted) if halted.force || !force => {
                return Err(
                    self.unfit("it is being ended already; to stop its clean-up too, cancel it by force")
                );
            }
            Some(halted) => halted.force = true,
            None => self.run.halted = Some(Halted { status: Status::Canceled, reason, force }),
        }
        self.release();
        Ok(())
    }

    fn pause(&mut self, by: &str) -> Result<(), Refusal> {
        if self.run.status != Status::Running || self.run.halted.is_some() {
            return Err(self.unfit("only a run that is going on can be paused"));
        }
        self.run.status = Status::Paused;
        self.run.paused = Some(Paused { by: by.to_owned(), since: self.now });
        Ok(())
    }

    fn resume(&mut self) -> Result<(), Refusal> {
        if self.run.paused.is_none() {
            return Err(self.unfit("it is not paused"));
        }
        self.release();
        Ok(())
    }

    /// Goes on, with the time that was left when the run was paused.
    fn release(&mut self) {
        let Some(Paused { since, .. }) = self.run.paused.take() else { return };
        self.run.status = Status::Running;
        let held = std::time::Duration::try_from(self.now.duration_since(since)).unwrap_or_default();
        self.run.deadline = self.run.deadline.map(|deadline| Span::from(held).after(deadline));
    }

    fn find(&self, wanted: &str) -> Result<(usize, &Node), Refusal> {
        let found = self.graph.find(wanted).and_then(|index| Some((index, self.graph.node(index)?)));
        found.ok_or_else(|| {
            let names = self.graph.nodes.iter().filter(|node| node.parent.is_none() && node.name != node.id);
            let ids = self.graph.nodes.iter().map(|node| node.id.as_str());
            let names: Vec<&str> = names.map(|node| node.name.as_str()).chain(ids).collect();
            Refusal::UnknownStage { wanted: wanted.to_owned(), mend: did_you_mean(wanted, names) }
        })
    }

    /// The stage, in a run that goes on.
    pub(super) fn live_stage(&self, wanted: &str) -> Result<usize, Refusal> {
        let (index, _) = self.find(wanted)?;
        if self.is_live() {
            Ok(index)
        } else {
            Err(self.unfit("only stages of a run that goes on can be changed"))
        }
    }

    /// The stage, whatever the run does.
    pub(super) fn any_stage(&self, wanted: &str) -> Result<usize, Refusal> {
        self.find(wanted).map(|(index, _)| index)
    }

    fn skip(&mut self, by: &str, wanted: &str) -> Result<(), Refusal> {
        let index = self.live_stage(wanted)?;
        let judgment = self.graph.node(index).and_then(|node| node.judgment.as_ref());
        if let Some(judgment) = judgment.filter(|judgment| !judgment.roles.is_empty()) {
            let why = format!("is for {} to judge, and cannot be skipped", judgment.roles.join(", "));
            return Err(self.refuse(index, why));
        }
        match self.standing(index) {
            Standing::Ended(end) => {
                let why = format!("is over ({}): there is nothing to skip", end.status);
                return Err(self.refuse(index, why));
            }
            Standing::Stopping { .. } | Standing::Recovering { .. } => {
                let why = "is being ended already; cancel the run by force to end it at once".to_owned();
                return Err(self.refuse(index, why));
            }
            // Its turn has to come first: what follows it needs what it needs.
            Standing::Waiting => self.with(index, |stage| stage.skipped_by = Some(by.to_owned())),
            Standing::Asking
            | Standing::Ready
            | Standing::Window { .. }
            | Standing::Frozen { .. }
            | Standing::Before
            | Standing::Starting
            | Standing::Running { .. }
            | Standing::BackingOff { .. }
            | Standing::After => {
                let end = self.ending(Status::Skipped, format!("{by} skipped it"));
                self.stop(index, Then::End(end), false);
            }
        }
        Ok(())
    }

    fn skip_wait(&mut self, by: &str, wanted: &str) -> Result<(), Refusal> {
        let index = self.live_stage(wanted)?;
        let Some(node) = self.graph.node(index) else { return Ok(()) };
        match self.standing(index) {
            Standing::Window { .. } | Standing::BackingOff { .. } if self.run.paused.is_some() => {
                return Err(self.unfit("resume it first: nothing starts while it is paused"));
            }
            Standing::Window { .. } if self.is_held(index, node) => {
                let why = "is held by a freeze, too: let it through first".to_owned();
                return Err(self.refuse(index, why));
            }
            Standing::Window { .. } => self.begin(index, node),
            Standing::BackingOff { .. } => self.retry(index, node),
            Standing::Running { done_at: Some(_) } => {
                self.with(index, |stage| stage.message = Some(format!("{by} skipped the rest")));
                self.succeeded(index, node);
            }
            standing @ (Standing::Waiting
            | Standing::Asking
            | Standing::Ready
            | Standing::Frozen { .. }
            | Standing::Before
            | Standing::Starting
            | Standing::Running { done_at: None }
            | Standing::After
            | Standing::Stopping { .. }
            | Standing::Recovering { .. }
            | Standing::Ended(_)) => {
                let why = format!("is {}, and waits for no time", standing.status());
                return Err(self.refuse(index, why));
            }
        }
        Ok(())
    }

    pub(super) fn refuse(&self, index: usize, why: String) -> Refusal {
        let stage = self.graph.node(index).map(|node| node.name.clone()).unwrap_or_default();
        Refusal::Stage { stage, why }
    }
}
