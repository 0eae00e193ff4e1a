//! A tree to a typed object.
//!
//! Does at once what takes three libraries otherwise: the path of a type error, every unknown field (also of types that deny them, which
//! would stop at the first), and for each the known field that was most likely meant, because serde tells a deserialiser the fields of
//! the type that it reads. See DESIGN.md.

mod access;
mod fault;

use std::cell::RefCell;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Visitor, value::BorrowedStrDeserializer};
use serde::forward_to_deserialize_any;

use super::path::Place;
use super::tree::{Node, Value};
use access::{Fields, Items, Variant};
pub(super) use fault::{TypeFault, found};

/// A field that its type does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unknown {
    /// Its path in the object.
    pub(super) path: String,
    /// Line of its key.
    pub(super) line: u32,
    /// The field of that type that was most likely meant.
    pub(super) nearest: Option<&'static str>,
}

/// Reads a `T`, and says which fields it does not have. Those in `skipped` are left out at the root, unreported.
pub(super) fn read<'n, T: Deserialize<'n>>(
    node: &'n Node,
    skipped: &[&str],
) -> (Result<T, TypeFault>, Vec<Unknown>) {
    let unknown = RefCell::new(Vec::new());
    let reader = Reader { node, place: &Place::Root, line: node.line, skipped, unknown: &unknown };
    let result = T::deserialize(reader).map_err(|fault| fault.at(&Place::Root, node.line));
    (result, unknown.into_inner())
}

/// Reads one node.
#[derive(Clone, Copy)]
struct Reader<'n, 'p> {
    node: &'n Node,
    place: &'p Place<'p>,
    /// Line of the node's key, or its own.
    line: u32,
    skipped: &'p [&'p str],
    unknown: &'p RefCell<Vec<Unknown>>,
}

impl<'n> Reader<'n, '_> {
    fn map<V: Visitor<'n>>(
        self,
        fields: Option<&'static [&'static str]>,
        visitor: V,
    ) -> Result<V::Value, TypeFault> {
        let Value::Map(entries) = &self.node.value else { return self.deserialize_any(visitor) };
        visitor.visit_map(Fields::new(self, entries, fields))
    }
}

impl<'n> Deserializer<'n> for Reader<'n, '_> {
    type Error = TypeFault;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, TypeFault> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => match u64::try_from(*value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(*value),
            },
            Value::Large(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(value) => visitor.visit_borrowed_str(value),
            Value::List(items) => visitor.visit_seq(Items::new(self, items)),
            Value::Map(entries) => visitor.visit_map(Fields::new(self, entries, None)),
        }
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, TypeFault> {
        if self.node.value == Value::Null { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, TypeFault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeFault> {
        self.map(Some(fields), visitor)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeFault> {
        let known = || variants.join(", ");
        let (name, line, content) = if let Value::Text(name) = &self.node.value {
            (name, self.line, None)
        } else if let Value::Map(entries) = &self.node.value {
            let [entry] = entries.as_slice() else {
                let (count, known) = (entries.len(), known());
                return Err(TypeFault::custom(format!(
                    "{count} fields: exactly one of {known} is wanted here"
                )));
            };
            (&entry.key, entry.line, Some(entry))
        } else {
            let found = fault::found(&self.node.value);
            return Err(TypeFault::custom(format!("{found}, expected one of {}", known())));
        };
        if !variants.contains(&name.as_str()) {
            let place = Place::Key(self.place, name);
            let fault = TypeFault::unknown_variant(name, variants);
            return Err(if content.is_some() { fault.at(&place, line) } else { fault });
        }
        let name: BorrowedStrDeserializer<'n, TypeFault> = BorrowedStrDeserializer::new(name);
        visitor.visit_enum(Variant { reader: self, name, content })
    }

    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, TypeFault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <V: Visitor<'n>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        map identifier
    }
}
