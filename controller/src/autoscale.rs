//! Rates of requests for autoscalers, as the external and the custom metrics API of Kubernetes have them.
//!
//! ```text
//! sampler    reports of the proxies, while somebody asks
//!   rates      reports -> requests per second by Service and track   pure
//! api        path -> question, rates -> answer                       pure
//!   selector   which labels are meant                                pure
//! ```
//! Nothing is measured while nobody asks: whoever asks first waits for two reports, one second apart.

use std::sync::Arc;

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use http_body_util::Full;

use weir_serve::respond::json;

mod api;
mod rates;
mod sampler;
mod selector;

use api::{Question, Refusal, answer, question};
pub(crate) use sampler::Sampler;

/// Answers a request of a metrics API, which only the API server may make.
pub(crate) async fn serve(uri: &Uri, is_api_server: bool, sampler: &Arc<Sampler>) -> Response<Full<Bytes>> {
    let answered = if is_api_server { asked(uri, sampler).await } else { Err(Refusal::forbidden()) };
    match answered {
        Ok(document) => json(StatusCode::OK, &document),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            json(status, &refusal.document())
        }
    }
}

async fn asked(uri: &Uri, sampler: &Sampler) -> Result<serde_json::Value, Refusal> {
    let question = question(uri.path(), uri.query().unwrap_or_default())?;
    if let Question::Discovery(document) = question {
        return Ok(document);
    }
    let rates = sampler.rates().await.ok_or_else(Refusal::unmeasured)?;
    answer(&question, &rates)
}
