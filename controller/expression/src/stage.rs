//! A stage of the run as expressions see it.

use serde_json::{Map as Object, Value as Json};

use crate::json;
use crate::status::Status;
use crate::value::{Map, Pairs, Value};

/// What a caller tells of a stage.
#[derive(Clone, Debug)]
pub struct StageFacts {
    /// Its id.
    pub id: String,
    /// Its short reference in the pipeline.
    pub ref_id: String,
    /// What kind of stage it is.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How it stands.
    pub status: Status,
    /// When it began, milliseconds since 1970.
    pub start_millis: Option<i64>,
    /// When it ended, milliseconds since 1970.
    pub end_millis: Option<i64>,
    /// Its own fields.
    pub context: Object<String, Json>,
    /// What it handed on.
    pub outputs: Object<String, Json>,
    /// Its tasks, as `id`, `name`, `status`, `startTime` and `endTime`.
    pub tasks: Vec<Json>,
    /// References of the stages that it waits for.
    pub requisites: Vec<String>,
    /// The stage that it is a part of.
    pub parent: Option<String>,
}

impl StageFacts {
    /// A stage without fields and outputs.
    #[must_use]
    pub fn new(id: &str, name: &str, status: Status) -> Self {
        Self {
            id: id.to_owned(),
            ref_id: id.to_owned(),
            kind: String::new(),
            name: name.to_owned(),
            status,
            start_millis: None,
            end_millis: None,
            context: Object::new(),
            outputs: Object::new(),
            tasks: Vec::new(),
            requisites: Vec::new(),
            parent: None,
        }
    }
}

/// A stage, made ready to be looked at.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    id: String,
    ref_id: String,
    name: String,
    context: Map,
    outputs: Map,
    value: Value,
}

impl Stage {
    pub(crate) fn new(facts: StageFacts) -> Self {
        let StageFacts {
            id,
            ref_id,
            kind,
            name,
            status,
            start_millis,
            end_millis,
            context,
            outputs,
            tasks,
            requisites,
            parent,
        } = facts;
        let outputs = json::map_of(&outputs);
        // What a stage handed on is found in its context too, behind its own fields.
        let mut fields = outputs.entries().clone();
        fields.extend(json::map_of(&context).entries().clone());
        let context = Map::given(fields);
        let millis = |at: Option<i64>| at.map_or(Value::Null, Value::Integer);
        let list = |items: Vec<Value>| Value::List(crate::value::List::given(items));
        let pairs = [
            ("id", Value::text(id.as_str())),
            ("refId", Value::text(ref_id.as_str())),
            ("type", Value::text(kind)),
            ("name", Value::text(name.as_str())),
            ("status", Value::Status(status)),
            ("startTime", millis(start_millis)),
            ("endTime", millis(end_millis)),
            ("context", Value::Map(context.clone())),
            ("outputs", Value::Map(outputs.clone())),
            ("tasks", list(tasks.iter().map(json::value_of).collect())),
            ("requisiteStageRefIds", list(requisites.into_iter().map(Value::text).collect())),
            ("parentStageId", parent.map_or(Value::Null, Value::text)),
            ("hasSucceeded", Value::Boolean(status == Status::Succeeded)),
            ("hasFailed", Value::Boolean(status == Status::Terminal)),
        ];
        let pairs: Pairs = pairs.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Self { id, ref_id, name, context, outputs, value: Value::Map(Map::given(pairs)) }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn ref_id(&self) -> &str {
        &self.ref_id
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_called(&self, name_or_id: &str) -> bool {
        self.name == name_or_id || self.id == name_or_id
    }

    pub(crate) const fn context(&self) -> &Map {
        &self.context
    }

    pub(crate) const fn outputs(&self) -> &Map {
        &self.outputs
    }

    pub(crate) const fn value(&self) -> &Value {
        &self.value
    }
}
