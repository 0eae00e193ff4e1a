//! What can be wrong with an expression: each case says what is wrong, and how to mend it where that is not the same.

use std::sync::Arc;

use crate::address::AddressError;
use crate::kind::Kind;
use crate::limits::Exceeded;
use crate::missing::Missing;
use crate::outside::Absence;
use crate::syntax::Syntax;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is no expression.
    #[error(transparent)]
    Syntax(#[from] Syntax),
    /// A limit is reached.
    #[error(transparent)]
    Limit(#[from] Exceeded),
    /// A name or key is not there.
    #[error("{0}")]
    Missing(Arc<Missing>),
    /// The whole value or a part of the text is null.
    #[error("the value is null")]
    Null,
    /// Something is asked of null.
    #[error("{0} is null")]
    OfNull(String),
    /// The operands of an operator do not go together.
    #[error("{operator} does not work on {left} and {right}")]
    Operands {
        /// As it is written.
        operator: &'static str,
        /// What stands before it.
        left: Kind,
        /// What stands after it.
        right: Kind,
    },
    /// The operand of an operator is none for it.
    #[error("{operator} does not work on {kind}")]
    Operand {
        /// As it is written.
        operator: &'static str,
        /// What stands after it.
        kind: Kind,
    },
    /// A comparison whose answer does not depend on the values.
    #[error("{left} never equals {right}")]
    NeverEqual {
        /// What stands before the operator.
        left: Kind,
        /// What stands after it.
        right: Kind,
    },
    /// A condition is neither true nor false.
    #[error("a condition is true or false, and this is {0}")]
    Condition(Kind),
    /// No such property.
    #[error("{kind} has no property {name:?}{hint}")]
    Property {
        /// Of what.
        kind: Kind,
        /// Which.
        name: String,
        /// What was meant, or what there is.
        hint: String,
    },
    /// No such method, or not on the list of what is allowed.
    #[error("{kind} has no method {name:?}{hint}")]
    Method {
        /// Of what.
        kind: Kind,
        /// Which.
        name: String,
        /// What was meant, or what there is.
        hint: String,
    },
    /// No such function.
    #[error("there is no function #{name}{hint}")]
    Function {
        /// Which.
        name: String,
        /// What was meant.
        hint: String,
    },
    /// No such class, or not on the list of what is allowed.
    #[error("no class {name:?} may be used{hint}")]
    Class {
        /// Which.
        name: String,
        /// What was meant, or what there is.
        hint: String,
    },
    /// A class without such a member.
    #[error("{class} has no {name:?}{hint}")]
    Static {
        /// Which class.
        class: &'static str,
        /// Which method or constant.
        name: String,
        /// What was meant, or what there is.
        hint: String,
    },
    /// Too many or too few arguments.
    #[error("{name} takes {wanted}, and {given} are given")]
    Count {
        /// Of which function or method.
        name: &'static str,
        /// How many it takes.
        wanted: String,
        /// How many there are.
        given: usize,
    },
    /// An argument of another kind.
    #[error("argument {index} of {name} is {kind}, and has to be {wanted}")]
    Argument {
        /// Of which function or method.
        name: &'static str,
        /// Which, from 1.
        index: usize,
        /// What it is.
        kind: Kind,
        /// What it has to be.
        wanted: &'static str,
    },
    /// A text or number that does not stand for what is wanted.
    #[error("{given:?} is no {wanted}")]
    Unreadable {
        /// Its beginning.
        given: String,
        /// What it should be, and why it is not where that is known.
        wanted: String,
    },
    /// An index outside.
    #[error("there is no element {index}: there are {length}, from 0")]
    Index {
        /// Which.
        index: i64,
        /// How many there are.
        length: usize,
    },
    /// Something that has no elements.
    #[error("{kind} has no elements to take by {index}")]
    Indexed {
        /// What it is.
        kind: Kind,
        /// What stands in the brackets.
        index: Kind,
    },
    /// No such stage.
    #[error("there is no stage {name:?}{hint}")]
    Stage {
        /// Which.
        name: String,
        /// What was meant.
        hint: String,
    },
    /// Several stages of one name.
    #[error("{count} stages are called {name:?}")]
    AmbiguousStage {
        /// Which.
        name: String,
        /// How many.
        count: usize,
    },
    /// Nobody chose anything.
    #[error("nothing was chosen in the judgement {0:?}")]
    NoJudgement(String),
    /// Something that is looked up is not there.
    #[error("there is no {what} {name:?}")]
    NotFound {
        /// What it would be.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A number too large.
    #[error("{0} makes a number that is too large")]
    Overflow(&'static str),
    /// What cannot be divided.
    #[error("division by zero")]
    DivisionByZero,
    /// No regular expression.
    #[error("{pattern:?} is no regular expression: {why}")]
    Pattern {
        /// Its beginning.
        pattern: String,
        /// Why.
        why: String,
    },
    /// JSON that would be evaluated where it is put.
    #[error("the JSON has `${{` in it, which would be an expression where it is put")]
    Unevaluated,
    /// An address that must not be asked.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The answer lies outside, and did not come.
    #[error("{question}: {absence}")]
    Outside {
        /// What was asked.
        question: &'static str,
        /// Why there is no answer.
        absence: Absence,
    },
    /// A value that no document can hold.
    #[error("{0} has no place in a document")]
    NoForm(Kind),
    /// A number that no document can hold.
    #[error("the number is infinite or none at all")]
    NotFinite,
    /// A list or map in the middle of a text.
    #[error("{0} stands in the middle of a text")]
    InText(Kind),
    /// Two keys of a map that become one.
    #[error("two keys become {0:?}")]
    SameKey(String),
}

impl Fault {
    /// How to mend it, where the message does not say so already.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        if let Self::Missing(_) | Self::Null = self {
            Some("correct the name, or write `?: 'value'` after it where it may be absent")
        } else if let Self::OfNull(_) = self {
            Some("write `?.` where what is before it may be absent")
        } else if let Self::NeverEqual { .. } = self {
            Some("make both of one kind: #toInt(..), #toFloat(..), #toBoolean(..), or .toString()")
        } else if let Self::Condition(_) = self {
            Some("compare it with something: == 'value', or != null")
        } else if let Self::AmbiguousStage { .. } = self {
            Some("give the stages different names, or take #stageByRefId(..)")
        } else if let Self::Unevaluated = self {
            Some("write #toJson(#doNotEval(..)) where it is meant to stay as it is")
        } else if let Self::NoForm(_) | Self::InText(Kind::Bytes) = self {
            Some("call .toString() or .format(..) on it")
        } else if let Self::InText(_) = self {
            Some("write #toJson(..) around it, or take the elements that are meant")
        } else {
            None
        }
    }
}
