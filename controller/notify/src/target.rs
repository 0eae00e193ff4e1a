//! Where a notification goes.

use std::collections::BTreeMap;
use std::str::FromStr;

use email_address::EmailAddress;
use serde::{Deserialize, Serialize};
use weir_pipeline::Problem;

use crate::SecretKey;

/// Most people of one e-mail: servers refuse more than a hundred (RFC 5321, 4.5.3.1.8).
const MOST_PEOPLE: usize = 50;

/// An incoming web hook in Slack's form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slack {
    /// Its address. Whoever knows it may write there, so it is better a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Its address, as a value of a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretKey>,
    /// Another channel than that of the address, where the other side takes that: Mattermost and Rocket.Chat do, Slack no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// A `CloudEvent` by POST.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hook {
    /// Where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The same as a value of a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretKey>,
    /// Header fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Header fields from secrets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretKey>,
    /// What it is signed with, as Standard Webhooks has it. Default: it is not signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<SecretKey>,
}

/// An e-mail, by the server that the runner was started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Email {
    /// To whom: `ann@example.com` or `Ann <ann@example.com>`.
    pub to: Vec<String>,
    /// Who gets a copy.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<String>,
    /// Whose it is. Default: what the runner was started with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Default: what happened, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// What the forge shows beside the commit: `pending` while it goes on, then `success`, `failure` or, where it was stopped, `error`. Fields as of a stage's `status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommitStatus {
    /// What tells it from others. Default: `weir/` and the pipeline's name, of a stage also its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Default: what happened, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where more of it is told. Default: the run's own page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The forge's API, where it is not the public one of the trigger's forge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<String>,
    /// Secret with `token`.
    pub secret: String,
}

/// Where something is sent by HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address<'t> {
    /// There.
    Url(&'t str),
    /// Where this secret says.
    Secret(&'t SecretKey),
}

impl<'t> Address<'t> {
    fn of(url: Option<&'t String>, secret: Option<&'t SecretKey>) -> Option<Self> {
        match (url, secret) {
            (Some(url), None) => Some(Self::Url(url)),
            (None, Some(secret)) => Some(Self::Secret(secret)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

fn check_address(url: Option<&String>, secret: Option<&SecretKey>) -> Vec<Problem> {
    match Address::of(url, secret) {
        Some(Address::Url(url)) => is_fixed("url", url).or_else(|| is_url("url", url)).into_iter().collect(),
        Some(Address::Secret(_)) => Vec::new(),
        None => {
            let what = "one address is needed";
            vec![Problem::new("", what, "give `secret: NAME/KEY`, or `url` where it is no secret")]
        }
    }
}

fn is_url(field: &str, text: &str) -> Option<Problem> {
    let is_one = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    // It may be a secret, so it is not shown.
    (!is_one).then(|| Problem::new(field, "it is no address", "begin it with http:// or https://"))
}

/// Where something goes is nothing that a run decides.
fn is_fixed(field: &str, text: &str) -> Option<Problem> {
    let what = "it is an expression, and where a message goes has to be known before the run begins";
    text.contains("${").then(|| Problem::new(field, what, "write the text itself"))
}

fn is_mailbox(field: String, text: &str) -> Option<Problem> {
    if let Some(problem) = is_fixed(&field, text) {
        return Some(problem);
    }
    let error = EmailAddress::from_str(text).err()?;
    let what = format!("{text:?} is no address: {}", error.to_string().to_lowercase());
    Some(Problem::new(field, what, "write ann@example.com or Ann <ann@example.com>"))
}

impl Slack {
    /// Where to.
    #[must_use]
    pub fn address(&self) -> Option<Address<'_>> {
        Address::of(self.url.as_ref(), self.secret.as_ref())
    }

    /// Everything that makes no sense.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let mut found = check_address(self.url.as_ref(), self.secret.as_ref());
        found.extend(self.channel.iter().filter_map(|channel| is_fixed("channel", channel)));
        found
    }
}

impl Hook {
    /// Where to.
    #[must_use]
    pub fn address(&self) -> Option<Address<'_>> {
        Address::of(self.url.as_ref(), self.secret.as_ref())
    }

    /// Everything that makes no sense.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let mut found = check_address(self.url.as_ref(), self.secret.as_ref());
        for name in self.headers.keys().chain(self.secrets.keys()) {
            if OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
                let what = format!("{name:?} is a field of the event's own");
                found.push(Problem::new("headers", what, "leave it out"));
            }
        }
        let is_there_too = |name: &&String| self.headers.keys().any(|other| other.eq_ignore_ascii_case(name));
        found.extend(self.secrets.keys().find(is_there_too).map(|name| {
            let mend = "leave it out in one of the two";
            Problem::new(format!("secrets.{name}"), "`headers` has it too", mend)
        }));
        found
    }
}

/// Header fields that say what the event is.
const OWN: [&str; 5] =
    ["content-type", "idempotency-key", "webhook-id", "webhook-timestamp", "webhook-signature"];

impl Email {
    /// Everything that makes no sense.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let Self { to, cc, from, subject: _ } = self;
        let mut found = Vec::new();
        if to.is_empty() {
            found.push(Problem::new("to", "nobody is in it", "give at least one address"));
        }
        if to.len() + cc.len() > MOST_PEOPLE {
            let what = format!("{} people are in it", to.len() + cc.len());
            found.push(Problem::new("to", what, format!("{MOST_PEOPLE} are the most: write to a list")));
        }
        let lists = [("to", to), ("cc", cc)];
        let all = lists.into_iter().flat_map(|(field, people)| {
            people.iter().enumerate().map(move |(index, text)| (format!("{field}[{index}]"), text))
        });
        let all = all.chain(from.iter().map(|from| ("from".to_owned(), from)));
        found.extend(all.filter_map(|(field, text)| is_mailbox(field, text)));
        found
    }
}

impl CommitStatus {
    /// Everything that makes no sense.
    #[must_use]
    pub fn check(&self) -> Vec<Problem> {
        let Self { context, description: _, url: _, api, secret } = self;
        let mut found = Vec::new();
        let fixed = [("context", context.as_ref()), ("api", api.as_ref()), ("secret", Some(secret))];
        found.extend(fixed.iter().filter_map(|(field, text)| is_fixed(field, (*text)?)));
        found.extend(api.iter().filter_map(|api| is_url("api", api)));
        if secret.is_empty() {
            found.push(Problem::new("secret", "it is empty", "name the secret with the forge's token"));
        }
        found
    }
}
