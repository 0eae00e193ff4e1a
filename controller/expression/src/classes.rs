//! `T(Name)` and `new Name(..)`: the classes that may be used, with what may be used of them.

mod date;
mod encoding;
mod math;
mod scalar;
mod time;

use crate::fault::Fault;
use crate::kind::Kind;
use crate::machine::{Machine, Outcome};
use crate::routine::{Routine, invoke};
use crate::suggestion;
use crate::value::Value;

/// A class of Java's, as far as it may be used.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    /// What stands before the name: `java.lang`.
    package: &'static str,
    pub(crate) constants: &'static [Constant],
    pub(crate) methods: &'static [Routine<()>],
    /// `new Name(..)`.
    pub(crate) constructor: Option<Routine<()>>,
    /// The kinds that are instances of it.
    kinds: &'static [Kind],
}

/// The name of a constant, and what makes its value.
type Constant = (&'static str, fn() -> Value);

/// All of them. Their places are what trees and values hold.
pub(crate) const CLASSES: &[Class] = &[
    math::MATH,
    scalar::INTEGER,
    scalar::LONG,
    scalar::DOUBLE,
    scalar::FLOAT,
    scalar::NUMBER,
    scalar::BOOLEAN,
    scalar::STRING,
    scalar::LIST,
    scalar::MAP,
    scalar::COLLECTION,
    encoding::UUID,
    encoding::BASE64,
    encoding::URL_ENCODER,
    encoding::URL_DECODER,
    encoding::RANDOM,
    date::DATE,
    date::SIMPLE_DATE_FORMAT,
    date::DATE_TIME_FORMATTER,
    date::ZONE_ID,
    time::INSTANT,
    time::LOCAL_DATE,
    time::LOCAL_DATE_TIME,
    time::ZONED_DATE_TIME,
];

/// The place of a class in the table, by its name with or without its package.
pub(crate) fn find(name: &str) -> Option<usize> {
    CLASSES.iter().position(|class| {
        let package = name.strip_suffix(class.name);
        package.is_some_and(|package| package.is_empty() || package.strip_suffix('.') == Some(class.package))
    })
}

/// `T(Name).CONSTANT`.
pub(crate) fn constant(class: usize, name: &str) -> Outcome {
    let Some(class) = CLASSES.get(class) else { return Ok(Value::Null) };
    let found = class.constants.iter().find(|(constant, _)| *constant == name);
    found.map(|(_, value)| value()).ok_or_else(|| unknown(class, name))
}

/// `T(Name).method(..)`.
pub(crate) fn call(class: usize, name: &str, machine: &mut Machine<'_>, arguments: &[Value]) -> Outcome {
    let Some(class) = CLASSES.get(class) else { return Ok(Value::Null) };
    invoke(class.methods, name, &(), machine, arguments).unwrap_or_else(|| Err(unknown(class, name)))
}

/// `new Name(..)`.
pub(crate) fn construct(class: &Class, machine: &mut Machine<'_>, arguments: &[Value]) -> Outcome {
    let constructor = class.constructor.as_ref().ok_or_else(|| unknown(class, "new"))?;
    constructor.call(&(), machine, arguments)
}

/// Whether what is of that kind is an instance of the class.
pub(crate) fn is_instance(class: usize, kind: Kind) -> bool {
    CLASSES.get(class).is_some_and(|class| class.kinds.contains(&kind))
}

fn unknown(class: &Class, name: &str) -> Fault {
    let names =
        class.methods.iter().map(|method| method.name).chain(class.constants.iter().map(|(name, _)| *name));
    Fault::Static { class: class.name, name: crate::missing::clip(name), hint: suggestion::hint(name, names) }
}
