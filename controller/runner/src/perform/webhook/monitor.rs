//! What a call began, asked until it is done.

use http::{Method, Uri};
use jsonpath_rust::JsonPath;
use serde_json::Value;
use tokio::time::Instant;
use weir_outbound::client::CallError;
use weir_outbound::question::{Question, may_pass};
use weir_pipeline::event::{Fault, News};
use weir_stages::work::{Monitor, StatusUrl, Webhook};

use super::super::Job;
use super::called::{self, Called};
use super::meaning::{Meaning, meaning};

impl Job {
    /// The status that it is done with, where one is asked for.
    pub(super) async fn monitored(
        &self,
        monitor: &Monitor,
        webhook: &Webhook,
        called: &Called,
    ) -> Result<Option<Value>, Fault> {
        let url = status_url(monitor, webhook, called)?;
        let question = Question::new(Method::GET, &url).map_err(Fault::work)?;
        // Who answers may name any address: secrets go only where the stage itself says.
        let is_trusted = matches!(monitor.url, StatusUrl::At(_)) || same_origin(&question.uri, &webhook.url);
        let question = self.with_headers(question, webhook, is_trusted)?;
        let mut shown = None;
        loop {
            let body = self.status_of(monitor, &question).await?;
            let progress = monitor.progress_path.as_deref().and_then(|path| text(&one(path, &body).ok()?));
            let Some(path) = &monitor.status_path else { return Ok(None) };
            let status = one(path, &body).map_err(Fault::work)?;
            let stands = meaning(&status, &monitor.statuses).ok_or_else(|| {
                Fault::work(format!("{path} of what {} answers is no status", question.whom()))
            })?;
            let words = progress.unwrap_or_else(|| percent(&status));
            match stands {
                Meaning::Done => return Ok(Some(status)),
                Meaning::Failed => return Err(Fault::work(format!("it failed there: {words}"))),
                Meaning::Stopped => return Err(Fault::work(format!("somebody stopped it there: {words}"))),
                Meaning::GoesOn => {}
            }
            if shown.as_ref() != Some(&words) {
                self.tell(News::Progress(words.clone())).await;
                shown = Some(words);
            }
            tokio::time::sleep(monitor.every.duration()).await;
        }
    }

    /// The next good answer. What may pass is waited for as long as after a call.
    async fn status_of(&self, monitor: &Monitor, question: &Question) -> Result<Value, Fault> {
        let patience = self.shared.options.patience;
        let until = Instant::now() + patience.within;
        loop {
            let passes = match self.ask_once(question).await {
                Ok(answer) if answer.status.is_success() => return Ok(called::body(question, &answer)),
                Ok(answer) if may_pass(answer.status) => question.told(&answer),
                Ok(answer) => return Err(Fault::work(question.told(&answer))),
                Err(error @ (CallError::Untrusting(_) | CallError::Untrusted(_))) => {
                    return Err(Fault::infrastructure(question.without_answer(&error.to_string())));
                }
                Err(error @ CallError::TooLong(_)) => {
                    return Err(Fault::work(question.without_answer(&error.to_string())));
                }
                Err(error @ (CallError::Unreachable(_) | CallError::Broken(_) | CallError::Late(_))) => {
                    question.without_answer(&error.to_string())
                }
            };
            let pause = monitor.every.duration().max(patience.again);
            if Instant::now() + pause > until {
                return Err(Fault::infrastructure(format!("{passes} (asked for {:?})", patience.within)));
            }
            tokio::time::sleep(pause).await;
        }
    }
}

/// Where the status is asked for.
fn status_url(monitor: &Monitor, webhook: &Webhook, called: &Called) -> Result<String, Fault> {
    match &monitor.url {
        StatusUrl::Same => Ok(webhook.url.clone()),
        StatusUrl::At(url) => Ok(url.clone()),
        StatusUrl::Location => {
            let location = called.location.as_deref();
            let location = location
                .ok_or_else(|| Fault::work("the answer has no Location, where its status would be"))?;
            absolute(location, &webhook.url)
        }
        StatusUrl::Answer(path) => {
            let found = one(path, &called.body).map_err(Fault::work)?;
            let url =
                found.as_str().ok_or_else(|| Fault::work(format!("{path} of the answer is no address")))?;
            absolute(url, &webhook.url)
        }
    }
}

/// An address that may be given from the root of the other one's server.
fn absolute(given: &str, of: &str) -> Result<String, Fault> {
    if given.starts_with("http://") || given.starts_with("https://") {
        return Ok(given.to_owned());
    }
    let of: Option<Uri> = of.parse().ok();
    let origin = of.as_ref().and_then(|of| Some((of.scheme_str()?, of.authority()?)));
    match origin {
        Some((scheme, authority)) if given.starts_with('/') && !given.starts_with("//") => {
            Ok(format!("{scheme}://{authority}{given}"))
        }
        _ => Err(Fault::work(format!("{given:?} is no address: it begins with http://, https:// or /"))),
    }
}

fn same_origin(one: &Uri, other: &str) -> bool {
    let other: Option<Uri> = other.parse().ok();
    other.is_some_and(|other| one.scheme() == other.scheme() && one.authority() == other.authority())
}

/// The one value at a `JSONPath`.
fn one(path: &str, body: &Value) -> Result<Value, String> {
    let found = body.query(path).map_err(|error| format!("{path:?} is no JSONPath: {error}"))?;
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(format!("there is nothing at {path} of the answer")),
        [..] => Err(format!("there are {} values at {path} of the answer, and one is a status", found.len())),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        Value::Number(_) | Value::Bool(_) | Value::Array(_) | Value::Object(_) => Some(value.to_string()),
    }
}

/// A status for people.
fn percent(status: &Value) -> String {
    if status.is_number() { format!("{status} %") } else { text(status).unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{absolute, one, same_origin};

    #[test]
    fn an_address_may_be_given_from_the_root() {
        let call = "https://deploy.test:8443/api/jobs?x=1";
        assert_eq!(absolute("/jobs/7", call).unwrap(), "https://deploy.test:8443/jobs/7");
        assert_eq!(absolute("http://else.test/7", call).unwrap(), "http://else.test/7");
        for wrong in ["jobs/7", "//else.test/7", "", "ftp://else.test"] {
            assert!(absolute(wrong, call).unwrap_err().message.contains("is no address"), "{wrong}");
        }
        assert!(same_origin(&"https://deploy.test:8443/jobs/7".parse().unwrap(), call));
        for other in ["http://deploy.test:8443/", "https://deploy.test/", "https://else.test:8443/"] {
            assert!(!same_origin(&other.parse().unwrap(), call), "{other}");
        }
    }

    #[test]
    fn one_value_is_a_status() {
        let body = json!({"job": {"state": "running"}, "all": [1, 2]});
        assert_eq!(one("$.job.state", &body), Ok(json!("running")));
        assert!(one("$.job.phase", &body).unwrap_err().contains("nothing at $.job.phase"));
        assert!(one("$.all[*]", &body).unwrap_err().contains("2 values"));
        assert!(one("job.state[", &body).unwrap_err().contains("no JSONPath"));
    }
}
