//! One try to tell, and whom.

use serde_json::Value;
use weir_notify::target::Address;
use weir_outbound::{Failed, Question, Sender};
use weir_stages::work::Status;

use super::notice::{Forged, Notice, Target};
use crate::perform::forge::Repository;
use crate::perform::status;
use crate::runner::Shared;

/// Tries once.
pub(super) async fn send(shared: &Shared, notice: &Notice) -> Result<(), Failed> {
    let options = &shared.options;
    let sender = Sender {
        client: &shared.client,
        secrets: &shared.secrets,
        mail: options.mail.as_ref(),
        deadline: options.patience.deadline,
    };
    match &notice.target {
        Target::Slack(to) => sender.slack(to, &notice.event).await,
        Target::Webhook(to) => sender.hook(to, &notice.event, shared.now()).await,
        Target::Email(to) => sender.email(to, &notice.event).await,
        Target::Status(forged) => sender.question(to_forge(shared, forged)?).await,
    }
}

fn to_forge(shared: &Shared, forged: &Forged) -> Result<Question, Failed> {
    let Forged { state, context, says, commit, trigger } = forged;
    let commit = status::known(commit.clone()).map_err(|fault| Failed::Refused(fault.message))?;
    // What is missing is mostly the secret, which may come.
    let repository = Repository::of_trigger(trigger, &shared.secrets, says.api.as_deref(), &says.secret);
    let repository = repository.map_err(|fault| Failed::passes(fault.message))?;
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

impl Target {
    /// What tells targets apart: messages of one are told one after the other.
    pub(super) fn key(&self) -> String {
        let written = |address: Option<Address<'_>>| match address {
            Some(Address::Url(url)) => url.to_owned(),
            other => shown(other),
        };
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

fn shown(address: Option<Address<'_>>) -> String {
    match address {
        Some(Address::Url(url)) => {
            let host = url.parse::<http::Uri>().ok().and_then(|uri| uri.host().map(str::to_owned));
            host.unwrap_or_else(|| "an address that is none".to_owned())
        }
        Some(Address::Secret(key)) => format!("secret {}/{}", key.name, key.key),
        None => String::new(),
    }
}
