//! Methods of lists. None of them changes a list.

use crate::equality;
use crate::fault::Fault;
use crate::machine::Outcome;
use crate::routine::{Call, Routine, count, routine};
use crate::value::{List, Value};

pub(crate) const METHODS: &[Routine<List>] = &[
    routine("size", 0, 0, |list, _| Ok(count(list.items().len()))),
    // What `split` gives is an array in Java, and an array has a length.
    routine("length", 0, 0, |list, _| Ok(count(list.items().len()))),
    routine("isEmpty", 0, 0, |list, _| Ok(Value::Boolean(list.items().is_empty()))),
    routine("get", 1, 1, |list, call| at(list, call.integer(0)?)),
    routine("getFirst", 0, 0, |list, _| at(list, 0)),
    routine("getLast", 0, 0, |list, _| {
        let items = list.items();
        items.last().cloned().ok_or(Fault::Index { index: -1, length: 0 })
    }),
    routine("contains", 1, 1, |list, call| Ok(Value::Boolean(position(list, call)?.is_some()))),
    routine("containsAll", 1, 1, |list, call| {
        let others = call.list(0)?.items();
        for other in others {
            call.machine.budget.pass(Value::List(list.clone()).bytes())?;
            if !list.items().iter().any(|item| equality::equal(item, other)) {
                return Ok(Value::Boolean(false));
            }
        }
        Ok(Value::Boolean(true))
    }),
    routine("indexOf", 1, 1, |list, call| Ok(position(list, call)?.map_or(Value::Integer(-1), count))),
    routine("lastIndexOf", 1, 1, |list, call| {
        call.machine.budget.pass(Value::List(list.clone()).bytes())?;
        let wanted = call.value(0);
        let found = list.items().iter().rposition(|item| equality::equal(item, wanted));
        Ok(found.map_or(Value::Integer(-1), count))
    }),
    routine("subList", 2, 2, |list, call| {
        let (from, to) = (call.integer(0)?, call.integer(1)?);
        let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        let items = range.and_then(|(from, to)| list.items().get(from..to));
        let length = list.items().len();
        let items = items.ok_or(Fault::Index { index: if from < 0 { from } else { to }, length })?;
        call.machine.list(items.to_vec())
    }),
    routine("toArray", 0, 0, |list, _| Ok(Value::List(list.clone()))),
];

fn at(list: &List, index: i64) -> Outcome {
    let found = usize::try_from(index).ok().and_then(|index| list.items().get(index));
    found.cloned().ok_or(Fault::Index { index, length: list.items().len() })
}

fn position(list: &List, call: &mut Call<'_, '_>) -> Result<Option<usize>, Fault> {
    call.machine.budget.pass(Value::List(list.clone()).bytes())?;
    let wanted = call.value(0);
    Ok(list.items().iter().position(|item| equality::equal(item, wanted)))
}
