//! `#name(..)`: the functions of pipelines.

mod artifact;
mod convert;
mod document;
mod fetch;
mod manifest;
mod stage;

use crate::fault::Fault;
use crate::machine::{Machine, Outcome};
use crate::routine::{Routine, invoke};
use crate::suggestion;
use crate::value::Value;

/// Every function, by what it is about.
pub(crate) const FUNCTIONS: [&[Routine<()>]; 6] = [
    stage::FUNCTIONS,
    convert::FUNCTIONS,
    document::FUNCTIONS,
    manifest::FUNCTIONS,
    artifact::FUNCTIONS,
    fetch::FUNCTIONS,
];

pub(crate) use convert::{to_decimal, to_int, unreadable};

pub(crate) fn call(name: &str, machine: &mut Machine<'_>, arguments: &[Value]) -> Outcome {
    let found = FUNCTIONS.iter().find_map(|table| invoke(table, name, &(), machine, arguments));
    found.unwrap_or_else(|| {
        let hint = suggestion::hint(name, names());
        Err(Fault::Function { name: crate::missing::clip(name), hint })
    })
}

pub(crate) fn names() -> impl Iterator<Item = &'static str> + Clone {
    FUNCTIONS.iter().flat_map(|table| table.iter().map(|function| function.name))
}
