//! A file that names notifiers.

use serde::Deserialize;
use weir_api::manifest::{Origin, Problem, document};
use weir_api::notification::ReleaseMoment;
use weir_notify::target::{Email, Hook, Slack};
use weir_outbound::Smtp;

use crate::sources::file::Lines;

/// Everybody who can be told of releases.
#[derive(Clone, Debug, Default)]
pub struct Notifiers {
    all: Vec<Notifier>,
    /// By which e-mails are sent.
    pub(super) mail: Option<Smtp>,
    /// Where more is told of a release: `{namespace}`, `{name}` and `{release}` are its Canary's and its own.
    pub(super) link: Option<String>,
}

/// One place where people or programs hear of releases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notifier {
    /// By which Canaries name it.
    pub name: String,
    /// Of whose Canaries it hears; empty: of all.
    pub namespaces: Vec<String>,
    /// What it hears of every one of them, without being named; empty: it is named, or hears nothing.
    pub when: Vec<ReleaseMoment>,
    /// Words of the user's own besides what is said anyway.
    pub message: Option<String>,
    /// Where it is.
    pub target: Target,
}

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An incoming web hook in Slack's form.
    Slack(Slack),
    /// A `CloudEvent`.
    Webhook(Hook),
    /// An e-mail.
    Email(Email),
}

/// What is wrong in such a file, one problem a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", Lines(.0))]
pub struct NotifierFault(Vec<Problem>);

/// The document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    notifiers: Vec<Entry>,
    smtp: Option<Mail>,
    link: Option<String>,
}

/// A notifier, as it is written: one of `slack`, `webhook`, `email`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    namespaces: Vec<String>,
    #[serde(default)]
    when: Vec<ReleaseMoment>,
    message: Option<String>,
    slack: Option<Slack>,
    webhook: Option<Hook>,
    email: Option<Email>,
}

/// A server of e-mails.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Mail {
    url: String,
    from: Option<String>,
    /// A secret with `username` and `password`.
    secret: Option<String>,
}

impl Notifiers {
    /// Reads what stands in a file of this name.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: &str, text: &str) -> Result<Self, NotifierFault> {
        let (Document { notifiers, smtp, link }, origin) = document(file, text).map_err(NotifierFault)?;
        let (mut all, mut problems): (Vec<Notifier>, _) = (Vec::new(), Vec::new());
        for (index, entry) in notifiers.into_iter().enumerate() {
            let at = format!("notifiers[{index}]");
            if all.iter().any(|one| one.name == entry.name) {
                let what = format!("{} is there twice: give it another name", entry.name);
                problems.push(origin.error(&format!("{at}.name"), what));
            }
            match entry.checked(&at, &origin) {
                Ok(one) => all.push(one),
                Err(wrong) => problems.extend(wrong),
            }
        }
        let mail = smtp.map(Mail::open).transpose();
        let mail = mail.unwrap_or_else(|(field, what)| {
            problems.push(origin.error(&format!("smtp.{field}"), what));
            None
        });
        if problems.is_empty() {
            problems.extend(unsent(&all, mail.as_ref()).map(|what| origin.error("smtp", what)));
        }
        if problems.is_empty() { Ok(Self { all, mail, link }) } else { Err(NotifierFault(problems)) }
    }

    /// The one of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Notifier> {
        self.all.iter().find(|one| one.name == name)
    }

    /// All of them, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Notifier> {
        self.all.iter()
    }
}

/// Why e-mails of notifiers cannot be sent.
fn unsent(all: &[Notifier], mail: Option<&Smtp>) -> Option<String> {
    let mut letters = all.iter().filter_map(|one| match &one.target {
        Target::Email(email) => Some((&one.name, email)),
        Target::Slack(_) | Target::Webhook(_) => None,
    });
    match mail {
        None => {
            let (name, _) = letters.next()?;
            Some(format!(
                "notifier {name} writes e-mails, and nobody sends them: give `smtp: {{url: smtps://HOST}}`"
            ))
        }
        Some(mail) if mail.has_from() => None,
        Some(_) => {
            let (name, _) = letters.find(|(_, email)| email.from.is_none())?;
            Some(format!("nobody says whose e-mails of notifier {name} are: give `from` here, or there"))
        }
    }
}

impl Entry {
    fn checked(self, at: &str, origin: &Origin) -> Result<Notifier, Vec<Problem>> {
        let Self { name, namespaces, when, message, slack, webhook, email } = self;
        let mut wrong = Vec::new();
        if name.is_empty() {
            let what = "empty: Canaries name it in spec.notifications".to_owned();
            wrong.push(origin.error(&format!("{at}.name"), what));
        }
        let found = [
            slack.as_ref().map(|one| ("slack", one.check())),
            webhook.as_ref().map(|one| ("webhook", one.check())),
            email.as_ref().map(|one| ("email", one.check())),
        ];
        for (field, found) in found.into_iter().flatten() {
            wrong.extend(found.into_iter().map(|problem| {
                let problem = problem.within(field);
                origin.error(&format!("{at}.{}", problem.path), format!("{}: {}", problem.what, problem.mend))
            }));
        }
        let target = match (slack, webhook, email) {
            (Some(slack), None, None) => Some(Target::Slack(slack)),
            (None, Some(hook), None) => Some(Target::Webhook(hook)),
            (None, None, Some(email)) => Some(Target::Email(email)),
            _ => None,
        };
        match target {
            Some(target) if wrong.is_empty() => Ok(Notifier { name, namespaces, when, message, target }),
            None => {
                let what = "a notifier is one place: give one of slack, webhook and email".to_owned();
                wrong.push(origin.error(at, what));
                Err(wrong)
            }
            Some(_) => Err(wrong),
        }
    }
}

impl Mail {
    fn open(self) -> Result<Smtp, (&'static str, String)> {
        let Self { url, from, secret } = self;
        let told = |field| move |error: weir_outbound::SmtpError| (field, error.to_string());
        let mut mail = Smtp::open(&url).map_err(told("url"))?;
        if let Some(secret) = secret {
            mail = mail.with_secret(&secret).map_err(told("secret"))?;
        }
        if let Some(from) = from {
            mail = mail.with_from(&from).map_err(told("from"))?;
        }
        Ok(mail)
    }
}

impl Notifier {
    /// Whether it hears of Canaries of this namespace.
    #[must_use]
    pub fn is_for(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|one| one == namespace)
    }
}

#[cfg(test)]
mod tests;
