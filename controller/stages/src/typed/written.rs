//! A value as serde reads it. As `serde_json`'s own, but with our errors, and a list is no struct.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::wrong::Wrong;

/// What stands for an element of a list that is not to be read now.
pub(crate) const ASIDE: &str = "\u{0}aside";

/// Whether it is not to be read now.
pub(crate) fn is_aside(value: &Value) -> bool {
    value.as_str() == Some(ASIDE)
}

/// A value that is read.
#[derive(Clone, Copy)]
pub(super) struct Written<'v>(pub(super) &'v Value);

impl<'v> Written<'v> {
    fn map<V: Visitor<'v>>(map: &'v Map<String, Value>, visitor: V) -> Result<V::Value, Wrong> {
        let mut fields = MapDeserializer::new(map.iter().map(|(key, value)| (key.as_str(), Written(value))));
        let read = visitor.visit_map(&mut fields)?;
        fields.end()?;
        Ok(read)
    }
}

impl<'v> IntoDeserializer<'v, Wrong> for Written<'v> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Written<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(items) => {
                let kept = items.iter().filter(|item| !is_aside(item));
                let mut items = SeqDeserializer::new(kept.map(Written));
                let read = visitor.visit_seq(&mut items)?;
                items.end()?;
                Ok(read)
            }
            Value::Object(map) => Self::map(map, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.0.as_object() {
            Some(map) => Self::map(map, visitor),
            None => Err(Wrong::no_struct(self.0, fields)),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if let Some(text) = self.0.as_str() {
            return visitor.visit_enum(text.into_deserializer());
        }
        let Some(map) = self.0.as_object().filter(|map| map.len() == 1) else {
            return Err(Wrong::no_variant(self.0, variants));
        };
        let fields = map.iter().map(|(key, value)| (key.as_str(), Written(value)));
        visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(fields)))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}
