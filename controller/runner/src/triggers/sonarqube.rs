//! `SonarQube`'s web hook: it starts nothing, and has gates that wait for its task ask now. Nothing of what it says about the gate is believed, so one that is
//! recorded and sent again, or gets lost, changes no result.

use http::request::Parts;
use http::{Method, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use weir_quality::sonar::webhook::{self, Forged};
use weir_quality::{Limits, Source};
use weir_serve::budget;
use weir_serve::respond::json as answer;
use weir_stages::work::SecretKey;

use super::Triggers;
use super::hooks::{Answer, PATIENCE, SILENCE};

/// Longest body, bytes: a gate with a few hundred conditions.
const LARGEST: usize = 256 << 10;
/// Where the secret of a gate has the web hook's.
const KEY: &str = "webhook";

impl Triggers {
    /// Answers a call of `SonarQube`.
    pub(super) async fn analysed(
        &self,
        head: &Parts,
        body: Incoming,
    ) -> Result<Answer, (StatusCode, String)> {
        if head.method != Method::POST {
            return Err((StatusCode::METHOD_NOT_ALLOWED, "hooks are called by POST".to_owned()));
        }
        let limits = budget::Limits { largest: LARGEST, patience: PATIENCE, silence: SILENCE };
        let whole = self.bodies.read(body, limits).await;
        let whole = whole.map_err(|error| (error.status(), error.to_string()))?;
        let body = whole.bytes();
        let signature = head.headers.get(webhook::SIGNATURE).and_then(|value| value.to_str().ok());
        self.is_signed(body, signature)?;
        let source = Source::new("the web hook of SonarQube", body);
        let delivery = webhook::parse(source, &Limits::default())
            .map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
        let woken = delivery.task_id.map_or(0, |task| self.runner.wake(&task));
        Ok(answer(StatusCode::ACCEPTED, &json!({"woken": woken})))
    }

    /// Whether it is signed with the secret of any gate.
    fn is_signed(&self, body: &[u8], signature: Option<&str>) -> Result<(), (StatusCode, String)> {
        let secret = |name| self.runner.secrets().value(&SecretKey { name, key: KEY.to_owned() }).ok();
        let secrets = self.runner.secrets_of_gates().into_iter().filter_map(secret);
        let mut refused = Forged::NoSecret;
        for secret in secrets.filter(|secret| !secret.is_empty()) {
            match webhook::verify(&secret, body, signature) {
                Ok(()) => return Ok(()),
                Err(forged) => refused = forged,
            }
        }
        let why = match refused {
            Forged::NoSecret => {
                format!("no gate of SonarQube has a secret with `{KEY}`: put the web hook's secret there")
            }
            Forged::Unsigned | Forged::Wrong => refused.to_string(),
        };
        Err((StatusCode::UNAUTHORIZED, why))
    }
}
