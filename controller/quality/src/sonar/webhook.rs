//! SonarQube's web hook: the gate, sent when it is done. It has to be answered within 10 s.
//!
//! With a secret it is signed: `X-Sonar-Webhook-HMAC-SHA256` is HMAC-SHA256 of the body in hexadecimal digits.
//! <https://docs.sonarsource.com/sonarqube-server/project-administration/webhooks>

use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::error::{Error, Fault};
use crate::excerpt::quoted;
use crate::gate::{ProjectResult, Verdict};
use crate::sonar::condition::{self, Answered};
use crate::source::{Limits, Source};

/// The header of the signature.
pub const SIGNATURE: &str = "X-Sonar-Webhook-HMAC-SHA256";

/// Why a delivery is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forged {
    /// No secret is set up, so nothing can be checked.
    #[error("the secret of the web hook is empty: set one here and in SonarQube")]
    NoSecret,
    /// It is not signed.
    #[error("there is no header {SIGNATURE}: set a secret at the web hook in SonarQube")]
    Unsigned,
    /// The signature is of another body or secret.
    #[error(
        "{SIGNATURE} does not fit: the secret here and in SonarQube are not the same, or somebody else sent it"
    )]
    Wrong,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The task it is about; compare it with that of the scanner.
    pub task_id: Option<String>,
    /// The project's key.
    pub project: String,
    /// The branch, or the number of a pull request.
    pub branch: Option<String>,
    /// The commit.
    pub revision: Option<String>,
    /// The gate. Of an analysis that failed or was given up it is an error.
    pub result: ProjectResult,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    task_id: Option<String>,
    status: String,
    #[serde(default)]
    revision: Option<String>,
    project: Project,
    #[serde(default)]
    branch: Option<Branch>,
    #[serde(default)]
    quality_gate: Option<QualityGate>,
}

#[derive(Deserialize)]
struct Project {
    key: String,
}

#[derive(Deserialize)]
struct Branch {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize)]
struct QualityGate {
    status: String,
    #[serde(default)]
    conditions: Vec<Condition>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    metric: String,
    operator: String,
    status: String,
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    error_threshold: Option<String>,
    #[serde(default)]
    warning_threshold: Option<String>,
}

/// Checks who sent a body, in constant time. Do it before anything is read of it.
///
/// # Errors
/// When it is not signed with the secret.
pub fn verify(secret: &str, body: &[u8], signature: Option<&str>) -> Result<(), Forged> {
    if secret.is_empty() {
        return Err(Forged::NoSecret);
    }
    let digits = signature.map(str::trim).filter(|digits| !digits.is_empty()).ok_or(Forged::Unsigned)?;
    let signed = bytes_of(digits).ok_or(Forged::Wrong)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Forged::NoSecret)?;
    mac.update(body);
    mac.verify_slice(&signed).map_err(|_| Forged::Wrong)
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = digits.chars().map(|digit| digit.to_digit(16)).collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    let is_whole = pairs.remainder().is_empty();
    let bytes = pairs.map(|pair| u8::try_from(pair.iter().fold(0, |byte, digit| byte * 16 + digit)).ok());
    is_whole.then(|| bytes.collect()).flatten()
}

/// Reads a body.
///
/// # Errors
/// When it is no delivery, or one without a gate that says it succeeded.
pub fn parse(source: Source<'_>, limits: &Limits) -> Result<Delivery, Error> {
    let written: Written = super::document(source, limits, "a web hook of SonarQube")?;
    let Written { task_id, status, revision, project: Project { key }, branch, quality_gate } = written;
    let branch = branch.and_then(|branch| branch.name);
    let unknown = |field: String, found: &str| {
        let expected = "one that SonarQube is known to have";
        source.error(Fault::Value { field, found: quoted(found), expected })
    };
    let result = match (status.as_str(), quality_gate) {
        ("SUCCESS", Some(QualityGate { status, conditions })) => {
            let verdict = condition::verdict(&status);
            let verdict = verdict.ok_or_else(|| unknown("qualityGate.status".to_owned(), &status))?;
            let mut results = Vec::new();
            for (index, written) in conditions.into_iter().enumerate() {
                let Condition {
                    metric,
                    operator: comparator,
                    status,
                    value,
                    error_threshold,
                    warning_threshold,
                } = written;
                let (error, warning) = (error_threshold, warning_threshold);
                let answered = Answered { metric, status, comparator, value, error, warning };
                let field = format!("qualityGate.conditions[{index}]");
                results.push(answered.result().map_err(|found| unknown(field, &found))?);
            }
            condition::project(&key, verdict, results, Vec::new())
        }
        ("SUCCESS", None) => {
            let note = "the delivery has no quality gate: no result is no pass".to_owned();
            condition::project(&key, Verdict::None, Vec::new(), vec![note])
        }
        ("FAILED" | "CANCELED", _) => {
            let note = format!("the analysis ended as {status}: there is no result");
            condition::project(&key, Verdict::Error, Vec::new(), vec![note])
        }
        (other, _) => return Err(unknown("status".to_owned(), other)),
    };
    Ok(Delivery { task_id, project: key, branch, revision, result })
}
