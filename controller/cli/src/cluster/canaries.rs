//! Canaries of a cluster: found by name, and asked for something by the annotation that their controller follows.

use std::time::Duration;

use anyhow::{Result, anyhow};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use tokio::time::{Instant, sleep};
use weir_api::Canary;
use weir_api::command::{Command, LastCommand, Request};
use weir_api::names::{COMMAND, nearest};
use weir_kubernetes::client::objects;

use super::Access;
use super::problem::is;
use crate::Refused;
use crate::end::Named;
use crate::progress::words::typed;

/// How long the controller may take to answer. It looks every second, and at once where an annotation changes.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often an answer is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How often a write is tried again where the controller wrote the status in between.
pub(crate) const ATTEMPTS: usize = 20;
/// Name under which the command line writes.
pub(crate) const MANAGER: &str = "weir-cli";

impl Access {
    pub(crate) async fn canary(&self, named: &Named) -> Result<Canary> {
        let found = self.find_canary(named).await?;
        match found {
            Some(canary) => Ok(canary),
            None => Err(self.no_canary(named).await),
        }
    }

    /// One Canary, if it is there.
    pub(crate) async fn find_canary(&self, named: &Named) -> Result<Option<Canary>> {
        let canaries: Api<Canary> = self.api(&named.namespace);
        match canaries.get(&named.name).await {
            Ok(canary) => Ok(Some(canary)),
            Err(kube::Error::Api(status))
                if status.code == 404 && !super::problem::is_kind_unknown(&status) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.problem(&format!("read Canary {named}"), error)),
        }
    }

    /// Every Canary of a namespace, or of all.
    pub(crate) async fn canaries(&self, namespace: Option<&str>) -> Result<Vec<Canary>> {
        let list = objects::<Canary>(&self.client, namespace).list(&ListParams::default()).await;
        Ok(list.map_err(|error| self.problem("list canaries", error))?.items)
    }

    async fn no_canary(&self, named: &Named) -> anyhow::Error {
        let Named { namespace, name } = named;
        let known = match self.canaries(Some(namespace)).await {
            Ok(canaries) => canaries.iter().map(ResourceExt::name_any).collect(),
            Err(_) => Vec::new(),
        };
        let next = match nearest(name, known.iter().map(String::as_str)) {
            Some(meant) => format!("did you mean {meant}?"),
            None if known.is_empty() => {
                format!(
                    "there is none in namespace {namespace}; `weir release {name} --image IMAGE` makes one, `weir list -A` lists all"
                )
            }
            None => format!("there is {}", known.join(", ")),
        };
        let place = &self.place;
        crate::Misconfigured(format!("there is no Canary {named} in {place}: {next}")).into()
    }

    /// Who the API server takes us for; `None` where it does not say.
    async fn user(&self) -> Option<String> {
        let reviews: Api<SelfSubjectReview> = Api::all(self.client.clone());
        let review = reviews.create(&PostParams::default(), &SelfSubjectReview::default()).await.ok()?;
        review.status?.user_info?.username
    }

    /// Asks for something, and waits for the controller's answer.
    pub(crate) async fn ask(&self, named: &Named, command: Command) -> Result<LastCommand> {
        let by = self.user().await;
        let id = request_id();
        let verb = typed(command.verb());
        let canaries: Api<Canary> = self.api(&named.namespace);
        for _ in 0..ATTEMPTS {
            let canary = self.canary(named).await?;
            if let Some(waiting) = unanswered(&canary).filter(|_| command != Command::Abort) {
                return Err(Refused(format!(
                    "{named}: {waiting} was asked for and has no answer yet: wait for it, or abort, which takes its place; {}",
                    controller_hint()
                ))
                .into());
            }
            let request =
                Request { id: id.clone(), command, by: by.clone(), uid: canary.metadata.uid.clone() };
            let patch = json!({"metadata": {
                // Where the object was written meanwhile, it is looked at again: two commands never overwrite each other.
                "resourceVersion": canary.metadata.resource_version,
                "annotations": {COMMAND: request.to_text()},
            }});
            let parameters = PatchParams::apply(MANAGER);
            match canaries.patch_metadata(&named.name, &parameters, &Patch::Merge(patch)).await {
                Ok(_) => return self.answer(named, verb, &id).await,
                Err(error) if is(&error, 409) => {}
                Err(error) => return Err(self.problem(&format!("{verb} {named}"), error)),
            }
        }
        Err(anyhow!("cannot {verb} {named}: the Canary changes all the time: try again"))
    }

    async fn answer(&self, named: &Named, verb: &str, id: &str) -> Result<LastCommand> {
        let deadline = Instant::now() + ANSWER_WITHIN;
        loop {
            let canary = self.canary(named).await?;
            let status = canary.status.clone().unwrap_or_default();
            if let Some(last) = status.last_command.filter(|last| last.id == id) {
                return Ok(last);
            }
            if Instant::now() > deadline {
                let why = if status.message.starts_with("cannot be followed") {
                    status.message
                } else {
                    controller_hint()
                };
                return Err(anyhow!(
                    "{named}: {verb} is written down and has no answer after {} s; it is done once, as soon as the controller follows the Canary: {why}",
                    ANSWER_WITHIN.as_secs()
                ));
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

/// Whether something is being released.
pub(crate) fn is_going_on(canary: &Canary) -> bool {
    canary.status.as_ref().is_some_and(|status| status.phase.is_going_on())
}

/// What to look at where the controller does not answer.
pub(crate) fn controller_hint() -> String {
    "does it run? `kubectl get pods -A -l app.kubernetes.io/name=weir-controller`".to_owned()
}

/// The verb of a command that the controller has not answered.
fn unanswered(canary: &Canary) -> Option<String> {
    let text = canary.annotations().get(COMMAND)?;
    let request = Request::parse(text).ok()?;
    let last = canary.status.as_ref().and_then(|status| status.last_command.as_ref());
    let is_answered = last.is_some_and(|last| last.id == request.id);
    let is_ours = request.uid.is_none() || request.uid == canary.metadata.uid;
    (!is_answered && is_ours).then(|| typed(request.command.verb()).to_owned())
}

/// Another one each time: the time, and who asks.
fn request_id() -> String {
    format!("{:x}-{:x}", jiff::Timestamp::now().as_nanosecond(), std::process::id())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use weir_api::Canary;

    use super::unanswered;

    #[test]
    fn a_command_without_an_answer_is_in_the_way_of_the_next_one() {
        let canary = |annotation: &str, answered: &str| -> Canary {
            serde_json::from_value(json!({
                "apiVersion": "weir.dev/v1alpha1", "kind": "Canary",
                "metadata": {"name": "shop", "uid": "u-1", "annotations": {"weir.dev/command": annotation}},
                "spec": {"targetRef": {"name": "shop"}, "service": "shop", "strategy": {"canary": {"steps": []}}},
                "status": {"lastCommand": {"id": answered, "at": "2026-01-01T00:00:00Z", "accepted": true, "message": ""}},
            }))
            .unwrap()
        };
        let pause = r#"{"id": "2", "verb": "pause"}"#;
        assert_eq!(unanswered(&canary(pause, "1")).as_deref(), Some("pause"));
        assert_eq!(unanswered(&canary(pause, "2")), None);
        assert_eq!(
            unanswered(&canary("nonsense", "1")),
            None,
            "it will be refused, and keeps nobody waiting"
        );
        assert_eq!(unanswered(&canary(r#"{"id": "2", "verb": "pause", "uid": "u-0"}"#, "1")), None);
    }
}
