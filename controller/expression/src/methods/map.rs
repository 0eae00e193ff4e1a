//! Methods of maps. None of them changes a map.

use std::sync::Arc;

use crate::equality;
use crate::missing::Missing;
use crate::routine::{Routine, count, routine};
use crate::span::Span;
use crate::value::{List, Map, Pairs, Value};

pub(crate) const METHODS: &[Routine<Map>] = &[
    routine("size", 0, 0, |map, _| Ok(count(map.entries().len()))),
    routine("isEmpty", 0, 0, |map, _| Ok(Value::Boolean(map.entries().is_empty()))),
    routine("get", 1, 1, |map, call| {
        let key = call.text(0)?;
        let missing = || Missing::new(key, Some("the map"), map.keys(), Span::default());
        Ok(map.get(key).cloned().unwrap_or_else(|| Value::Missing(Arc::new(missing()))))
    }),
    routine("getOrDefault", 2, 2, |map, call| {
        Ok(map.get(call.text(0)?).unwrap_or_else(|| call.value(1)).clone())
    }),
    routine("containsKey", 1, 1, |map, call| Ok(Value::Boolean(map.get(call.text(0)?).is_some()))),
    routine("containsValue", 1, 1, |map, call| {
        call.machine.budget.pass(Value::Map(map.clone()).bytes())?;
        Ok(Value::Boolean(map.entries().values().any(|value| equality::equal(value, call.value(0)))))
    }),
    routine("keySet", 0, 0, |map, call| call.machine.list(map.keys().map(Value::text).collect())),
    routine("values", 0, 0, |map, call| call.machine.list(map.entries().values().cloned().collect())),
    routine("entrySet", 0, 0, |map, call| {
        let entry = |(key, value): (&Arc<str>, &Value)| {
            let pairs = [("key".into(), Value::Text(key.clone())), ("value".into(), value.clone())];
            Value::Map(Map::given(Pairs::from(pairs)))
        };
        let entries = List::given(map.entries().iter().map(entry).collect());
        call.machine.budget.make(Value::List(entries.clone()).bytes())?;
        Ok(Value::List(entries))
    }),
];
