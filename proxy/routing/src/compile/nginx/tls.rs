//! What upstreams over TLS are asked for: `proxy-ssl-*`. What was meant to protect and cannot be read closes the Ingress.

use std::sync::Arc;

use super::value::switch;
use super::{Asked, Fault};
use crate::backend::{Cipher, UpstreamTls, Versions};
use crate::named::key_in;

/// The annotations as they were read.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    tls: UpstreamTls,
    secret: Option<Arc<str>>,
}

/// `proxy-ssl-verify`.
pub(super) fn verify(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.tls.tls.verify = switch(value).map_err(Fault::Closes)?;
    Ok(())
}

/// `proxy-ssl-secret`.
pub(super) fn secret(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.tls.secret = Some(key_in(&asked.namespace, value).map_err(Fault::Closes)?);
    Ok(())
}

/// `proxy-ssl-name`.
pub(super) fn name(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let is_label = |label: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        !label.is_empty() && label.len() <= 63 && label.bytes().all(allowed)
    };
    let is_name = value.len() <= 253 && value.split('.').all(is_label);
    if !is_name && value.parse::<std::net::IpAddr>().is_err() {
        return Err(Fault::Closes(format!(
            "{value:?} is not a name that a certificate can be for, such as web.shop.svc; variables are not supported"
        )));
    }
    asked.tls.tls.name = Some(value.into());
    Ok(())
}

/// `proxy-ssl-server-name`.
pub(super) fn server_name(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.tls.tls.sends_name =
        switch(value).map_err(|message| Fault::Ignored { message, kept: "upstreams are told no name" })?;
    Ok(())
}

/// `proxy-ssl-verify-depth`.
pub(super) fn depth(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    asked.tls.tls.depth = value.parse().map_err(|_| Fault::Ignored {
        message: format!("{value:?} is not a number from 0 to 255"),
        kept: "one certificate may stand between an upstream's own and its authority's",
    })?;
    Ok(())
}

/// `proxy-ssl-protocols`.
pub(super) fn protocols(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let has = |name: &str| value.split_whitespace().any(|one| one == name);
    let others: Vec<&str> =
        value.split_whitespace().filter(|one| !matches!(*one, "TLSv1.2" | "TLSv1.3")).collect();
    asked.tls.tls.versions = match (has("TLSv1.2"), has("TLSv1.3")) {
        (true, true) => Versions::Both,
        (true, false) => Versions::Tls12,
        (false, true) => Versions::Tls13,
        (false, false) => {
            let message = format!("{value:?}: TLS 1.2 and 1.3 are spoken: write TLSv1.2, TLSv1.3 or both");
            return Err(Fault::Closes(message));
        }
    };
    match others.as_slice() {
        [] => Ok(()),
        others => Err(Fault::Partly {
            message: format!("not spoken, because nothing protects what is: {}", others.join(", ")),
            kept: "the others of the list are spoken",
        }),
    }
}

/// `proxy-ssl-ciphers`.
pub(super) fn ciphers(asked: &mut Asked, value: &str) -> Result<(), Fault> {
    let listed = || value.split([':', ',', ' ']).filter(|name| !name.is_empty());
    if listed().eq(["DEFAULT"]) {
        return Ok(());
    }
    let known: Vec<Cipher> = listed().filter_map(Cipher::of).collect();
    // Those of TLS 1.3 are all safe; OpenSSL lists them elsewhere.
    let others: Vec<&str> =
        listed().filter(|name| Cipher::of(name).is_none() && !name.starts_with("TLS_")).collect();
    let has_known = !known.is_empty();
    if has_known {
        asked.tls.tls.ciphers = Some(known.into());
    }
    match others.as_slice() {
        [] => Ok(()),
        others => Err(Fault::Partly {
            message: format!(
                "not known: {}; those of TLS 1.2 are {}",
                others.join(", "),
                Cipher::ALL.map(Cipher::as_str).join(", ")
            ),
            kept: if has_known { "the others of the list are in force" } else { "all of these are in force" },
        }),
    }
}

impl Wanted {
    /// What the routes of an Ingress ask for, or the annotation that is wrong.
    pub(super) fn finish(self) -> Result<Option<Arc<UpstreamTls>>, (&'static str, Fault)> {
        let Self { mut tls, secret } = self;
        tls.secret = secret;
        if tls.verify && tls.secret.is_none() {
            let message = "it needs proxy-ssl-secret: name the Secret whose ca.crt has the authorities";
            return Err(("proxy-ssl-verify", Fault::Closes(message.to_owned())));
        }
        Ok(Some(tls).filter(|tls| *tls != UpstreamTls::default()).map(Arc::new))
    }
}
