//! Others, asked by HTTP until they answer: what may pass is tried again.

use http::Method;
use tokio::time::Instant;
use weir_outbound::client::{Answer, CallError, Limits};
use weir_outbound::question::{Question, may_pass};
use weir_pipeline::event::Fault;

use super::Job;

/// Longest answer that is read, bytes.
const LONGEST: usize = 1 << 20;
impl Job {
    /// What is answered. Asked again after what may pass: no connection, 5xx and 429 (not those of `final_statuses`); where the other side may have heard of it, only
    /// where asking twice is asking once.
    pub(super) async fn ask(&self, question: &Question, final_statuses: &[u16]) -> Result<Answer, Fault> {
        self.ask_until_answered(question, final_statuses, is_repeatable(&question.method)).await
    }

    /// The same for what is the same however often it is asked, whatever its method says.
    pub(super) async fn ask_same(&self, question: &Question) -> Result<Answer, Fault> {
        self.ask_until_answered(question, &[], true).await
    }

    async fn ask_until_answered(
        &self,
        question: &Question,
        final_statuses: &[u16],
        is_repeatable: bool,
    ) -> Result<Answer, Fault> {
        let patience = self.shared.options.patience;
        let until = Instant::now() + patience.within;
        loop {
            let passes = match self.ask_once(question).await {
                Ok(answer)
                    if may_pass(answer.status) && !final_statuses.contains(&answer.status.as_u16()) =>
                {
                    question.told(&answer)
                }
                Ok(answer) => return Ok(answer),
                Err(CallError::Unreachable(error)) => question.without_answer(&error),
                Err(error @ (CallError::Broken(_) | CallError::Late(_))) if is_repeatable => {
                    question.without_answer(&error.to_string())
                }
                Err(error @ (CallError::Broken(_) | CallError::Late(_))) => {
                    let what = question.without_answer(&error.to_string());
                    // Another attempt has another key, so nobody makes it unless the stage asks for that.
                    return Err(Fault::work(format!("{what}; nobody knows whether it was done")));
                }
                // Whom this machine trusts is no fault of the work, and nothing that passes by itself.
                Err(error @ (CallError::Untrusting(_) | CallError::Untrusted(_))) => {
                    return Err(Fault::infrastructure(question.without_answer(&error.to_string())));
                }
                Err(error @ CallError::TooLong(_)) => {
                    return Err(Fault::work(question.without_answer(&error.to_string())));
                }
            };
            if Instant::now() + patience.again > until {
                return Err(Fault::infrastructure(format!("{passes} (tried for {:?})", patience.within)));
            }
            tracing::debug!(key = %self.key, %passes, "asked again");
            tokio::time::sleep(patience.again).await;
        }
    }

    pub(super) async fn ask_once(&self, question: &Question) -> Result<Answer, CallError> {
        let limits = Limits { deadline: self.shared.options.patience.deadline, body_bytes: LONGEST };
        self.shared.client.call(question.request(), limits).await
    }
}

/// Whether asking twice is asking once (RFC 9110, 9.2.2).
fn is_repeatable(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::PUT | Method::DELETE)
}
