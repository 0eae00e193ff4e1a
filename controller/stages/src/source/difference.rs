//! In which fields two pipelines differ.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use weir_pipeline::definition::{Stage, Work as _};
use weir_pipeline::{Pipeline, Plan, Problem};

use super::guarded;
use crate::typed::{push_index, push_key};
use crate::work::Work;

/// A field that is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// Where it stands, for people.
    pub(super) at: String,
    /// The field, of stages without which one.
    pub(super) path: Vec<String>,
    /// Fields that have to be named themselves for it.
    pub(super) guarded: Vec<Vec<String>>,
}

/// All fields in which `pushed` is not `served`.
pub(super) fn of_pipelines(
    served: &Pipeline<Work>,
    pushed: &Pipeline<Work>,
) -> Result<Vec<Difference>, Vec<Problem>> {
    let mut all = Vec::new();
    of_values("spec", &[], fields(served).as_ref(), fields(pushed).as_ref(), &mut all);
    guard_by_name(&mut all);
    let (served, pushed) = (Stages::new(served)?, Stages::new(pushed)?);
    let ids: BTreeSet<&String> = served.by_id.keys().chain(pushed.by_id.keys()).collect();
    for id in ids {
        of_stages(id, served.by_id.get(id), pushed.by_id.get(id), &mut all);
    }
    if served.order(&pushed) != pushed.order(&served) {
        all.push(needs("spec.stages", Vec::new()));
    }
    Ok(all)
}

/// Differences of two values, field by field, down to what is neither a list nor a map.
pub(super) fn of_values(
    at: &str,
    path: &[String],
    served: Option<&Value>,
    pushed: Option<&Value>,
    all: &mut Vec<Difference>,
) {
    if served == pushed {
        return;
    }
    let (before, now) = (Parts::of(served), Parts::of(pushed));
    if before.is_leaf || now.is_leaf || before.all.is_empty() && now.all.is_empty() {
        all.push(Difference { at: at.to_owned(), path: path.to_vec(), guarded: Vec::new() });
    }
    let keys: BTreeSet<&Part> = before.all.keys().chain(now.all.keys()).collect();
    for key in keys {
        let (mut at, mut path) = (at.to_owned(), path.to_vec());
        match key {
            Part::Index(index) => push_index(&mut at, *index),
            Part::Key(key) => {
                push_key(&mut at, key);
                path.push(key.clone());
            }
        }
        of_values(&at, &path, before.all.get(key).copied(), now.all.get(key).copied(), all);
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Index(usize),
    Key(String),
}

/// What a value is made of.
struct Parts<'v> {
    /// Whether it is one that has no parts.
    is_leaf: bool,
    all: BTreeMap<Part, &'v Value>,
}

impl<'v> Parts<'v> {
    fn of(value: Option<&'v Value>) -> Self {
        let all = match value {
            Some(Value::Object(fields)) => {
                fields.iter().map(|(key, value)| (Part::Key(key.clone()), value)).collect()
            }
            Some(Value::Array(items)) => {
                items.iter().enumerate().map(|(index, item)| (Part::Index(index), item)).collect()
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                BTreeMap::new()
            }
        };
        let is_leaf = value.is_some_and(|value| !value.is_object() && !value.is_array());
        Self { is_leaf, all }
    }
}

/// All of a pipeline but its stages.
fn fields(pipeline: &Pipeline<Work>) -> Option<Value> {
    let stages = Vec::new();
    let Pipeline {
        description,
        parameters,
        concurrency,
        time_zone,
        windows,
        timeout,
        notifications,
        artifacts,
        stages: _,
    } = pipeline.clone();
    let rest: Pipeline<Work> = Pipeline {
        description,
        parameters,
        concurrency,
        time_zone,
        windows,
        timeout,
        notifications,
        artifacts,
        stages,
    };
    serde_json::to_value(rest).ok()
}

/// Stages by their ids.
struct Stages<'p> {
    by_id: BTreeMap<String, One<'p>>,
    /// As they stand there.
    ids: Vec<String>,
}

struct One<'p> {
    stage: &'p Stage<Work>,
    /// All that come before it, whether it says so or not.
    before: BTreeSet<String>,
}

