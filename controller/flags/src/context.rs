//! Who asks: the evaluation context of OpenFeature.

use serde_json::{Map, Value};

/// The attribute that makes a user where a flag does not name another one.
pub const TARGETING_KEY: &str = "targetingKey";

/// Attributes of whoever asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context(Map<String, Value>);

impl Context {
    /// Of these attributes.
    #[must_use]
    pub const fn new(attributes: Map<String, Value>) -> Self {
        Self(attributes)
    }

    /// One that is there and not null.
    #[must_use]
    pub fn get(&self, attribute: &Attribute) -> Option<&Value> {
        let value = match attribute {
            Attribute::Name(name) => self.0.get(&**name),
            Attribute::Pointer(first, rest) => {
                let first = self.0.get(&**first);
                rest.iter().fold(first, |value, key| value?.as_object()?.get(&**key))
            }
        };
        value.filter(|value| !value.is_null())
    }
}

/// Where an attribute is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// One of the context's own.
    Name(Box<str>),
    /// One within an object that is an attribute: the attribute's name and the keys below it.
    Pointer(Box<str>, Box<[Box<str>]>),
}

impl Attribute {
    /// Reads a name, or a JSON Pointer, which begins with `/`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let Some(pointer) = text.strip_prefix('/') else { return Self::Name(text.into()) };
        let mut keys =
            pointer.split('/').map(|key| key.replace("~1", "/").replace("~0", "~").into_boxed_str());
        let first = keys.next().unwrap_or_default();
        Self::Pointer(first, keys.collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Attribute, Context};

    #[test]
    fn an_attribute_is_found_by_name_or_pointer_and_null_is_none() {
        let Value::Object(attributes) =
            json!({ "a.b": 1, "a": { "b/c": { "~": 2 }, "": 4 }, "n": null, "list": [1], "": 3 })
        else {
            panic!()
        };
        let context = Context::new(attributes);
        for (text, expected) in [
            ("a.b", Some(json!(1))),
            ("/a.b", Some(json!(1))),
            ("/a/b~1c/~0", Some(json!(2))),
            ("/a/", Some(json!(4))),
            ("/", Some(json!(3))),
            ("/a/x", None),
            ("/list/0", None),
            ("/n/x", None),
            ("n", None),
            ("x", None),
        ] {
            assert_eq!(context.get(&Attribute::new(text)), expected.as_ref(), "{text}");
        }
    }
}
