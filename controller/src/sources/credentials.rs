//! Who asks: header fields with secrets, which nothing prints.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use super::sigv4::Signer;

/// What stands where a secret would.
const HIDDEN: &str = "***";

/// Who asks; nobody in particular by default.
#[derive(Clone, Default)]
pub struct Credentials {
    fields: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<String>,
    signer: Option<Signer>,
}

impl fmt::Debug for Credentials {
    /// The names of the fields, and never a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields.iter().map(|(name, _)| name.as_str())).finish()
    }
}

/// What is wrong with the text that holds a secret. It does not say the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is no name with a password.
    #[error("it must have one line, a name and a password: name:password")]
    NoPair,
    /// It cannot be sent.
    #[error("it has a character that no header can have")]
    Character,
}

impl Credentials {
    /// `Authorization` with this scheme: `Bearer`, or `Token` for an `InfluxDB`.
    ///
    /// # Errors
    /// The token is empty or cannot be sent.
    pub fn token(scheme: &str, token: &str) -> Result<Self, CredentialsError> {
        Self::default().with(AUTHORIZATION, scheme, token)
    }

    /// `Authorization: Basic`, of `name:password`.
    ///
    /// # Errors
    /// That is no pair.
    pub fn basic(pair: &str) -> Result<Self, CredentialsError> {
        let (_, password) = pair.trim().split_once(':').ok_or(CredentialsError::NoPair)?;
        let mut basic = Self::default().with(AUTHORIZATION, "Basic", &STANDARD.encode(pair.trim()))?;
        basic.secrets.push(password.to_owned());
        Ok(basic)
    }

    /// With a key in a header field of its own, too.
    ///
    /// # Errors
    /// The key is empty or cannot be sent.
    pub fn with_key(self, name: HeaderName, key: &str) -> Result<Self, CredentialsError> {
        self.with(name, "", key)
    }

    fn with(mut self, name: HeaderName, scheme: &str, secret: &str) -> Result<Self, CredentialsError> {
        let secret = secret.trim();
        if secret.is_empty() {
            return Err(CredentialsError::Empty);
        }
        let text = format!("{scheme} {secret}");
        let mut value = HeaderValue::try_from(text.trim()).map_err(|_| CredentialsError::Character)?;
        value.set_sensitive(true);
        self.fields.push((name, value));
        self.secrets.push(secret.to_owned());
        Ok(self)
    }

    /// With a signature over each question.
    #[must_use]
    pub fn signing(mut self, signer: Signer) -> Self {
        self.secrets.extend(signer.secrets().cloned());
        self.signer = Some(signer);
        self
    }

    /// Says in a question, with this body, who asks.
    pub(super) fn put<B>(&self, question: &mut http::Request<B>, body: &[u8]) -> http::Result<()> {
        question.headers_mut().extend(self.fields.iter().cloned());
        if let Some(signer) = &self.signer {
            let place = (question.method().as_str(), question.uri());
            let signed = signer.sign(place, question.headers(), body, jiff::Timestamp::now())?;
            question.headers_mut().extend(signed);
        }
        Ok(())
    }

    /// The same text without the secrets: a server may repeat what it was sent.
    pub(super) fn hidden(&self, text: &str) -> String {
        let secrets = self.secrets.iter().filter(|secret| !secret.is_empty());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::{Credentials, CredentialsError};

    #[test]
    fn no_secret_is_told() {
        let both = Credentials::basic("ana:s3cret\n").unwrap();
        let both = both.with_key(HeaderName::from_static("dd-api-key"), "k3y").unwrap();
        assert_eq!(format!("{both:?}"), r#"["authorization", "dd-api-key"]"#);
        assert!(!format!("{:?}", both.fields).contains("s3cret"));
        assert_eq!(both.hidden("ana, s3cret, YW5hOnMzY3JldA== and k3y"), "ana, ***, *** and ***");
    }

    #[test]
    fn what_cannot_be_sent_is_refused_without_its_text() {
        assert_eq!(Credentials::token("Bearer", " \n").unwrap_err(), CredentialsError::Empty);
        assert_eq!(Credentials::token("Bearer", "a\nb").unwrap_err(), CredentialsError::Character);
        assert_eq!(Credentials::basic("ana").unwrap_err(), CredentialsError::NoPair);
    }
}
