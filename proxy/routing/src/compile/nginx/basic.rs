//! Basic authentication: `auth-type`, `auth-secret`, `auth-secret-type`, `auth-realm`. What cannot be read closes the Ingress.

use std::sync::Arc;

use super::value::ignored;
use super::{Asked, Fault};
use crate::named::key_in;
use crate::route::{BasicSettings, UsersIn};

/// What a client's user is shown where the Ingress says nothing, as in ingress-nginx.
const REALM: &str = "";

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    is_asked: bool,
    secret: Option<Arc<str>>,
    users_in: UsersIn,
    realm: Option<Arc<str>>,
}

/// `auth-type`.
pub(super) fn kind(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    match value {
        "basic" => {
            asked.basic.is_asked = true;
            Ok(())
        }
        "digest" => {
            Err(Fault::Closes("digest authentication is not supported: use auth-type: basic".to_owned()))
        }
        _ => Err(Fault::Closes(format!("{value:?} is not a type of authentication: write basic"))),
    }
}

/// `auth-secret`.
pub(super) fn secret(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.basic.secret = Some(key_in(&asked.namespace, value).map_err(Fault::Closes)?);
    Ok(())
}

/// `auth-secret-type`.
pub(super) fn secret_type(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.basic.users_in = match value {
        "auth-file" => UsersIn::File,
        "auth-map" => UsersIn::Map,
        _ => {
            return Err(Fault::Closes(format!(
                "{value:?} is not a type of Secret: write auth-file or auth-map"
            )));
        }
    };
    Ok(())
}

/// `auth-realm`.
pub(super) fn realm(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if value.bytes().any(|b| b.is_ascii_control() || b == b'"' || b == b'\\') {
        return Err(ignored("quotes, backslashes and control characters cannot stand in a realm"));
    }
    asked.basic.realm = Some(value.into());
    Ok(())
}

impl Wanted {
    /// What the routes of the Ingress ask for, or the annotation that is wrong.
    pub(super) fn finish(self) -> Result<Option<Arc<BasicSettings>>, (&'static str, Fault)> {
        let Self { is_asked, secret, users_in, realm } = self;
        let Some(secret) = secret else {
            if is_asked {
                let message = "it needs auth-secret: name the Secret that has the users";
                return Err(("auth-type", Fault::Closes(message.to_owned())));
            }
            return Ok(None);
        };
        if !is_asked {
            let message = "it has no effect without auth-type: basic";
            return Err(("auth-secret", Fault::Closes(message.to_owned())));
        }
        let realm = realm.unwrap_or_else(|| REALM.into());
        Ok(Some(Arc::new(BasicSettings { realm, secret, users_in })))
    }
}