impl<'p> Stages<'p> {
    fn new(pipeline: &'p Pipeline<Work>) -> Result<Self, Vec<Problem>> {
        let plan = Plan::new(pipeline.clone())?;
        let graph = plan.graph();
        let ids: Vec<String> = graph.stages().map(|(id, _)| id.to_owned()).collect();
        let one = |(id, stage): (&String, &'p Stage<Work>)| {
            let before = graph.before(id).into_iter().map(str::to_owned).collect();
            (id.clone(), One { stage, before })
        };
        Ok(Self { by_id: ids.iter().zip(&pipeline.stages).map(one).collect(), ids })
    }

    /// The stages that the other one has as well, as they stand here.
    fn order(&self, other: &Self) -> Vec<&String> {
        self.ids.iter().filter(|id| other.by_id.contains_key(*id)).collect()
    }
}

fn of_stages(id: &str, served: Option<&One<'_>>, pushed: Option<&One<'_>>, all: &mut Vec<Difference>) {
    let at = format!("spec.stages[{id}]");
    let mut found = Vec::new();
    if let (Some(served), Some(pushed)) = (served, pushed) {
        let path = ["stages".to_owned()];
        of_values(&at, &path, engine(served.stage).as_ref(), engine(pushed.stage).as_ref(), &mut found);
        if served.before != pushed.before {
            found.push(needs(&at, Vec::new()));
        }
    }
    let works = [served, pushed].map(|one| one.map(|one| (one.stage.work.kind(), one.stage.work.fields())));
    let kinds: BTreeSet<&str> = works.iter().flatten().map(|(kind, _)| *kind).collect();
    for kind in kinds {
        let [served, pushed] =
            works.map(|work| work.filter(|(name, _)| *name == kind).map(|(_, fields)| fields));
        let path = ["stages".to_owned(), kind.to_owned()];
        let at = format!("{at}.{kind}");
        let begin = found.len();
        of_values(&at, &path, served, pushed, &mut found);
        for difference in found.iter_mut().skip(begin) {
            let below = difference.path.get(path.len()..).unwrap_or_default();
            difference.guarded = below_kind(kind, guarded::guarded(kind, below));
        }
    }
    guard_by_name(&mut found);
    // Whatever changes of a stage that has a secret changes what is done with it.
    let secrets: BTreeSet<Vec<String>> = works
        .iter()
        .flatten()
        .filter_map(|(kind, fields)| Some(below_kind(kind, vec![guarded::secrets(kind, fields)?])))
        .flatten()
        .collect();
    for difference in &mut found {
        let new = secrets.iter().filter(|secret| !difference.guarded.contains(secret)).cloned();
        let new: Vec<_> = new.collect();
        difference.guarded.extend(new);
    }
    all.extend(found);
}

/// Whom a run tells, and with which secrets, has to be allowed by its own name; and so has which images it deploys, whatever values of a template make them.
fn guard_by_name(all: &mut [Difference]) {
    for Difference { at: _, path, guarded } in all {
        if path.first().is_some_and(|key| key == "artifacts") {
            guarded.extend(path.get(..1).map(<[String]>::to_vec));
        }
        if let Some(place) = path.iter().take(2).position(|key| key == "notifications") {
            guarded.extend(path.get(..=place).map(<[String]>::to_vec));
        }
    }
}

fn needs(at: &str, guarded: Vec<Vec<String>>) -> Difference {
    Difference { at: format!("{at}.needs"), path: vec!["stages".to_owned(), "needs".to_owned()], guarded }
}

fn below_kind(kind: &str, fields: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let whole =
        |field: Vec<String>| ["stages".to_owned(), kind.to_owned()].into_iter().chain(field).collect();
    fields.into_iter().map(whole).collect()
}

/// What the engine knows of a stage, but its id, which it was found by, and its needs, which may be said in several ways.
fn engine(stage: &Stage<Work>) -> Option<Value> {
    let Value::Object(mut fields) = serde_json::to_value(stage).ok()? else { return None };
    fields.retain(|key, _| key != stage.work.kind() && !matches!(key.as_str(), "id" | "needs"));
    Some(Value::Object(Map::from_iter(fields)))
}
