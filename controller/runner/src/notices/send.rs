//! One try to tell.

use std::time::Duration;

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;
use weir_notify::{cloud_event, signature, slack};
use weir_stages::notification::{Address, Hook, Slack};
use weir_stages::work::{SecretKey, Status};

use super::notice::{Forged, Notice, Target};
use crate::client::{Answer, CallError, Limits};
use crate::perform::ask::{Question, may_pass};
use crate::perform::forge::Repository;
use crate::perform::status;
use crate::runner::Shared;

/// Longest answer that is read, bytes.
const LONGEST: usize = 64 << 10;

/// Why it was not told.
#[derive(Debug)]
pub(super) enum Failed {
    /// It will not be told either if it is tried again.
    Refused(String),
    /// It may be next time.
    Passes {
        why: String,
        /// How long the other side wants to be left alone.
        after: Option<Duration>,
    },
}

pub(super) const fn passes(why: String) -> Failed {
    Failed::Passes { why, after: None }
}

/// Tries once.
pub(super) async fn send(shared: &Shared, notice: &Notice) -> Result<(), Failed> {
    let event = &notice.event;
    let question = match &notice.target {
        Target::Slack(to) => to_slack(shared, to, notice)?,
        Target::Webhook(to) => to_hook(shared, to, notice)?,
        Target::Status(forged) => to_forge(shared, forged)?,
        Target::Email(email) => {
            let Some(mail) = &shared.options.mail else {
                return Err(Failed::Refused("nobody sends e-mails: start the runner with --smtp".to_owned()));
            };
            return mail.send(&shared.secrets, event, email, shared.options.patience.deadline).await;
        }
    };
    let mut request = question.request();
    if let Target::Webhook(_) = &notice.target {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(cloud_event::CONTENT_TYPE));
    }
    let limits = Limits { deadline: shared.options.patience.deadline, body_bytes: LONGEST };
    match shared.client.call(request, limits).await {
        Ok(answer) if answer.status.is_success() => Ok(()),
        // That it heard of it is enough.
        Err(CallError::TooLong(_)) => Ok(()),
        Ok(answer) => {
            let why = question.told(&answer);
            let may_pass = may_pass(answer.status) || answer.status == StatusCode::REQUEST_TIMEOUT;
            if may_pass {
                Err(Failed::Passes { why, after: after(&answer) })
            } else {
                Err(Failed::Refused(why))
            }
        }
        Err(error) => Err(passes(question.without_answer(&error.to_string()))),
    }
}

/// How long the other side wants to be left alone, where it says so in seconds.
fn after(answer: &Answer) -> Option<Duration> {
    let text = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

fn to_slack(shared: &Shared, to: &Slack, notice: &Notice) -> Result<Question, Failed> {
    let question = addressed(shared, to.address())?;
    Ok(question.with_json(&slack::message(&notice.event, to.channel.as_deref())))
}

fn to_hook(shared: &Shared, to: &Hook, notice: &Notice) -> Result<Question, Failed> {
    let refused = |fault: weir_pipeline::event::Fault| Failed::Refused(fault.message);
    let id = &notice.event.id;
    let mut question = addressed(shared, to.address())?;
    for (name, value) in &to.headers {
        question = question.with(name, value).map_err(refused)?;
    }
    for (name, key) in &to.secrets {
        let value = value(shared, key)?;
        question = question.with_secret(name, &value, &value).map_err(refused)?;
    }
    let (body, now) = (cloud_event::message(&notice.event), shared.now());
    for (name, value) in [
        ("webhook-id", id.clone()),
        ("webhook-timestamp", now.as_second().to_string()),
        ("idempotency-key", id.clone()),
    ] {
        question = question.with(name, &value).map_err(refused)?;
    }
    question = question.with_json(&body);
    if let Some(key) = &to.key {
        let key = value(shared, key)?;
        let signature = signature::of(&key, id, now, question.body.as_deref().unwrap_or_default());
        question = question.with_secret("webhook-signature", &signature, &key).map_err(refused)?;
    }
    Ok(question)
}

fn to_forge(shared: &Shared, forged: &Forged) -> Result<Question, Failed> {
    let Forged { state, context, says, commit, trigger } = forged;
    let commit = status::known(commit.clone()).map_err(|fault| Failed::Refused(fault.message))?;
    // What is missing is mostly the secret, which may come.
    let repository = Repository::of_trigger(trigger, &shared.secrets, says.api.as_deref(), &says.secret);
    let repository = repository.map_err(|fault| passes(fault.message))?;
    let status = Status {
        state: state.clone(),
        context: Some(context.clone()),
        description: says.description.clone(),
        url: says.url.clone(),
        api: says.api.clone(),
        secret: says.secret.clone(),
    };
    status::question(&repository, &commit, &status, context).map_err(|fault| Failed::Refused(fault.message))
}

/// A question to somebody whose address is in no message: whoever knows it may write there.
fn addressed(shared: &Shared, address: Option<Address<'_>>) -> Result<Question, Failed> {
    let (url, whose) = match address {
        Some(Address::Url(url)) => (url.to_owned(), "`url`".to_owned()),
        Some(Address::Secret(key)) => (value(shared, key)?, format!("secret {}/{}", key.name, key.key)),
        None => return Err(Failed::Refused("no address is given".to_owned())),
    };
    let question = Question::new(Method::POST, &url);
    // What is wrong with it is not told in the words of whoever tried to read it, who shows it.
    let mut question =
        question.map_err(|_| passes(format!("{whose} is no address: it begins with http:// or https://")))?;
    let path = question.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let parts = path.split(['/', '?', '&', '=']).filter(|part| part.len() >= SHORTEST_PART);
    question.secrets.extend(parts.map(str::to_owned));
    question.secrets.extend([url, path]);
    Ok(question)
}

/// Parts of an address that are shorter are no secrets, but words.
const SHORTEST_PART: usize = 8;

fn value(shared: &Shared, key: &SecretKey) -> Result<String, Failed> {
    shared.secrets.value(key).map_err(|error| passes(error.to_string()))
}

impl Target {
    /// What tells targets apart: messages of one are told one after the other.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Slack(to) => format!("slack {}", written(to.address())),
            Self::Webhook(to) => format!("webhook {}", written(to.address())),
            // One server has all mails.
            Self::Email(_) => "email".to_owned(),
            Self::Status(forged) => {
                let of = |key: &str| forged.trigger.get(key).and_then(Value::as_str).unwrap_or_default();
                let api = forged.says.api.as_deref().unwrap_or_default();
                format!("status {api} {} {} {}", of("forge"), of("source"), of("repository"))
            }
        }
    }

    /// Who it is, for people: never an address that lets write.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Slack(to) => format!("slack, {}", shown(to.address())),
            Self::Webhook(to) => format!("web hook, {}", shown(to.address())),
            Self::Email(email) => format!("e-mail to {}", email.to.join(", ")),
            Self::Status(forged) => {
                let repository = forged.trigger.get("repository").and_then(Value::as_str).unwrap_or_default();
                format!("status of {}", repository.rsplit('@').next().unwrap_or_default())
            }
        }
    }
}

fn written(address: Option<Address<'_>>) -> String {
    match address {
        Some(Address::Url(url)) => url.to_owned(),
        Some(Address::Secret(key)) => format!("secret {}/{}", key.name, key.key),
        None => String::new(),
    }
}

fn shown(address: Option<Address<'_>>) -> String {
    match address {
        Some(Address::Url(url)) => {
            let host = url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
            host.unwrap_or_else(|| "an address that is none".to_owned())
        }
        Some(Address::Secret(_)) | None => written(address),
    }
}
