//! The stages of a pipeline as a graph: each with its children, in an order in which nothing comes before what it needs.
//!
//! A [`Plan`] is made once from a definition without problems. A run names the digest of its plan, so it is never advanced by another one: the
//! definition that a run began with is kept with it, whatever becomes of the pipeline meanwhile.

mod digest;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::backoff::RetryPolicy;
use crate::definition::{Judgment, OnFailure, Pipeline, Position, Stage, Work};
use crate::problem::Problem;
use crate::span::Span;
use crate::validate::{self, names, needs};
use crate::window::Schedule;

/// A definition without problems: what the engine knows of it, and what each stage does.
#[derive(Clone, Debug)]
pub struct Plan<W> {
    graph: Graph,
    works: BTreeMap<String, W>,
}

/// The graph alone.
#[derive(Clone, Debug)]
pub struct Graph {
    pub(crate) digest: String,
    pub(crate) timeout: Option<Duration>,
    /// A parent comes before its children.
    pub(crate) nodes: Vec<Node>,
    /// The stages of the pipeline, in order.
    pub(crate) roots: Vec<usize>,
}

/// One stage.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// With those of its parents: `deploy.bake`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) parent: Option<usize>,
    pub(crate) needs: Vec<usize>,
    pub(crate) when: Option<String>,
    pub(crate) on_failure: OnFailure,
    pub(crate) timeout: Option<Duration>,
    pub(crate) retries: RetryPolicy,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) always: bool,
    pub(crate) acts: bool,
    pub(crate) changes: bool,
    pub(crate) judgment: Option<Judgment>,
    pub(crate) before: Vec<usize>,
    pub(crate) after: Vec<usize>,
    pub(crate) on_failed: Vec<usize>,
}

impl<W: Work> Plan<W> {
    /// Reads a definition.
    ///
    /// # Errors
    /// Every problem that it has: see [`crate::validate()`].
    pub fn new(pipeline: Pipeline<W>) -> Result<Self, Vec<Problem>>
    where
        W: Serialize,
    {
        let problems = validate::validate(&pipeline);
        if !problems.is_empty() {
            return Err(problems);
        }
        let digest = digest::of(&pipeline).map_err(|problem| vec![problem])?;
        let schedules = validate::schedules(&pipeline)?;
        let schedules = schedules.into_iter().map(|(name, schedule)| (name.to_owned(), schedule)).collect();
        let timeout = pipeline.timeout.map(Span::duration);
        let mut build = Build { schedules, nodes: Vec::new(), works: BTreeMap::new() };
        let roots = build.list(pipeline.stages, None);
        let Build { schedules: _, nodes, works } = build;
        Ok(Self { graph: Graph { digest, timeout, nodes, roots }, works })
    }

    /// The graph.
    #[must_use]
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// What the stage of this id does.
    #[must_use]
    pub fn work(&self, stage: &str) -> Option<&W> {
        self.works.get(stage)
    }
}

impl Graph {
    /// What a run of it names, so that it is not advanced by another one.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Ids of all stages, parents before their children, with their names.
    pub fn stages(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes.iter().map(|node| (node.id.as_str(), node.name.as_str()))
    }

    /// Ids of the stages that come before this one, in the order of the graph; of a child, also those before its parents.
    #[must_use]
    pub fn before(&self, stage: &str) -> Vec<&str> {
        let mut found = BTreeSet::new();
        let mut at = self.by_id(stage);
        while let Some(index) = at {
            found.append(&mut self.ancestors(index));
            at = self.node(index).and_then(|node| node.parent);
        }
        found.into_iter().filter_map(|index| self.node(index)).map(|node| node.id.as_str()).collect()
    }

    /// The name of this stage.
    #[must_use]
    pub fn name(&self, stage: &str) -> Option<&str> {
        Some(&self.node(self.by_id(stage)?)?.name)
    }

    /// How long an attempt of this stage may take.
    #[must_use]
    pub fn timeout(&self, stage: &str) -> Option<Duration> {
        self.node(self.by_id(stage)?)?.timeout
    }

    /// Who decides this stage, and until when, where it waits for that.
    #[must_use]
    pub fn judgment(&self, stage: &str) -> Option<&Judgment> {
        self.node(self.by_id(stage)?)?.judgment.as_ref()
    }

