//! One try to tell somebody of an event.

use std::time::Duration;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use weir_notify::target::{Address, Email, Hook, Slack};
use weir_notify::{Event, SecretKey, cloud_event, signature, slack};

use crate::client::{Answer, CallError, Client, Limits};
use crate::question::{Question, may_pass};
use crate::secrets::Secrets;
use crate::smtp::Smtp;

/// Longest answer that is read, bytes.
const LONGEST: usize = 64 << 10;
/// Parts of an address that are shorter are no secrets, but words.
const SHORTEST_PART: usize = 8;

/// Why it was not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// It will not be told either if it is tried again.
    Refused(String),
    /// It may be next time.
    Passes {
        /// Why it was not this time.
        why: String,
        /// How long the other side wants to be left alone.
        after: Option<Duration>,
    },
}

impl Failed {
    /// It may be told next time, whenever that is.
    #[must_use]
    pub const fn passes(why: String) -> Self {
        Self::Passes { why, after: None }
    }
}

/// Whoever sends, with what it takes.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'s> {
    /// By which it goes out.
    pub client: &'s Client,
    /// Of which targets name some.
    pub secrets: &'s Secrets,
    /// By which e-mails go out; `None`: none do.
    pub mail: Option<&'s Smtp>,
    /// Until the last byte of an answer.
    pub deadline: Duration,
}

impl Sender<'_> {
    /// Tells by an incoming web hook in Slack's form.
    ///
    /// # Errors
    /// It was not told.
    pub async fn slack(&self, to: &Slack, event: &Event) -> Result<(), Failed> {
        let question = self.addressed(to.address())?;
        self.question(question.with_json(&slack::message(event, to.channel.as_deref()))).await
    }

    /// Tells by a `CloudEvent`, of which it is said that it was sent at this time.
    ///
    /// # Errors
    /// It was not told.
    pub async fn hook(&self, to: &Hook, event: &Event, now: Timestamp) -> Result<(), Failed> {
        self.question(self.cloud_event(to, event, now)?).await
    }

    /// Tells by e-mail.
    ///
    /// # Errors
    /// It was not told.
    pub async fn email(&self, to: &Email, event: &Event) -> Result<(), Failed> {
        let Some(mail) = self.mail else {
            return Err(Failed::Refused("nobody sends e-mails: start the runner with --smtp".to_owned()));
        };
        mail.send(self.secrets, event, to, self.deadline).await
    }

    /// Asks for something where that it was heard of is enough.
    ///
    /// # Errors
    /// It was not.
    pub async fn question(&self, question: Question) -> Result<(), Failed> {
        let limits = Limits { deadline: self.deadline, body_bytes: LONGEST };
        match self.client.call(question.request(), limits).await {
            Ok(answer) if answer.status.is_success() => Ok(()),
            // That it heard of it is enough.
            Err(CallError::TooLong(_)) => Ok(()),
            Ok(answer) => {
                let why = question.told(&answer);
                if may_pass(answer.status) || answer.status == StatusCode::REQUEST_TIMEOUT {
                    Err(Failed::Passes { why, after: after(&answer) })
                } else {
                    Err(Failed::Refused(why))
                }
            }
            Err(error) => Err(Failed::passes(question.without_answer(&error.to_string()))),
        }
    }

    fn cloud_event(&self, to: &Hook, event: &Event, now: Timestamp) -> Result<Question, Failed> {
        let refused = |error: crate::question::QuestionError| Failed::Refused(error.to_string());
        let id = &event.id;
        let mut question = self.addressed(to.address())?;
        for (name, value) in &to.headers {
            question = question.with(name, value).map_err(refused)?;
        }
        for (name, key) in &to.secrets {
            let value = self.value(key)?;
            question = question.with_secret(name, &value, &value).map_err(refused)?;
        }
        let body = cloud_event::message(event);
        for (name, value) in [
            ("webhook-id", id.clone()),
            ("webhook-timestamp", now.as_second().to_string()),
            ("idempotency-key", id.clone()),
        ] {
            question = question.with(name, &value).map_err(refused)?;
        }
        question = question.with_json(&body);
        question.headers.push((CONTENT_TYPE, HeaderValue::from_static(cloud_event::CONTENT_TYPE)));
        if let Some(key) = &to.key {
            let key = self.value(key)?;
            let signature = signature::of(&key, id, now, question.body.as_deref().unwrap_or_default());
            question = question.with_secret("webhook-signature", &signature, &key).map_err(refused)?;
        }
        Ok(question)
    }

    /// A question to somebody whose address is in no message: whoever knows it may write there.
    fn addressed(&self, address: Option<Address<'_>>) -> Result<Question, Failed> {
        let (url, whose) = match address {
            Some(Address::Url(url)) => (url.to_owned(), "`url`".to_owned()),
            Some(Address::Secret(key)) => (self.value(key)?, format!("secret {}/{}", key.name, key.key)),
            None => return Err(Failed::Refused("no address is given".to_owned())),
        };
        let question = Question::new(Method::POST, &url);
        // What is wrong with it is not told in the words of whoever tried to read it, who shows it.
        let mut question = question.map_err(|_| {
            Failed::passes(format!("{whose} is no address: it begins with http:// or https://"))
        })?;
        let path = question.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let parts = path.split(['/', '?', '&', '=']).filter(|part| part.len() >= SHORTEST_PART);
        question.secrets.extend(parts.map(str::to_owned));
        question.secrets.extend([url, path]);
        Ok(question)
    }

    fn value(&self, key: &SecretKey) -> Result<String, Failed> {
        self.secrets.value(key).map_err(|error| Failed::passes(error.to_string()))
    }
}

/// How long the other side wants to be left alone, where it says so in seconds.
fn after(answer: &Answer) -> Option<Duration> {
    let text = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}
