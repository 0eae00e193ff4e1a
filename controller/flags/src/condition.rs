//! Whether a condition holds.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::context::{Attribute, Context};
use crate::version::Range;

/// A condition that has been checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(crate) attribute: Attribute,
    pub(crate) test: Test,
    pub(crate) not: bool,
}

/// What is asked of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Test {
    Present(bool),
    OneOf(OneOf),
    Prefix(Vec<String>),
    Suffix(Vec<String>),
    Version(Range),
}

/// Values to be one of; texts in order, for there may be thousands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OneOf {
    texts: Vec<String>,
    others: Vec<Value>,
}

impl FromIterator<Value> for OneOf {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut one_of = Self::default();
        for value in values {
            if let Value::String(text) = value {
                one_of.texts.push(text);
            } else {
                one_of.others.push(value);
            }
        }
        one_of.texts.sort_unstable();
        one_of
    }
}

impl Condition {
    /// Nothing holds of an attribute that cannot be asked, whether the contrary was asked or not.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let value = context.get(&self.attribute);
        if let Test::Present(present) = self.test {
            return value.is_some() == present;
        }
        value.and_then(|value| self.test.of(value)).is_some_and(|holds| holds != self.not)
    }
}

impl Test {
    /// `None` where it says nothing about such a value. A list is what one of its elements is.
    fn of(&self, value: &Value) -> Option<bool> {
        let Value::Array(elements) = value else { return self.of_one(value) };
        let mut said = elements.is_empty().then_some(false);
        for element in elements {
            match self.of_one(element) {
                Some(true) => return Some(true),
                answer => said = answer.or(said),
            }
        }
        said
    }

    fn of_one(&self, value: &Value) -> Option<bool> {
        match self {
            Self::Present(present) => Some(value.is_null() != *present),
            Self::OneOf(one_of) => Some(one_of.contains(value)),
            Self::Prefix(prefixes) => {
                let text = value.as_str()?;
                Some(prefixes.iter().any(|prefix| text.starts_with(prefix)))
            }
            Self::Suffix(suffixes) => {
                let text = value.as_str()?;
                Some(suffixes.iter().any(|suffix| text.ends_with(suffix)))
            }
            Self::Version(range) => range.contains(value.as_str()?),
        }
    }
}

impl OneOf {
    fn contains(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.texts.binary_search(text).is_ok(),
            Value::Number(number) => {
                self.others.iter().any(|other| matches!(other, Value::Number(other) if same(number, other)))
            }
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => self.others.contains(value),
        }
    }
}

/// 1 and 1.0 are the same number, which JSON does not tell apart.
fn same(a: &Number, b: &Number) -> bool {
    let (float_a, float_b) = (a.as_f64(), b.as_f64());
    a == b || ((a.is_f64() || b.is_f64()) && float_a.partial_cmp(&float_b) == Some(Ordering::Equal))
}
