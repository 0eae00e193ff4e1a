//! A function or method with a name: how many arguments it takes, and what it does with them.

use crate::fault::Fault;
use crate::machine::{Machine, Outcome};
use crate::value::{List, Value};

/// One on values that are `T`; a function, which is on none, is on `()`.
pub(crate) struct Routine<T: ?Sized + 'static> {
    pub(crate) name: &'static str,
    least: usize,
    most: usize,
    run: fn(&T, &mut Call<'_, '_>) -> Outcome,
}

/// A row of a table of routines.
pub(crate) const fn routine<T: ?Sized + 'static>(
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&T, &mut Call<'_, '_>) -> Outcome,
) -> Routine<T> {
    Routine { name, least, most, run }
}

impl<T: ?Sized> Routine<T> {
    pub(crate) fn call(&self, this: &T, machine: &mut Machine<'_>, arguments: &[Value]) -> Outcome {
        if !(self.least..=self.most).contains(&arguments.len()) {
            let wanted = match (self.least, self.most) {
                (0, 0) => "no argument".to_owned(),
                (1, 1) => "one argument".to_owned(),
                (least, most) if least == most => format!("{least} arguments"),
                (least, usize::MAX) => format!("{least} arguments or more"),
                (least, most) => format!("{least} to {most} arguments"),
            };
            return Err(Fault::Count { name: self.name, wanted, given: arguments.len() });
        }
        (self.run)(this, &mut Call { machine, name: self.name, arguments })
    }
}

/// Calls the one of that name, if there is one.
pub(crate) fn invoke<T: ?Sized>(
    table: &[Routine<T>],
    name: &str,
    this: &T,
    machine: &mut Machine<'_>,
    arguments: &[Value],
) -> Option<Outcome> {
    let found = table.iter().find(|routine| routine.name == name)?;
    Some(found.call(this, machine, arguments))
}

/// The arguments of a call and what it may use.
pub(crate) struct Call<'c, 's> {
    pub(crate) machine: &'c mut Machine<'s>,
    name: &'static str,
    arguments: &'c [Value],
}

impl<'c> Call<'c, '_> {
    pub(crate) const fn arguments(&self) -> &'c [Value] {
        self.arguments
    }

    /// Whether there is such an argument, from 0.
    pub(crate) const fn has(&self, index: usize) -> bool {
        index < self.arguments.len()
    }

    pub(crate) fn value(&self, index: usize) -> &'c Value {
        self.arguments.get(index).unwrap_or(&Value::Null)
    }

    /// The argument is of another kind.
    pub(crate) fn wrong(&self, index: usize, wanted: &'static str) -> Fault {
        Fault::Argument { name: self.name, index: index + 1, kind: self.value(index).kind(), wanted }
    }

    pub(crate) fn text(&self, index: usize) -> Result<&'c str, Fault> {
        self.value(index).as_text().ok_or_else(|| self.wrong(index, "a text"))
    }

    pub(crate) fn integer(&self, index: usize) -> Result<i64, Fault> {
        let Value::Integer(integer) = self.value(index) else { return Err(self.wrong(index, "an integer")) };
        Ok(*integer)
    }

    pub(crate) fn number(&self, index: usize) -> Result<f64, Fault> {
        crate::number::of(self.value(index)).ok_or_else(|| self.wrong(index, "a number"))
    }

    pub(crate) fn list(&self, index: usize) -> Result<&'c List, Fault> {
        let Value::List(list) = self.value(index) else { return Err(self.wrong(index, "a list")) };
        Ok(list)
    }
}

/// A whole number, as a value; what is larger than any value is none.
pub(crate) fn count(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}
