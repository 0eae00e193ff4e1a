//! Whether clients have to show certificates: `auth-tls-*`. What cannot be read closes the Ingress.

use std::sync::Arc;

use super::value::{flag, is_plain};
use super::{Asked, Fault};
use crate::named::key_in;
use crate::pattern::Pattern;
use crate::policy::{ClientTls, VerifyClient};

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    secret: Option<Arc<str>>,
    is_off: bool,
    verify: Option<VerifyClient>,
    depth: Option<u8>,
    error_page: Option<Arc<str>>,
    passes_certificate: bool,
    subject: Option<Pattern>,
}

/// `auth-tls-secret`.
pub(super) fn secret(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.client_tls.secret = Some(key_in(&asked.namespace, value).map_err(Fault::Closes)?);
    Ok(())
}

/// `auth-tls-verify-client`.
pub(super) fn verify(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.client_tls.verify = Some(match value {
        "on" => VerifyClient::On,
        "optional" => VerifyClient::Optional,
        "optional_no_ca" => VerifyClient::OptionalNoCa,
        "off" => {
            asked.client_tls.is_off = true;
            return Ok(());
        }
        _ => {
            return Err(Fault::Closes(format!(
                "{value:?} is not a way to verify clients: write on, optional, optional_no_ca or off"
            )));
        }
    });
    Ok(())
}

/// `auth-tls-verify-depth`.
pub(super) fn depth(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let depth = value.parse();
    asked.client_tls.depth =
        Some(depth.map_err(|_| Fault::Closes(format!("{value:?} is not a number from 0 to 255")))?);
    Ok(())
}

/// `auth-tls-error-page`.
pub(super) fn error_page(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let is_place = value.starts_with("http://") || value.starts_with("https://") || value.starts_with('/');
    if !is_place || !is_plain(value) || value.contains('$') {
        return Err(Fault::Closes(format!(
            "{value:?} is not a place to send clients to: write a URL; variables are not supported"
        )));
    }
    asked.client_tls.error_page = Some(value.into());
    Ok(())
}

/// `auth-tls-pass-certificate-to-upstream`.
pub(super) fn pass(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.client_tls.passes_certificate = flag(value)?;
    Ok(())
}

/// `auth-tls-match-cn`.
pub(super) fn match_cn(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    if !value.starts_with("CN=") {
        return Err(Fault::Closes(format!("{value:?} does not begin with CN=: write CN= and an expression")));
    }
    let pattern = Pattern::value(value).map_err(|error| Fault::Closes(error.to_string()))?;
    asked.client_tls.subject = Some(pattern);
    Ok(())
}

impl Wanted {
    /// What the hosts of an Ingress ask for, or the annotation that is wrong.
    pub(super) fn finish(self) -> Result<Option<Arc<ClientTls>>, (&'static str, Fault)> {
        let Self { secret, is_off, verify, depth, error_page, passes_certificate, subject } = self;
        let Some(secret) = secret.filter(|_| !is_off) else {
            let protecting = match (verify, subject) {
                _ if is_off => return Ok(None),
                (Some(_), _) => "auth-tls-verify-client",
                (None, Some(_)) => "auth-tls-match-cn",
                (None, None) => return Ok(None),
            };
            let message = "it needs auth-tls-secret: name the Secret whose ca.crt has the authorities";
            return Err((protecting, Fault::Closes(message.to_owned())));
        };
        let (verify, depth) = (verify.unwrap_or_default(), depth.unwrap_or(1));
        Ok(Some(Arc::new(ClientTls { secret, verify, depth, error_page, passes_certificate, subject })))
    }
}
