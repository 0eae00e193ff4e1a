//! What is asked of somebody by HTTP, and what people are told of it: never its secrets. Pure.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use serde_json::Value;
use weir_step::mask::Mask;

use crate::client::Answer;

/// Longest part of an answer that is told, characters.
const TOLD: usize = 300;

/// A question that can be put several times.
#[derive(Clone)]
pub struct Question {
    /// How it is asked.
    pub method: Method,
    /// Who is asked.
    pub uri: Uri,
    /// Header fields besides its own.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Sent as JSON.
    pub body: Option<Bytes>,
    /// Texts that nobody is told.
    pub secrets: Vec<String>,
}

/// Why it is none.
#[derive(Debug, thiserror::Error)]
pub enum QuestionError {
    /// Its address cannot be read. It is shown, so a secret one is better not told of by this.
    #[error("{0:?} is no address: {1}")]
    Address(String, http::uri::InvalidUri),
    /// Its address is of something else.
    #[error("{0:?} is no address: it begins with http:// or https://")]
    Scheme(String),
    /// The name of a header field.
    #[error("{0:?} is no header field")]
    Field(String),
    /// The value of the field of this name.
    #[error(
        "the value of the header field {0:?} cannot be one: it has a line's end or a character of no text"
    )]
    Value(String),
}

impl Question {
    /// Without header fields and body.
    ///
    /// # Errors
    /// The address is none of HTTP.
    pub fn new(method: Method, url: &str) -> Result<Self, QuestionError> {
        let uri: Uri = url.parse().map_err(|error| QuestionError::Address(url.to_owned(), error))?;
        if uri.host().is_none() || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(QuestionError::Scheme(url.to_owned()));
        }
        Ok(Self { method, uri, headers: Vec::new(), body: None, secrets: Vec::new() })
    }

    /// With a header field. Its value is in no message, for it may be secret.
    ///
    /// # Errors
    /// There can be no such field, or none with this value.
    pub fn with(mut self, name: &str, value: &str) -> Result<Self, QuestionError> {
        let field: HeaderName = name.parse().map_err(|_| QuestionError::Field(name.to_owned()))?;
        let value = value.parse().map_err(|_| QuestionError::Value(name.to_owned()))?;
        self.headers.push((field, value));
        Ok(self)
    }

    /// With a header field whose value nobody is told.
    ///
    /// # Errors
    /// There can be no such field, or none with this value.
    pub fn with_secret(self, name: &str, value: &str, secret: &str) -> Result<Self, QuestionError> {
        let mut question = self.with(name, value)?;
        if let Some((_, value)) = question.headers.last_mut() {
            value.set_sensitive(true);
        }
        question.secrets.push(secret.to_owned());
        Ok(question)
    }

    /// With this body.
    #[must_use]
    pub fn with_json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into());
        self
    }

    /// As it is sent.
    #[must_use]
    pub fn request(&self) -> Request<Bytes> {
        let mut request = Request::new(self.body.clone().unwrap_or_default());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        let agent = concat!("weir/", env!("CARGO_PKG_VERSION"));
        headers.insert(USER_AGENT, HeaderValue::from_static(agent));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
        if self.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &self.headers {
            headers.insert(name, value.clone());
        }
        request
    }

    /// A text without what nobody is told, as it is and as JSON writes it.
    #[must_use]
    pub fn hidden(&self, text: &[u8]) -> String {
        let in_json = |secret: &String| {
            let quoted = Value::from(secret.as_str()).to_string();
            quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
        };
        let escaped: Vec<String> = self.secrets.iter().map(in_json).collect();
        let mut mask = Mask::new(self.secrets.iter().chain(&escaped).map(String::as_str));
        let mut masked = mask.push(text);
        masked.extend(mask.finish());
        String::from_utf8_lossy(&masked).into_owned()
    }

    /// What was answered, for people.
    #[must_use]
    pub fn told(&self, answer: &Answer) -> String {
        let body = self.hidden(&answer.body);
        let body: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
        let body: String = body.chars().take(TOLD).collect();
        let colon = if body.is_empty() { "" } else { ": " };
        format!("{} answered {}{colon}{body}", self.whom(), answer.status)
    }

    /// Why there is no answer, for people.
    #[must_use]
    pub fn without_answer(&self, why: &str) -> String {
        format!("{}: {}", self.whom(), self.hidden(why.as_bytes()))
    }

    /// Whom it is put to, without what stands in the query.
    #[must_use]
    pub fn whom(&self) -> String {
        let host = self.uri.host().unwrap_or_default();
        let port = self.uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        self.hidden(format!("{host}{port}{}", self.uri.path()).as_bytes())
    }
}

/// Whether the same question may have a better answer soon.
#[must_use]
pub fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}
