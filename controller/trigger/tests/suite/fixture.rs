//! Calls as their senders make them.

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;
use weir_trigger::delivery::{Call, Content, Limits};
use weir_trigger::event::Change;
use weir_trigger::{Delivery, Event, Provider, Refusal, Secret, Subscription, Trigger, receive};

/// The secret of all calls that are genuine, and its name.
pub(crate) const KEY: &[u8] = b"between us";
pub(crate) const NAME: &str = "hooks";
pub(crate) const OLD: &str = "1111111111111111111111111111111111111111";
pub(crate) const NEW: &str = "2222222222222222222222222222222222222222";
pub(crate) const NONE: &str = "0000000000000000000000000000000000000000";

pub(crate) fn now() -> Timestamp {
    "2026-03-02T10:00:00Z".parse().unwrap()
}

pub(crate) fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |digit: u8| char::from_digit(u32::from(digit), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(crate) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

/// A call with all that its sender adds: names of delivery and event, and the signature.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) provider: Provider,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Sent {
    pub(crate) fn new(provider: Provider, event: &str, id: &str, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        let hub = format!("sha256={}", hex(&mac(KEY, &body)));
        let at = now().as_second().to_string();
        let ours = [id.as_bytes(), b".", at.as_bytes(), b".", &body].concat();
        let ours = format!("sha256={}", hex(&mac(KEY, &ours)));
        let headers = match provider {
            Provider::GitHub => headers(&[
                ("x-github-event", event),
                ("x-github-delivery", id),
                ("x-hub-signature-256", &hub),
            ]),
            Provider::GitLab => headers(&[
                ("x-gitlab-event", event),
                ("idempotency-key", id),
                ("x-gitlab-token", std::str::from_utf8(KEY).unwrap()),
            ]),
            Provider::Bitbucket => {
                headers(&[("x-event-key", event), ("x-request-uuid", id), ("x-hub-signature", &hub)])
            }
            Provider::Gitea => headers(&[
                ("x-gitea-event", event),
                ("x-gitea-delivery", id),
                ("x-gitea-signature", &hex(&mac(KEY, &body))),
            ]),
            Provider::Webhook => {
                headers(&[("x-weir-id", id), ("x-weir-timestamp", &at), ("x-weir-signature", &ours)])
            }
        };
        Self { provider, headers, body }
    }

    pub(crate) fn receive(&self) -> Result<Delivery, Refusal> {
        self.receive_with(&[Secret::new(NAME, KEY)], now(), &Limits::default())
    }

    pub(crate) fn receive_with(
        &self,
        secrets: &[Secret],
        now: Timestamp,
        limits: &Limits,
    ) -> Result<Delivery, Refusal> {
        let call =
            Call { provider: self.provider, source: "deploys", headers: &self.headers, body: &self.body };
        receive(&call, secrets, now, limits)
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// The events that it says.
    pub(crate) fn events(&self) -> Vec<Event> {
        match self.receive().unwrap().content {
            Content::Events(events) => events,
            Content::Ignored(why) => panic!("ignored: {why}"),
        }
    }

    /// The only thing that changed.
    pub(crate) fn change(&self) -> Change {
        let events = self.events();
        assert_eq!(events.len(), 1, "{events:?}");
        match &events[0] {
            Event::Forge { change, signed_by, provider, .. } => {
                assert_eq!((signed_by, *provider), (&vec![NAME.to_owned()], self.provider));
                (**change).clone()
            }
            other @ (Event::Webhook { .. }
            | Event::Git { .. }
            | Event::Cron { .. }
            | Event::Image { .. }
            | Event::Jenkins { .. }
            | Event::Pipeline { .. }
            | Event::Manual { .. }) => panic!("{other:?}"),
        }
    }

    pub(crate) fn ignored(&self) -> String {
        match self.receive().unwrap().content {
            Content::Ignored(why) => why,
            Content::Events(events) => panic!("{events:?}"),
        }
    }
}

/// A push as GitHub and Gitea tell it.
pub(crate) fn push(full: &str, before: &str, after: &str) -> Value {
    json!({
        "ref": full, "before": before, "after": after, "created": before == NONE, "deleted": after == NONE, "forced": false,
        "repository": {
            "full_name": "shop/cart", "clone_url": "https://git.example/shop/cart.git", "ssh_url": "git@git.example:shop/cart.git",
        },
        "pusher": {"name": "robin"}, "sender": {"login": "robin"},
        "head_commit": if after == NONE { Value::Null } else { json!({"id": after, "message": "Count to three\n\nNot to two."}) },
        "commits": if after == NONE { json!([]) } else { json!([
            {"id": after, "message": "Count to three", "added": ["api/count.rs"], "removed": [], "modified": ["api/lib.rs", "README.md"]},
        ]) },
    })
}

/// A pull request as GitHub and Gitea tell it.
pub(crate) fn pull_request(action: &str, from: Option<&str>) -> Value {
    json!({
        "action": action, "number": 7,
        "pull_request": {
            "title": "Count", "user": {"login": "kim"},
            "head": {"ref": "count", "sha": NEW, "repo": from.map(|name| json!({"full_name": name}))},
            "base": {"ref": "main", "sha": OLD, "repo": {"full_name": "shop/cart"}},
        },
        "repository": {"full_name": "shop/cart", "clone_url": "https://git.example/shop/cart.git"},
        "sender": {"login": "kim"},
    })
}

pub(crate) fn trigger(text: &str) -> Trigger {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn subscription(text: &str) -> Subscription {
    Subscription::new(&trigger(text), "triggers[0]").unwrap()
}
