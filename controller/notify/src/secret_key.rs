//! Which value of which secret.

use serde::{Deserialize, Serialize};

/// A value of a secret: `name/key`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SecretKey {
    /// The secret.
    pub name: String,
    /// Which of its values.
    pub key: String,
}

impl TryFrom<String> for SecretKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        match text.split_once('/') {
            Some((name, key)) if plain(name) && plain(key) => {
                Ok(Self { name: name.to_owned(), key: key.to_owned() })
            }
            _ => Err(format!("{text:?} is no value of a secret: write NAME/KEY")),
        }
    }
}

impl From<SecretKey> for String {
    fn from(SecretKey { name, key }: SecretKey) -> Self {
        format!("{name}/{key}")
    }
}
