//! What an expression works on and makes.
//!
//! Values are shared, never changed. A list or map knows how large and how deep it is when it is made, so that whatever walks
//! through one is bounded by what was allowed to be made.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::budget::{Budget, VALUE_BYTES};
use crate::codec::Codec;
use crate::date_format::DateFormat;
use crate::kind::Kind;
use crate::limits::{Exceeded, MOST_VALUE_NESTING};
use crate::missing::Missing;
use crate::status::Status;

#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    /// What a name or key that is not there stands for. It may be asked for with `?:` and compared with `null`, and is an error elsewhere.
    Missing(Arc<Missing>),
    Boolean(bool),
    Integer(i64),
    Decimal(f64),
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    List(List),
    Map(Map),
    Status(Status),
    Instant(Timestamp),
    Date(Date),
    DateTime(DateTime),
    Zoned(Arc<Zoned>),
    Zone(TimeZone),
    Format(Arc<DateFormat>),
    Codec(Codec),
    /// `new java.util.Random()`.
    Random,
    /// `T(..)`, by its place in the table of classes.
    Class(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct List(Arc<Held<Vec<Value>>>);

/// What is in a list or map, with its size and depth.
#[derive(Debug)]
struct Held<T> {
    content: T,
    bytes: usize,
    nesting: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Map(Arc<Held<Pairs>>);

pub(crate) type Pairs = BTreeMap<Arc<str>, Value>;

impl Value {
    pub(crate) const fn kind(&self) -> Kind {
        match self {
            Self::Null => Kind::Null,
            Self::Missing(_) => Kind::Missing,
            Self::Boolean(_) => Kind::Boolean,
            Self::Integer(_) => Kind::Integer,
            Self::Decimal(_) => Kind::Decimal,
            Self::Text(_) => Kind::Text,
            Self::Bytes(_) => Kind::Bytes,
            Self::List(_) => Kind::List,
            Self::Map(_) => Kind::Map,
            Self::Status(_) => Kind::Status,
            Self::Instant(_) => Kind::Instant,
            Self::Date(_) => Kind::Date,
            Self::DateTime(_) => Kind::DateTime,
            Self::Zoned(_) => Kind::Zoned,
            Self::Zone(_) => Kind::Zone,
            Self::Format(_) => Kind::Format,
            Self::Codec(_) => Kind::Codec,
            Self::Random => Kind::Random,
            Self::Class(_) => Kind::Class,
        }
    }

    /// How large it is, bytes: bounds whatever walks through all of it.
    pub(crate) fn bytes(&self) -> usize {
        if let Self::List(list) = self {
            list.0.bytes
        } else if let Self::Map(map) = self {
            map.0.bytes
        } else if let Self::Text(text) = self {
            text.len().saturating_add(VALUE_BYTES)
        } else if let Self::Bytes(bytes) = self {
            bytes.len().saturating_add(VALUE_BYTES)
        } else {
            VALUE_BYTES
        }
    }

    /// How deep lists and maps are nested in it.
    pub(crate) fn nesting(&self) -> usize {
        if let Self::List(list) = self {
            list.0.nesting
        } else if let Self::Map(map) = self {
            map.0.nesting
        } else {
            0
        }
    }

    pub(crate) const fn is_nothing(&self) -> bool {
        matches!(self, Self::Null | Self::Missing(_))
    }

    /// A text or what reads as one: a status.
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self {
            Some(text)
        } else if let Self::Status(status) = self {
            Some(status.name())
        } else {
            None
        }
    }

    /// What a map has under a key.
    pub(crate) fn field(&self, key: &str) -> Option<&Self> {
        if let Self::Map(map) = self { map.get(key) } else { None }
    }

    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }
}

impl List {
    /// One that the scope brings along, not one that an expression makes.
    pub(crate) fn given(items: Vec<Value>) -> Self {
        let bytes = items.iter().map(Value::bytes).fold(VALUE_BYTES, usize::saturating_add);
        let nesting = items.iter().map(Value::nesting).max().unwrap_or(0).saturating_add(1);
        Self(Arc::new(Held { content: items, bytes, nesting }))
    }

    pub(crate) fn make(items: Vec<Value>, budget: &mut Budget) -> Result<Value, Exceeded> {
        let list = Self::given(items);
        afford(list.0.bytes, list.0.nesting, budget)?;
        Ok(Value::List(list))
    }

    pub(crate) fn items(&self) -> &[Value] {
        &self.0.content
    }
}

impl Map {
    /// One that the scope brings along, not one that an expression makes.
    pub(crate) fn given(entries: Pairs) -> Self {
        let bytes = entries
            .iter()
            .map(|(key, value)| key.len().saturating_add(value.bytes()))
            .fold(VALUE_BYTES, usize::saturating_add);
        let nesting = entries.values().map(Value::nesting).max().unwrap_or(0).saturating_add(1);
        Self(Arc::new(Held { content: entries, bytes, nesting }))
    }

    pub(crate) fn make(entries: Pairs, budget: &mut Budget) -> Result<Value, Exceeded> {
        let map = Self::given(entries);
        afford(map.0.bytes, map.0.nesting, budget)?;
        Ok(Value::Map(map))
    }

    pub(crate) fn entries(&self) -> &Pairs {
        &self.0.content
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.content.get(key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.content.keys().map(AsRef::as_ref)
    }
}

fn afford(bytes: usize, nesting: usize, budget: &mut Budget) -> Result<(), Exceeded> {
    if nesting > MOST_VALUE_NESTING {
        return Err(Exceeded::ValueNesting(MOST_VALUE_NESTING));
    }
    budget.make(bytes)
}
