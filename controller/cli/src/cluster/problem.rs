//! What the API server refused, in a sentence that says what to do next. Pure.

use anyhow::anyhow;
use kube::core::Status;
use weir_kubernetes::causes;

use crate::Misconfigured;

/// What a request to the API server at `server` that failed means. Its exit code is that of wrong configuration where the user's credentials or rights are
/// wrong, else that of something that cannot be reached.
pub(crate) fn explain(place: &str, server: &str, doing: &str, error: kube::Error) -> anyhow::Error {
    if let kube::Error::Api(status) = error {
        return answered(place, doing, &status);
    }
    if matches!(error, kube::Error::Auth(_)) {
        return unusable(place, &error).into();
    }
    if matches!(error, kube::Error::SerdeError(_)) {
        return anyhow!(
            "cannot {doing}: what answers at {server} is no API server: does `server` in the kubeconfig of {place} name the right one?"
        );
    }
    let said = causes(&error);
    if said.contains("peer certificate") {
        return anyhow!(
            "cannot {doing}: the certificate of {server} is not trusted: {said}: is this the right context, and does its `certificate-authority` belong to \
             the cluster ({place})?"
        );
    }
    anyhow!(
        "cannot {doing}: {place} does not answer at {server}: {said}: is the API server up, and is this the right context? `kubectl cluster-info` asks it too"
    )
}

/// Why there is no client: what the kubeconfig names cannot be had, or gives no credentials.
pub(crate) fn unusable(place: &str, error: &kube::Error) -> Misconfigured {
    let said = causes(error);
    if matches!(error, kube::Error::Auth(_)) {
        let next = "log in again; `kubectl get namespaces` has to work";
        return Misconfigured(format!("{place}: no credentials: {said}: {next}"));
    }
    Misconfigured(format!("{place}: cannot be used: {said}"))
}

fn answered(place: &str, doing: &str, status: &Status) -> anyhow::Error {
    let Status { code, message, .. } = status;
    let message = message.trim();
    match code {
        401 => Misconfigured(format!(
            "{place}: the API server does not accept these credentials: they have expired or are wrong: log in again; `kubectl get namespaces` has to \
             work"
        ))
        .into(),
        403 => Misconfigured(format!(
            "cannot {doing}: {message}: ask an administrator of {place} for this right; `kubectl auth can-i` says what you may do"
        ))
        .into(),
        404 if is_kind_unknown(status) => anyhow!(
            "cannot {doing}: {place} knows no Canaries: Weir is not installed there, or an old version of it: `weir install` installs it"
        ),
        _ => anyhow!("cannot {doing}: {message}"),
    }
}

/// Whether an answer 404 is about the kind, and not about one object of it.
pub(crate) fn is_kind_unknown(status: &Status) -> bool {
    status.code == 404 && status.details.as_ref().is_none_or(|details| details.name.is_empty())
}

/// Whether a request failed with this code of the API server.
pub(crate) fn is(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::explain;
    use crate::Misconfigured;

    /// What is said, and whether it is the user's configuration that is wrong.
    fn said(status: &serde_json::Value) -> (String, bool) {
        let status: Status = serde_json::from_value(status.clone()).unwrap();
        let error =
            explain("context dev", "https://dev", "abort shop/api", kube::Error::Api(Box::new(status)));
        (error.to_string(), error.is::<Misconfigured>())
    }

    #[test]
    fn every_refusal_says_what_to_do_next() {
        let cases = [
            (serde_json::json!({"code": 401, "message": "Unauthorized"}), "log in again", true),
            (
                serde_json::json!({"code": 403, "message": "User \"eve\" cannot patch resource \"canaries\""}),
                "cannot abort shop/api: User \"eve\" cannot patch resource \"canaries\": ask an administrator of context dev",
                true,
            ),
            (
                serde_json::json!({"code": 404, "message": "the server could not find the requested resource"}),
                "`weir install` installs it",
                false,
            ),
            (
                serde_json::json!({"code": 404, "message": "\"api\" not found", "details": {"name": "api"}}),
                "cannot abort shop/api: \"api\" not found",
                false,
            ),
        ];
        for (status, part, is_configuration) in cases {
            let (text, is_misconfigured) = said(&status);
            assert!(text.contains(part), "{part:?} in {text}");
            assert_eq!(is_misconfigured, is_configuration, "{text}");
        }
    }
}
