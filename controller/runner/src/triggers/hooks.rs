//! Calls of web hooks: `POST /hooks/github`, `gitlab`, `bitbucket`, `gitea`, `/hooks/webhook/SOURCE`, and `/hooks/sonarqube`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::json;
use weir_serve::budget;
use weir_serve::respond::json as answer;
use weir_stages::work::SecretKey;
use weir_trigger::definition::Source;
use weir_trigger::delivery::{Call, Content, Limits};
use weir_trigger::{Delivery, Provider, Refusal, Secret, receive};

use super::Triggers;
use super::started::Outcome;

/// What has come of bodies and is not looked at yet, bytes: sixteen of the largest ones.
pub(super) const BODIES: usize = 80 << 20;
/// How long a body may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing of it may come.
pub(super) const SILENCE: Duration = Duration::from_secs(3);

pub(super) type Answer = Response<Full<Bytes>>;

impl Triggers {
    /// Answers a call.
    pub(super) async fn answer(self: &Arc<Self>, request: Request<Incoming>) -> Answer {
        self.called(request).await.unwrap_or_else(|(status, why)| answer(status, &json!({"error": why})))
    }

    async fn called(self: &Arc<Self>, request: Request<Incoming>) -> Result<Answer, (StatusCode, String)> {
        let (head, body) = request.into_parts();
        let path: Vec<&str> = head.uri.path().trim_matches('/').split('/').collect();
        let (provider, source) = match path.as_slice() {
            ["livez" | "readyz"] if head.method == Method::GET => {
                return Ok(answer(StatusCode::OK, &json!({"status": "ok"})));
            }
            ["hooks", "github"] => (Provider::GitHub, ""),
            ["hooks", "gitlab"] => (Provider::GitLab, ""),
            ["hooks", "bitbucket"] => (Provider::Bitbucket, ""),
            ["hooks", "gitea"] => (Provider::Gitea, ""),
            ["hooks", "sonarqube"] => return self.analysed(&head, body).await,
            ["hooks", "webhook", source] => (Provider::Webhook, *source),
            _ => {
                let why = "hooks are called at /hooks/github, gitlab, bitbucket, gitea, sonarqube, or webhook/SOURCE";
                return Err((StatusCode::NOT_FOUND, why.to_owned()));
            }
        };
        if head.method != Method::POST {
            return Err((StatusCode::METHOD_NOT_ALLOWED, "hooks are called by POST".to_owned()));
        }
        let delivery = {
            let limits = budget::Limits {
                largest: Limits::default().body_bytes,
                patience: PATIENCE,
                silence: SILENCE,
            };
            let whole = self.bodies.read(body, limits).await;
            let whole = whole.map_err(|error| (error.status(), error.to_string()))?;
            self.received(&Call { provider, source, headers: &head.headers, body: whole.bytes() })
                .map_err(|refusal| (refusal.status(), refusal.to_string()))?
        };
        // Names of deliveries are the sender's own: two senders may have the same one.
        let sender = if source.is_empty() { provider.to_string() } else { format!("{provider}/{source}") };
        // A sender who does not wait for the answer ends nothing: what was taken is brought to its end.
        let (this, ends) = (Arc::clone(self), self.ends.clone());
        let doing = self
            .tasks
            .spawn(async move { ends.run_until_cancelled(this.delivered(&delivery, &sender)).await });
        let ended =
            || (StatusCode::SERVICE_UNAVAILABLE, "the program is about to end: send it again".to_owned());
        doing.await.ok().flatten().unwrap_or_else(|| Err(ended()))
    }

    fn received(&self, call: &Call<'_>) -> Result<Delivery, Refusal> {
        let secrets = self.secrets(call.provider, call.source);
        let delivery = receive(call, &secrets, self.runner.now(), &Limits::default())?;
        self.memory.take(&delivery, self.runner.now())?;
        Ok(delivery)
    }

    async fn delivered(&self, delivery: &Delivery, sender: &str) -> Result<Answer, (StatusCode, String)> {
        let events = match &delivery.content {
            Content::Events(events) => events,
            Content::Ignored(why) => {
                self.memory.done(delivery);
                return Ok(answer(StatusCode::ACCEPTED, &json!({"ignored": why})));
            }
        };
        let mut all = Outcome::default();
        for (index, event) in events.iter().enumerate() {
            let outcome = self.start(event, &format!("hook/{sender}/{}/{index}", delivery.id)).await;
            all.runs.extend(outcome.runs);
            all.declined.extend(outcome.declined);
            all.failed.extend(outcome.failed);
        }
        if !all.failed.is_empty() {
            self.memory.forget(delivery);
            return Err((StatusCode::SERVICE_UNAVAILABLE, all.failed.join("; ")));
        }
        self.memory.done(delivery);
        Ok(answer(StatusCode::ACCEPTED, &json!({"runs": all.runs, "declined": all.declined})))
    }

    /// Secrets that triggers of such calls name: the value `secret`, and while it is replaced by another one `previous`.
    fn secrets(&self, provider: Provider, source: &str) -> Vec<Secret> {
        let defined = self.defined();
        let triggers = defined.iter().flat_map(|one| &one.triggers).map(|(trigger, _)| &trigger.source);
        let mut names: Vec<&String> = triggers
            .filter_map(|wanted| match (wanted, provider) {
                (Source::GitHub(forge), Provider::GitHub)
                | (Source::GitLab(forge), Provider::GitLab)
                | (Source::Bitbucket(forge), Provider::Bitbucket)
                | (Source::Gitea(forge), Provider::Gitea) => Some(&forge.secret),
                (Source::Webhook(webhook), Provider::Webhook) if webhook.source == source => {
                    Some(&webhook.secret)
                }
                (
                    Source::GitHub(_)
                    | Source::GitLab(_)
                    | Source::Bitbucket(_)
                    | Source::Gitea(_)
                    | Source::Webhook(_)
                    | Source::Git(_)
                    | Source::Cron(_)
                    | Source::Image(_)
                    | Source::Jenkins(_)
                    | Source::Pipeline(_),
                    _,
                ) => None,
            })
            .collect();
        names.sort();
        names.dedup();
        let value = |name: &String, key: &str| {
            let key = SecretKey { name: name.clone(), key: key.to_owned() };
            let value = self.runner.secrets().value(&key).ok()?;
            Some(Secret::new(name.clone(), value.as_bytes()))
        };
        names
            .into_iter()
            .flat_map(|name| ["secret", "previous"].map(|key| value(name, key)))
            .flatten()
            .collect()
    }
}
