//! Secrets and ConfigMaps that annotations name, read as what routes need of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use rustc_hash::FxHashMap;

use crate::policy::{Added, Basic, Hashed, QuestionFields, Users};
use crate::rejection::{Place, Rejection};
use crate::route::{BasicSettings, UsersIn};
use crate::variables::Text;

/// The key of a Secret's data that holds a whole file of `htpasswd`.
const FILE: &str = "auth";
/// Certificates are not for routes.
const CERTIFICATE: &str = "kubernetes.io/tls";

/// What is known of them, by key.
#[derive(Debug, Default)]
pub(super) struct Objects {
    secrets: FxHashMap<Arc<str>, Passwords>,
    config_maps: FxHashMap<Arc<str>, Fields>,
}

/// What a Secret says about users, in either form.
#[derive(Debug, PartialEq, Eq)]
struct Passwords {
    /// `None`: it has no such key.
    file: Option<Arc<Users>>,
    map: Arc<Users>,
    /// What is wrong with the file.
    faults: Vec<Rejection>,
}

/// What a ConfigMap says about header fields.
#[derive(Debug, PartialEq, Eq)]
struct Fields {
    added: Arc<Added>,
    faults: Vec<Rejection>,
}

impl Objects {
    /// A Secret is there, or gone. Whether it is another one for routes.
    pub(super) fn set_secret(&mut self, key: &Arc<str>, secret: Option<&Secret>) -> bool {
        let of_users = secret.filter(|secret| secret.type_.as_deref() != Some(CERTIFICATE));
        set(&mut self.secrets, key, of_users.map(passwords))
    }

    /// A ConfigMap is there, or gone. Whether it is another one for routes.
    pub(super) fn set_config_map(&mut self, key: &Arc<str>, map: Option<&ConfigMap>) -> bool {
        set(&mut self.config_maps, key, map.map(fields))
    }

    /// Who may come in, or why nobody can be told from anybody.
    pub(super) fn basic(
        &self,
        wanted: &BasicSettings,
        rejections: &mut Vec<Rejection>,
    ) -> Result<Basic, String> {
        let BasicSettings { realm, secret, users_in } = wanted;
        let found = self.secrets.get(secret).ok_or_else(|| format!("there is no Secret {secret}"))?;
        let users = match users_in {
            UsersIn::Map => Arc::clone(&found.map),
            UsersIn::File => {
                let missing = || {
                    format!(
                        "Secret {secret} has no key {FILE:?} with a file of htpasswd; where each key is a user, add \
                         nginx.ingress.kubernetes.io/auth-secret-type: auth-map"
                    )
                };
                rejections.extend_from_slice(&found.faults);
                found.file.clone().ok_or_else(missing)?
            }
        };
        if users.is_empty() {
            return Err(format!("Secret {secret} names no user"));
        }
        rejections.extend(users.iter().filter(|(_, hash)| Hashed::of(hash).is_none()).map(|(name, _)| {
            let message =
                "its password is hashed in a way that is not supported: make it anew with htpasswd -B";
            let place = Place::of("Secret", secret);
            place.error(format!("user {name}"), message).keeping("this user cannot come in")
        }));
        Ok(Basic { realm: Arc::clone(realm), secret: Arc::clone(secret), users })
    }

    /// Fields for whoever is asked about requests, or why there are none: it may decide by each of them.
    pub(super) fn question_fields(&self, config_map: &Arc<str>) -> Result<QuestionFields, String> {
        let missing = || format!("there is no ConfigMap {config_map}");
        let Fields { added, faults } = self.config_maps.get(config_map).ok_or_else(missing)?;
        if let Some(fault) = faults.first() {
            return Err(format!("ConfigMap {config_map}: {}", fault.message));
        }
        let field = |(name, value): &(Box<str>, Box<str>)| {
            let text = Text::parse(value)
                .map_err(|error| format!("ConfigMap {config_map}: the value of {name}: {error}"));
            Ok((name.to_ascii_lowercase().into(), text?))
        };
        Ok(QuestionFields(added.0.iter().map(field).collect::<Result<_, String>>()?))
    }

    /// Fields for answers.
    pub(super) fn added(&self, config_map: &Arc<str>, rejections: &mut Vec<Rejection>) -> Option<Arc<Added>> {
        let Fields { added, faults } = self.config_maps.get(config_map)?;
        rejections.extend_from_slice(faults);
        Some(Arc::clone(added))
    }
}

fn set<T: PartialEq>(all: &mut FxHashMap<Arc<str>, T>, key: &Arc<str>, now: Option<T>) -> bool {
    if all.get(key) == now.as_ref() {
        return false;
    }
    match now {
        Some(now) => drop(all.insert(Arc::clone(key), now)),
        None => drop(all.remove(key)),
    }
    true
}

fn passwords(secret: &Secret) -> Passwords {
    let mut data: BTreeMap<&str, &[u8]> =
        secret.data.iter().flatten().map(|(key, value)| (key.as_str(), value.0.as_slice())).collect();
    // The API server has put these into the data already; a manifest may have them.
    let written = secret.string_data.iter().flatten();
    data.extend(written.map(|(key, value)| (key.as_str(), value.as_bytes())));
    let text = |bytes| std::str::from_utf8(bytes).ok();
    let mut faults = Vec::new();
    let file = data.get(FILE).and_then(|bytes| text(bytes)).map(|text| {
        let (users, broken) = Users::of_file(text);
        let place = Place::new("Secret", &secret.metadata);
        faults.extend(broken.into_iter().map(|line| {
            let message = format!("line {line} is not NAME:HASH, as htpasswd writes them");
            place.warning(format!("data[{FILE:?}]"), message).keeping("the other lines are in force")
        }));
        Arc::new(users)
    });
    let map = Users::of_map(data.iter().filter_map(|(name, bytes)| Some((*name, text(bytes)?))));
    Passwords { file, map: Arc::new(map), faults }
}

fn fields(map: &ConfigMap) -> Fields {
    let place = Place::new("ConfigMap", &map.metadata);
    let (mut fields, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in map.data.iter().flatten() {
        let value = value.trim();
        match Added::check(name, value) {
            Ok(()) => fields.push((name.as_str().into(), value.into())),
            Err(message) => faults.push(
                place.error(format!("data[{name:?}]"), message).keeping("the other fields are in force"),
            ),
        }
    }
    Fields { added: Arc::new(Added(fields.into())), faults }
}
