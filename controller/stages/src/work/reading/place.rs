//! A field in what is written.

use std::fmt;

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use crate::scripts;
use crate::typed::{ASIDE, is_aside, push_index, push_key};

/// Steps from the stage down to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Place {
    /// Where reading `rest` ended.
    pub(super) fn of_path(path: &Path, rest: &Value) -> Self {
        let steps = path.iter().filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } | Segment::Enum { variant: key } => Some(Step::Key(key.clone())),
            Segment::Unknown => None,
        });
        Self(steps.collect()).original(rest)
    }

    /// A field such as `services[0].ready` of the stage's key.
    pub(super) fn of_field(kind: &str, field: &str) -> Self {
        let steps = field.split(['.', '[']).filter(|step| !step.is_empty());
        let steps = steps.map(|step| {
            let index = step.strip_suffix(']').and_then(|index| index.parse().ok());
            index.map_or_else(|| Step::Key(step.to_owned()), Step::Index)
        });
        Self([Step::Key(kind.to_owned())].into_iter().chain(steps).collect())
    }

    /// One step further.
    pub(super) fn then(&self, key: &str) -> Self {
        Self(self.0.iter().cloned().chain([Step::Key(key.to_owned())]).collect())
    }

    /// The same in what was written: lists were read without what is set aside of them.
    pub(super) fn original(mut self, rest: &Value) -> Self {
        let mut at = Some(rest);
        for step in &mut self.0 {
            if let (Step::Index(index), Some(Value::Array(items))) = (&mut *step, at) {
                let kept = items.iter().enumerate().filter(|(_, item)| !is_aside(item));
                *index = kept.map(|(original, _)| original).nth(*index).unwrap_or(*index);
            }
            at = at.and_then(|at| step.of(at));
        }
        self
    }

    /// The nearest one that is there and can be set aside: with the only key of a map the map, for that may be one that has to have exactly one.
    pub(super) fn within(&self, rest: &Value) -> Self {
        let mut place = self.clone();
        while place.0.len() > 1 && !place.is_in(rest) {
            place.0.pop();
        }
        while place.0.len() > 2 && place.is_alone(rest) {
            place.0.pop();
        }
        place
    }

    fn is_alone(&self, rest: &Value) -> bool {
        let Some((Step::Key(_), before)) = self.0.split_last() else { return false };
        let parent = before.iter().try_fold(rest, |at, step| step.of(at));
        parent.and_then(Value::as_object).is_some_and(|fields| fields.len() == 1)
    }

    /// Sets it aside; `false`: there is nothing left then.
    pub(super) fn set_aside(&self, rest: &mut Value) -> bool {
        let Some((last, before)) = self.0.split_last() else { return false };
        let mut at = rest;
        for step in before {
            let Some(next) = step.of_mut(at) else { return false };
            at = next;
        }
        match (last, at) {
            (Step::Key(key), Value::Object(fields)) => !before.is_empty() && fields.remove(key).is_some(),
            (Step::Index(index), Value::Array(items)) => {
                items.get_mut(*index).is_some_and(|item| !is_aside(&std::mem::replace(item, ASIDE.into())))
            }
            _ => false,
        }
    }

    pub(super) fn is_in(&self, written: &Value) -> bool {
        self.0.iter().try_fold(written, |at, step| step.of(at)).is_some()
    }

    /// Whether its key is an expression, or a key in it: then it can have any other.
    pub(super) fn has_expression_as_key(&self, written: &Value) -> bool {
        let at = self.0.iter().try_fold(written, |at, step| step.of(at));
        let mut keys = at.and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys);
        self.0.last().is_some_and(Step::is_expression) || keys.any(|key| key.contains("${"))
    }

    /// Whether the field, or what it stands in, is an expression: then it can become anything. Scripts have none.
    pub(super) fn has_expression(&self, written: &Value) -> bool {
        let mut at = written;
        let mut key = "";
        for step in &self.0 {
            let Some(next) = step.of(at) else { break };
            at = next;
            key = if let Step::Key(key) = step { key } else { "" };
        }
        !scripts::SCRIPTS.contains(&key) && at.as_str().is_some_and(|text| text.contains("${"))
    }
}

impl Step {
    fn is_expression(&self) -> bool {
        matches!(self, Self::Key(key) if key.contains("${"))
    }

    fn of<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Self::Key(key) => value.as_object()?.get(key),
            Self::Index(index) => value.as_array()?.get(*index),
        }
    }

    fn of_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match self {
            Self::Key(key) => value.as_object_mut()?.get_mut(key),
            Self::Index(index) => value.as_array_mut()?.get_mut(*index),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut path = String::new();
        for step in &self.0 {
            match step {
                Step::Key(key) => push_key(&mut path, key),
                Step::Index(index) => push_index(&mut path, *index),
            }
        }
        f.write_str(&path)
    }
}