    pub(crate) fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// Every stage that has to come before this one, in its list.
    pub(crate) fn ancestors(&self, of: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![of];
        while let Some(index) = open.pop() {
            let needs = self.node(index).map(|node| node.needs.as_slice()).unwrap_or_default();
            open.extend(needs.iter().copied().filter(|need| found.insert(*need)));
        }
        found
    }

    /// By id, or a stage of the pipeline by its name.
    pub(crate) fn find(&self, wanted: &str) -> Option<usize> {
        let named = |node: &Node| node.parent.is_none() && node.name == wanted;
        self.by_id(wanted).or_else(|| self.nodes.iter().position(named))
    }
}

impl Node {
    /// Every stage that it is made of, not those that these are made of.
    pub(crate) fn children(&self) -> impl Iterator<Item = usize> {
        self.before.iter().chain(&self.after).chain(&self.on_failed).copied()
    }

    /// How long it may take before something happens by itself.
    pub(crate) fn limit(&self) -> Option<Span> {
        let expires = self.judgment.as_ref().and_then(|judgment| judgment.expires);
        self.timeout.map(Span::from).into_iter().chain(expires).min()
    }

    pub(crate) fn is_composite(&self) -> bool {
        !self.before.is_empty() || !self.after.is_empty()
    }
}

struct Build<W> {
    schedules: BTreeMap<String, Schedule>,
    nodes: Vec<Node>,
    works: BTreeMap<String, W>,
}

impl<W: Work> Build<W> {
    /// Places of the stages of one list, in order of what they need.
    fn list(&mut self, stages: Vec<Stage<W>>, parent: Option<usize>) -> Vec<usize> {
        let needs = needs::resolve(&stages.iter().collect::<Vec<_>>(), "", &mut Vec::new());
        let order = needs::order(&needs);
        let places: Vec<usize> = stages.into_iter().map(|stage| self.stage(stage, parent)).collect();
        for (place, needs) in places.iter().zip(needs) {
            if let Some(node) = self.nodes.get_mut(*place) {
                node.needs = needs.iter().filter_map(|need| places.get(*need).copied()).collect();
            }
        }
        order.iter().filter_map(|index| places.get(*index).copied()).collect()
    }

    fn stage(&mut self, stage: Stage<W>, parent: Option<usize>) -> usize {
        let own = names::id(&stage);
        let id = match parent.and_then(|parent| self.nodes.get(parent)) {
            Some(parent) => format!("{}.{own}", parent.id),
            None => own,
        };
        let Stage {
            name,
            id: _,
            needs: _,
            when,
            on_failure,
            timeout,
            retries,
            window,
            always,
            notifications: _,
            work,
        } = stage;
        let place = self.nodes.len();
        let judgment = work.judgment().map(|judgment| Judgment {
            expires: judgment.expires.or_else(|| timeout.is_none().then_some(Judgment::EXPIRES)),
            ..judgment
        });
        self.nodes.push(Node {
            id: id.clone(),
            name,
            parent,
            needs: Vec::new(),
            when,
            on_failure,
            timeout: timeout.map(Span::duration).or_else(|| work.default_timeout()),
            retries: RetryPolicy::of(retries.as_ref()),
            schedule: window.and_then(|window| self.schedules.get(&window).cloned()),
            always,
            acts: work.acts(),
            changes: work.changes(),
            judgment,
            before: Vec::new(),
            after: Vec::new(),
            on_failed: Vec::new(),
        });
        let mut lists = [Vec::new(), Vec::new(), Vec::new()];
        let [before, after, on_failed] = &mut lists;
        for child in work.children() {
            match child.position {
                Position::Before => before.push(child.stage),
                Position::After => after.push(child.stage),
                Position::OnFailure => on_failed.push(child.stage),
            }
        }
        let [before, after, on_failed] = lists.map(|list| self.list(list, Some(place)));
        if let Some(node) = self.nodes.get_mut(place) {
            (node.before, node.after, node.on_failed) = (before, after, on_failed);
        }
        self.works.insert(id, work);
        place
    }
}
