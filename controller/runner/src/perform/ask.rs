//! Others, asked by HTTP until they answer: what may pass is tried again, and what must not be told is hidden.

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use serde_json::Value;
use tokio::time::Instant;
use weir_pipeline::event::Fault;
use weir_step::mask::Mask;

use super::Job;
use crate::client::{Answer, CallError, Limits};

/// Longest answer that is read, bytes.
const LONGEST: usize = 1 << 20;
/// Longest part of an answer that is told, characters.
const TOLD: usize = 300;

/// A question that can be put several times.
#[derive(Clone)]
pub(crate) struct Question {
    pub(super) method: Method,
    pub(crate) uri: Uri,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Sent as JSON.
    pub(crate) body: Option<Bytes>,
    /// Texts that nobody is told.
    pub(crate) secrets: Vec<String>,
}

impl Question {
    pub(crate) fn new(method: Method, url: &str) -> Result<Self, Fault> {
        let uri: Uri = url.parse().map_err(|error| Fault::work(format!("{url:?} is no address: {error}")))?;
        if uri.host().is_none() || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(Fault::work(format!("{url:?} is no address: it begins with http:// or https://")));
        }
        Ok(Self { method, uri, headers: Vec::new(), body: None, secrets: Vec::new() })
    }

    /// With a header field. Its value is in no message, for it may be secret.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Result<Self, Fault> {
        let field: HeaderName =
            name.parse().map_err(|_| Fault::work(format!("{name:?} is no header field")))?;
        let value = value
            .parse()
            .map_err(|_| Fault::work(format!("the value of the header field {name:?} cannot be one: it has a line's end or a character of no text")))?;
        self.headers.push((field, value));
        Ok(self)
    }

    /// With a header field whose value nobody is told.
    pub(crate) fn with_secret(self, name: &str, value: &str, secret: &str) -> Result<Self, Fault> {
        let mut question = self.with(name, value)?;
        if let Some((_, value)) = question.headers.last_mut() {
            value.set_sensitive(true);
        }
        question.secrets.push(secret.to_owned());
        Ok(question)
    }

    pub(crate) fn with_json(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into());
        self
    }

    pub(crate) fn request(&self) -> Request<Bytes> {
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
    pub(super) fn hidden(&self, text: &[u8]) -> String {
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
    pub(crate) fn told(&self, answer: &Answer) -> String {
        let body = self.hidden(&answer.body);
        let body: String = body.split_whitespace().collect::<Vec<_>>().join(" ");
        let body: String = body.chars().take(TOLD).collect();
        let colon = if body.is_empty() { "" } else { ": " };
        format!("{} answered {}{colon}{body}", self.whom(), answer.status)
    }

    /// Why there is no answer, for people.
    pub(crate) fn without_answer(&self, why: &str) -> String {
        format!("{}: {}", self.whom(), self.hidden(why.as_bytes()))
    }

    /// Whom it is put to, without what stands in the query.
    pub(super) fn whom(&self) -> String {
        let host = self.uri.host().unwrap_or_default();
        let port = self.uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        self.hidden(format!("{host}{port}{}", self.uri.path()).as_bytes())
    }
}

impl Job {
    /// What is answered. Asked again after what may pass: no connection, 5xx and 429 (not those of `final_statuses`); where the other side may have heard of it, only
    /// where asking twice is asking once.
    pub(super) async fn ask(&self, question: &Question, final_statuses: &[u16]) -> Result<Answer, Fault> {
        self.ask_until_answered(question, final_statuses, is_repeatable(&question.method)).await
    }

    /// The same for what is the same however often it is asked, whatever its method says.
    pub(super) async fn ask_same(&self, question: &Question) -> Result<Answer, Fault> {
        self.ask_until_answered(question, &[], true).await
    }

    async fn ask_until_answered(
        &self,
        question: &Question,
        final_statuses: &[u16],
        is_repeatable: bool,
    ) -> Result<Answer, Fault> {
        let patience = self.shared.options.patience;
        let until = Instant::now() + patience.within;
        loop {
            let passes = match self.ask_once(question).await {
                Ok(answer)
                    if may_pass(answer.status) && !final_statuses.contains(&answer.status.as_u16()) =>
                {
                    question.told(&answer)
                }
                Ok(answer) => return Ok(answer),
                Err(CallError::Unreachable(error)) => question.without_answer(&error),
                Err(error @ (CallError::Broken(_) | CallError::Late(_))) if is_repeatable => {
                    question.without_answer(&error.to_string())
                }
                Err(error @ (CallError::Broken(_) | CallError::Late(_))) => {
                    let what = question.without_answer(&error.to_string());
                    // Another attempt has another key, so nobody makes it unless the stage asks for that.
                    return Err(Fault::work(format!("{what}; nobody knows whether it was done")));
                }
                // Whom this machine trusts is no fault of the work, and nothing that passes by itself.
                Err(error @ (CallError::Untrusting(_) | CallError::Untrusted(_))) => {
                    return Err(Fault::infrastructure(question.without_answer(&error.to_string())));
                }
                Err(error @ CallError::TooLong(_)) => {
                    return Err(Fault::work(question.without_answer(&error.to_string())));
                }
            };
            if Instant::now() + patience.again > until {
                return Err(Fault::infrastructure(format!("{passes} (tried for {:?})", patience.within)));
            }
            tracing::debug!(key = %self.key, %passes, "asked again");
            tokio::time::sleep(patience.again).await;
        }
    }

    pub(super) async fn ask_once(&self, question: &Question) -> Result<Answer, CallError> {
        let limits = Limits { deadline: self.shared.options.patience.deadline, body_bytes: LONGEST };
        self.shared.client.call(question.request(), limits).await
    }
}

/// Whether the same question may have a better answer soon.
pub(crate) fn may_pass(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// Whether asking twice is asking once (RFC 9110, 9.2.2).
fn is_repeatable(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::PUT | Method::DELETE)
}
