//! Fields, items and variants of a node.

use std::slice;

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor};

use super::{Reader, TypeFault, Unknown};
use crate::manifest::path::Place;
use crate::manifest::tree::{Entry, Node, Value};
use crate::names;

/// Fields that Kubernetes moved or renamed, in the words of the current version.
const MOVED: [(&str, &str); 2] = [("serviceName", "service.name"), ("servicePort", "service.port.number")];

/// The fields of a mapping. Those that the type does not have are reported and left out; so are nulls where the type is a struct,
/// because Kubernetes takes null for absent.
pub(super) struct Fields<'n, 'p> {
    reader: Reader<'n, 'p>,
    entries: slice::Iter<'n, Entry>,
    known: Option<&'static [&'static str]>,
    value: Option<&'n Entry>,
}

impl<'n, 'p> Fields<'n, 'p> {
    pub(super) fn new(
        reader: Reader<'n, 'p>,
        entries: &'n [Entry],
        known: Option<&'static [&'static str]>,
    ) -> Self {
        Self { reader, entries: entries.iter(), known, value: None }
    }

    fn is_wanted(&self, entry: &Entry) -> bool {
        let Some(known) = self.known else { return true };
        if known.contains(&entry.key.as_str()) {
            return entry.value.value != Value::Null;
        }
        if !self.reader.skipped.contains(&entry.key.as_str()) {
            let moved = MOVED.iter().find(|(old, new)| *old == entry.key && known.contains(&first_part(new)));
            self.reader.unknown.borrow_mut().push(Unknown {
                path: Place::Key(self.reader.place, &entry.key).to_string(),
                line: entry.line,
                nearest: moved.map(|(_, new)| *new).or_else(|| nearest(&entry.key, known)),
            });
        }
        false
    }
}

fn first_part(path: &'static str) -> &'static str {
    path.split('.').next().unwrap_or(path)
}

/// Upper and lower case are no difference to a person who mistypes a field.
fn nearest(unknown: &str, known: &'static [&'static str]) -> Option<&'static str> {
    let same = known.iter().copied().find(|name| name.eq_ignore_ascii_case(unknown));
    same.or_else(|| names::nearest(unknown, known.iter().copied()))
}

impl<'n> MapAccess<'n> for Fields<'n, '_> {
    type Error = TypeFault;

    fn next_key_seed<K: DeserializeSeed<'n>>(&mut self, seed: K) -> Result<Option<K::Value>, TypeFault> {
        while let Some(entry) = self.entries.next() {
            if self.is_wanted(entry) {
                self.value = Some(entry);
                return seed.deserialize(BorrowedStrDeserializer::new(&entry.key)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, TypeFault> {
        let Some(entry) = self.value.take() else { return Err(TypeFault::custom("a value without a key")) };
        let place = Place::Key(self.reader.place, &entry.key);
        let reader = Reader {
            node: &entry.value,
            place: &place,
            line: entry.line,
            skipped: &[],
            unknown: self.reader.unknown,
        };
        seed.deserialize(reader).map_err(|fault| fault.at(&place, entry.line))
    }
}

/// The items of a list.
pub(super) struct Items<'n, 'p> {
    reader: Reader<'n, 'p>,
    items: std::iter::Enumerate<slice::Iter<'n, Node>>,
}

impl<'n, 'p> Items<'n, 'p> {
    pub(super) fn new(reader: Reader<'n, 'p>, items: &'n [Node]) -> Self {
        Self { reader, items: items.iter().enumerate() }
    }
}

impl<'n> SeqAccess<'n> for Items<'n, '_> {
    type Error = TypeFault;

    fn next_element_seed<T: DeserializeSeed<'n>>(&mut self, seed: T) -> Result<Option<T::Value>, TypeFault> {
        let Some((index, node)) = self.items.next() else { return Ok(None) };
        let place = Place::Index(self.reader.place, index);
        let reader =
            Reader { node, place: &place, line: node.line, skipped: &[], unknown: self.reader.unknown };
        seed.deserialize(reader).map(Some).map_err(|fault| fault.at(&place, node.line))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// One variant of an enum: its name, or a mapping of its name to its content.
pub(super) struct Variant<'n, 'p> {
    pub(super) reader: Reader<'n, 'p>,
    pub(super) name: BorrowedStrDeserializer<'n, TypeFault>,
    pub(super) content: Option<&'n Entry>,
}

impl<'n, 'p> EnumAccess<'n> for Variant<'n, 'p> {
    type Error = TypeFault;
    type Variant = Content<'n, 'p>;

    fn variant_seed<V: DeserializeSeed<'n>>(self, seed: V) -> Result<(V::Value, Content<'n, 'p>), TypeFault> {
        let Self { reader, name, content } = self;
        Ok((seed.deserialize(name)?, Content { reader, content }))
    }
}

/// What a variant holds.
pub(super) struct Content<'n, 'p> {
    reader: Reader<'n, 'p>,
    content: Option<&'n Entry>,
}

impl<'n> Content<'n, '_> {
    fn read<T>(self, read: impl FnOnce(Reader<'n, '_>) -> Result<T, TypeFault>) -> Result<T, TypeFault> {
        let Some(entry) = self.content else {
            let Value::Text(name) = &self.reader.node.value else {
                return Err(TypeFault::custom("nothing, expected a value"));
            };
            let fault = TypeFault::custom(format!("{name:?} without a value, expected a mapping"));
            return Err(fault.with_help(format!("Write `{name}: {{}}` for all of its defaults.")));
        };
        let place = Place::Key(self.reader.place, &entry.key);
        if entry.value.value == Value::Null {
            let fault = TypeFault::custom("nothing after it, expected a value").at(&place, entry.line);
            return Err(fault.with_help(format!("`{}: {{}}` stands for all of its defaults.", entry.key)));
        }
        let reader = Reader {
            node: &entry.value,
            place: &place,
            line: entry.line,
            skipped: &[],
            unknown: self.reader.unknown,
        };
        read(reader).map_err(|fault| fault.at(&place, entry.line))
    }
}

impl<'n> VariantAccess<'n> for Content<'n, '_> {
    type Error = TypeFault;

    fn unit_variant(self) -> Result<(), TypeFault> {
        match self.content {
            None => Ok(()),
            Some(entry) => Err(TypeFault::custom(format!("a mapping, expected only the name {}", entry.key))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, TypeFault> {
        self.read(|reader| seed.deserialize(reader))
    }

    fn tuple_variant<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, TypeFault> {
        self.read(|reader| reader.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'n>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, TypeFault> {
        self.read(|reader| reader.map(Some(fields), visitor))
    }
}
