//! A call by HTTP, and the wait for what it began.
//!
//! ```text
//! called     what was answered, kept before anything else is done
//! monitor    where the status is asked for, and how often
//!   meaning    a status -> done, failed, stopped, goes on
//! ```
//! Whoever is killed between the call and the file calls again, with the same `Idempotency-Key`: whoever is called can tell. After the file nobody calls again.

mod called;
mod meaning;
mod monitor;

use http::Method;
use weir_outbound::Question;
use weir_pipeline::event::Fault;
use weir_stages::work::{self as written, Webhook};

use super::{Ended, Job, Outputs};
use crate::attempt::Attempt;
use called::Called;

impl Job {
    pub(super) async fn webhook(&self, attempt: &Attempt, webhook: &Webhook) -> Result<Ended, Fault> {
        if self.cancel.is_cancelled() {
            return Ok(Ended::Stopped);
        }
        tokio::select! {
            // What was called goes on: there is nobody whom it could be told.
            () = self.cancel.cancelled() => Ok(Ended::Stopped),
            outputs = self.called(attempt, webhook) => outputs.map(Ended::Well),
        }
    }

    async fn called(&self, attempt: &Attempt, webhook: &Webhook) -> Result<Outputs, Fault> {
        let question = self.question(webhook)?;
        let called = match attempt.answer().map_err(Fault::infrastructure)? {
            Some(called) => called,
            None => self.call(attempt, webhook, &question).await?,
        };
        let mut outputs = called.outputs();
        if let Some(monitor) = &webhook.monitor {
            let status = self.monitored(monitor, webhook, &called).await?;
            outputs.extend(status.map(|status| ("status".to_owned(), status)));
        }
        Ok(outputs)
    }

    /// The call, and its answer where whoever takes over finds it.
    async fn call(&self, attempt: &Attempt, webhook: &Webhook, question: &Question) -> Result<Called, Fault> {
        let answer = self.ask(question, &webhook.fail_fast).await?;
        let failed_fast = webhook.fail_fast.contains(&answer.status.as_u16());
        if failed_fast || !(answer.status.is_success() || answer.status.is_redirection()) {
            return Err(Fault::work(question.told(&answer)));
        }
        let called = Called::of(question, &answer);
        attempt.write_answer(&called).map_err(Fault::infrastructure)?;
        attempt
            .note(&format!("{} answered {}", question.whom(), answer.status))
            .map_err(Fault::infrastructure)?;
        Ok(called)
    }

    fn question(&self, webhook: &Webhook) -> Result<Question, Fault> {
        let question = Question::new(method(webhook.method), &webhook.url).map_err(Fault::work)?;
        let question = self.with_headers(question, webhook, true)?;
        // Last, so that no header of the stage takes its place.
        let key = self.key.to_string();
        let mut question = question.with("idempotency-key", &key).map_err(Fault::work)?;
        if let Some(payload) = &webhook.payload {
            question = question.with_json(payload);
        }
        Ok(question)
    }

    /// With the header fields of the stage; those from secrets only where `is_trusted`, but hidden in any case.
    fn with_headers(
        &self,
        mut question: Question,
        webhook: &Webhook,
        is_trusted: bool,
    ) -> Result<Question, Fault> {
        for (name, value) in &webhook.headers {
            question = question.with(name, value).map_err(Fault::work)?;
        }
        for (name, key) in &webhook.secrets {
            let value = self.shared.secrets.value(key).map_err(Fault::work)?;
            if is_trusted {
                question = question.with_secret(name, &value, &value).map_err(Fault::work)?;
            } else {
                question.secrets.push(value);
            }
        }
        Ok(question)
    }
}

const fn method(method: written::Method) -> Method {
    match method {
        written::Method::Get => Method::GET,
        written::Method::Post => Method::POST,
        written::Method::Put => Method::PUT,
        written::Method::Patch => Method::PATCH,
        written::Method::Delete => Method::DELETE,
    }
}
