//! Who we are at a registry.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderValue;
use serde::Deserialize;
use weir_outbound::authorization;
use weir_outbound::secrets::{SecretError, Secrets};
use weir_trigger::poll::registry::Place;

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    username: String,
    password: String,
}

/// Why nobody knows who we are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// There is no such secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// It has nothing that a registry could use.
    #[error("secret {0:?} has neither `.dockerconfigjson` nor `username` and `password`")]
    Nothing(String),
    /// It has passwords, and none for this registry.
    #[error("secret {0:?}: `.dockerconfigjson` has no name and password for {1}")]
    Another(String, String),
    /// It is no file of passwords.
    #[error("secret {0:?}: `.dockerconfigjson` cannot be read, line {1}")]
    Unreadable(String, usize),
}

/// A file of passwords, as Docker and Kubernetes keep them.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    auths: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    /// `username:password` in Base64.
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

impl Account {
    /// The one that a secret has for a registry.
    pub(crate) fn read(secrets: &Secrets, secret: &str, place: &Place) -> Result<Self, AccountError> {
        if let Some(file) = secrets.find(secret, ".dockerconfigjson")? {
            // What serde has to say may have a part of a password in it.
            let unreadable =
                |error: serde_json::Error| AccountError::Unreadable(secret.to_owned(), error.line());
            let File { auths } = serde_json::from_str(&file).map_err(unreadable)?;
            let mut entries = auths.into_iter().filter(|(registry, _)| place.is_meant_by(registry));
            let found = entries.find_map(|(_, entry)| entry.account());
            return found.ok_or_else(|| AccountError::Another(secret.to_owned(), place.registry.clone()));
        }
        match (secrets.find(secret, "username")?, secrets.find(secret, "password")?) {
            (Some(username), Some(password)) => Ok(Self { username, password }),
            _ => Err(AccountError::Nothing(secret.to_owned())),
        }
    }

    /// As it is sent.
    pub(crate) fn basic(&self) -> Option<HeaderValue> {
        authorization::basic(&self.username, &self.password)
    }
}

impl Entry {
    fn account(self) -> Option<Account> {
        if let (Some(username), Some(password)) = (self.username, self.password) {
            return Some(Account { username, password });
        }
        let text = String::from_utf8(BASE64.decode(self.auth?).ok()?).ok()?;
        let (username, password) = text.split_once(':')?;
        Some(Account { username: username.to_owned(), password: password.to_owned() })
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}
