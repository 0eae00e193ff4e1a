//! What a parsed expression is: chains are flat, so that its depth is the nesting that was written.

use std::sync::Arc;

use crate::span::Span;

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) tree: Tree,
}

#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Null,
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    Text(Arc<str>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// A name of the current object: the scope, or an element in `?[..]` and `![..]`.
    Name(Arc<str>),
    /// `#this`.
    This,
    /// `#root`.
    Root,
    /// `#name(..)`.
    Function(Arc<str>, Vec<Node>),
    /// `T(..)`, by its place in the table of classes.
    Class(usize),
    /// `new Name(..)`.
    New(usize, Vec<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Positive(Box<Node>),
    /// `a + b - c`, from left to right.
    Arithmetic(Box<Node>, Vec<(Arithmetic, Node)>),
    /// `a and b and c`.
    All(Vec<Node>),
    /// `a or b or c`.
    Any(Vec<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Conditional(Box<Node>, Box<Node>, Box<Node>),
    /// `a ?: b`.
    Elvis(Box<Node>, Box<Node>),
    /// `a.b[c].d(e)`, from left to right.
    Path(Box<Node>, Vec<Step>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Matches,
    InstanceOf,
    Between,
}

/// One step of a path.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) span: Span,
    /// `?.`: null stays null.
    pub(crate) is_safe: bool,
    pub(crate) access: Access,
}

#[derive(Clone, Debug)]
pub(crate) enum Access {
    Property(Arc<str>),
    Index(Node),
    Method(Arc<str>, Vec<Node>),
    Select(Which, Node),
    Project(Node),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    All,
    First,
    Last,
}

impl Arithmetic {
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Power => "^",
        }
    }
}

impl Comparison {
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Matches => "matches",
            Self::InstanceOf => "instanceof",
            Self::Between => "between",
        }
    }
}
