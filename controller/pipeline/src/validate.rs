//! Every problem of a definition at once.
//!
//! ```text
//! names       unique, and with ids that keys can carry
//! needs       who comes before whom: no cycle, nothing dangling
//! rules       timeouts, retries, windows and children of each stage
//! parameters  names, defaults, options, constraints
//! ```

pub(crate) mod names;
pub(crate) mod needs;
mod parameters;
mod rules;

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::definition::{Pipeline, Stage, Work};
use crate::problem::Problem;
use crate::window::{self, Schedule};

/// Most stages of a pipeline, with all children.
const MOST_STAGES: usize = 500;
/// How deep stages may be made of stages.
pub(crate) const MOST_DEPTH: usize = 5;

/// What is wrong with a definition; nothing: runs of it can start.
#[must_use]
pub fn validate<W: Work>(pipeline: &Pipeline<W>) -> Vec<Problem> {
    let mut problems = Vec::new();
    parameters::check(&pipeline.parameters, &mut problems);
    let windows: Vec<&str> = pipeline.windows.keys().map(String::as_str).collect();
    if let Err(found) = schedules(pipeline) {
        problems.extend(found);
    }
    if pipeline.stages.is_empty() {
        problems.push(Problem::new("stages", "there is none", "give at least one"));
    }
    let scope = Scope { path: "stages".to_owned(), depth: 0, windows: &windows };
    let count = scope.check(&pipeline.stages.iter().collect::<Vec<_>>(), &mut problems);
    if count > MOST_STAGES {
        let what = format!("there are {count}, with those that they are made of");
        problems.push(Problem::new(
            "stages",
            what,
            format!("{MOST_STAGES} are the most: make two pipelines"),
        ));
    }
    problems
}

/// The windows by name.
///
/// # Errors
/// Every problem of the zone and of each window.
pub(crate) fn schedules<W>(pipeline: &Pipeline<W>) -> Result<BTreeMap<&str, Schedule>, Vec<Problem>> {
    let mut problems = Vec::new();
    let zone = window::zone(pipeline.time_zone.as_deref(), "timeZone").unwrap_or_else(|problem| {
        problems.push(problem);
        TimeZone::UTC
    });
    let mut schedules = BTreeMap::new();
    for (name, window) in &pipeline.windows {
        match Schedule::new(window, &zone, &format!("windows.{name}")) {
            Ok(schedule) => {
                schedules.insert(name.as_str(), schedule);
            }
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(schedules) } else { Err(problems) }
}

/// A list of stages among which `needs` are looked up: the pipeline's, or the children of one position.
struct Scope<'a> {
    path: String,
    depth: usize,
    windows: &'a [&'a str],
}

impl Scope<'_> {
    /// How many stages there are, with their children.
    fn check<W: Work>(&self, stages: &[&Stage<W>], problems: &mut Vec<Problem>) -> usize {
        names::check(stages, &self.path, problems);
        needs::check(stages, &self.path, problems);
        let mut count = stages.len();
        for (index, stage) in stages.iter().enumerate() {
            let path = format!("{}[{index}]", self.path);
            let children = stage.work.children();
            rules::check(stage, !children.is_empty(), self.windows, &path, problems);
            if !children.is_empty() && self.depth >= MOST_DEPTH {
                let what = format!("stages are made of stages more than {MOST_DEPTH} deep");
                problems.push(Problem::new(path, what, "put some of them beside each other"));
                continue;
            }
            for (position, word) in names::POSITIONS {
                let inner = children.iter().filter(|child| child.position == position);
                let inner: Vec<&Stage<W>> = inner.map(|child| &child.stage).collect();
                let scope = Scope { path: format!("{path}.{word}"), depth: self.depth + 1, ..*self };
                count += scope.check(&inner, problems);
            }
            names::check_children(&children, &path, problems);
        }
        count
    }
}
