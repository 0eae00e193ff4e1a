//! One call of a web hook: refused, or what it says.
//!
//! ```text
//! limits     nothing is hashed that is too large
//! signature  nothing is read that is not signed
//! headers    which delivery it is, and of what event
//! github ..  the body in each provider's form -> events
//! ```
//! Whether it was here before is asked of [`crate::Seen`], with [`Delivery::keys`], once it is known to be genuine.

mod bitbucket;
mod bitbucket_server;
mod generic;
mod gitea;
mod github;
mod gitlab;
mod headers;
mod key;
mod payload;
mod refusal;
mod signature;

use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub use key::Key;
pub use refusal::Refusal;

use crate::event::{Change, Event};
use crate::provider::Provider;

/// What may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a body. Default: 5 MiB. GitHub sends up to 25 MiB, but what it may send most of (2,048 commits of a push, with their files) is
    /// below 5, and a body is in memory once for each call that is being read.
    pub body_bytes: usize,
    /// Most bytes of a body that is kept as `trigger.payload`. Default: 64 KiB, because it is kept with each run.
    pub payload_bytes: usize,
    /// How far a call's own time may be from ours. Default: 5 minutes, as in Standard Webhooks.
    pub replay: SignedDuration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body_bytes: 5 << 20, payload_bytes: 64 << 10, replay: SignedDuration::from_mins(5) }
    }
}

/// A secret that calls are signed with. While one is replaced by another, both are given.
#[derive(Clone)]
pub struct Secret {
    /// The name by which triggers have it.
    pub name: String,
    value: Vec<u8>,
}

impl Secret {
    /// A blank at its end is none of it: files end with a new line.
    #[must_use]
    pub fn new(name: impl Into<String>, value: &[u8]) -> Self {
        Self { name: name.into(), value: value.trim_ascii_end().to_vec() }
    }
}

/// Without the value.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A call as it came.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Whose form it has, by the address that was called.
    pub provider: Provider,
    /// The last part of the address, for [`Provider::Webhook`].
    pub source: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body as it came, byte by byte.
    pub body: &'a [u8],
}

/// A genuine call.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The provider's name of it, for people.
    pub id: String,
    /// By which it is recognised when it comes again.
    pub keys: Vec<Key>,
    /// What it says.
    pub content: Content,
}

/// What a call says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Things that happened.
    Events(Vec<Event>),
    /// Nothing that could start a pipeline, and why: answer 202 with it.
    Ignored(String),
}

/// Checks a call and reads it.
///
/// `secrets` are those that triggers of this provider (and source) name. The body is hashed once for each of them.
///
/// # Errors
/// It is too large, not genuine, out of date or cannot be read; [`Refusal::status`] is the answer's.
pub fn receive(
    call: &Call<'_>,
    secrets: &[Secret],
    now: Timestamp,
    limits: &Limits,
) -> Result<Delivery, Refusal> {
    let bytes = call.body.len();
    if bytes > limits.body_bytes {
        return Err(Refusal::TooLarge { bytes, most: limits.body_bytes });
    }
    let signed_by = match call.provider {
        Provider::GitHub => github::verify(call, secrets)?,
        Provider::GitLab => gitlab::verify(call, secrets, now, limits)?,
        Provider::Bitbucket => bitbucket::verify(call, secrets)?,
        Provider::Gitea => gitea::verify(call, secrets)?,
        Provider::Webhook => generic::verify(call, secrets, now, limits)?,
    };
    let (id, keys) = match call.provider {
        Provider::GitHub => github::identify(call)?,
        Provider::GitLab => gitlab::identify(call)?,
        Provider::Bitbucket => bitbucket::identify(call)?,
        Provider::Gitea => gitea::identify(call)?,
        Provider::Webhook => generic::identify(call)?,
    };
    let content = match call.provider {
        Provider::GitHub => events(call, github::read(call)?, &signed_by, limits),
        Provider::GitLab => events(call, gitlab::read(call)?, &signed_by, limits),
        Provider::Bitbucket => events(call, bitbucket::read(call)?, &signed_by, limits),
        Provider::Gitea => events(call, gitea::read(call)?, &signed_by, limits),
        Provider::Webhook => {
            let payload: Arc<Value> = Arc::new(payload::json(call.body)?);
            Content::Events(vec![Event::Webhook { source: call.source.to_owned(), signed_by, payload }])
        }
    };
    Ok(Delivery { id, keys, content })
}

/// What a forge's call was read as.
enum Said {
    Changes(Vec<Change>),
    Nothing(String),
}

fn events(call: &Call<'_>, said: Said, signed_by: &[String], limits: &Limits) -> Content {
    match said {
        Said::Nothing(why) => Content::Ignored(why),
        Said::Changes(changes) if changes.is_empty() => {
            Content::Ignored("no branch or tag was changed".to_owned())
        }
        Said::Changes(changes) => {
            let is_kept = call.body.len() <= limits.payload_bytes;
            // What is nested too deep to be kept is left out like what is too long: the event is in fields of its own.
            let payload = if is_kept { payload::json(call.body).ok().map(Arc::new) } else { None };
            let event = |change: Change| Event::Forge {
                provider: call.provider,
                signed_by: signed_by.to_vec(),
                change: Box::new(change.bounded()),
                payload: payload.clone(),
            };
            Content::Events(changes.into_iter().map(event).collect())
        }
    }
}
