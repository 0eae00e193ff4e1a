//! Whatever is sent is refused or read without a panic; unsigned nothing is read, and what is read can be kept.
#![no_main]

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::Map;
use sha2::Sha256;
use weir_trigger::delivery::{Call, Content, Limits};
use weir_trigger::seen::Bounds;
use weir_trigger::{Event, Provider, Secret, Seen, receive};

const EVENTS: [(Provider, &str, &[&str], &str, &str); 5] = [
    (Provider::GitHub, "x-github-event", &["push", "pull_request"], "x-github-delivery", "x-hub-signature-256"),
    (Provider::GitLab, "x-gitlab-event", &["Push Hook", "Merge Request Hook"], "idempotency-key", "x-gitlab-token"),
    (Provider::Bitbucket, "x-event-key", &["repo:push", "pullrequest:created", "repo:refs_changed", "pr:opened"], "x-request-uuid", "x-hub-signature"),
    (Provider::Gitea, "x-gitea-event", &["push", "pull_request"], "x-gitea-delivery", "x-gitea-signature"),
    (Provider::Webhook, "x-weir-event", &["-"], "x-weir-id", "x-weir-signature"),
];

fuzz_target!(|bytes: &[u8]| {
    let Some(([which, event, split], rest)) = bytes.split_first_chunk::<3>() else { return };
    let (provider, event_header, events, id_header, signature_header) = EVENTS[usize::from(*which) % EVENTS.len()];
    let (id, body) = rest.split_at(usize::from(*split).min(rest.len()));
    let Ok(id) = HeaderValue::from_bytes(id) else { return };
    let now = Timestamp::from_second(1_772_445_600).expect("a time");
    let mut headers = HeaderMap::new();
    headers.insert(event_header, HeaderValue::from_static(events[usize::from(*event) % events.len()]));
    headers.insert("x-weir-timestamp", HeaderValue::from_static("1772445600"));
    headers.insert(id_header, id.clone());
    // Signature, token and body as the fuzzer has them: never genuine.
    headers.insert(signature_header, id.clone());
    let secrets = [Secret::new("s", b"a secret that is not guessed")];
    let limits = Limits::default();
    let forged = receive(&Call { provider, source: "x", headers: &headers, body }, &secrets, now, &limits);
    assert_eq!(forged.expect_err("forged").status(), 401);

    let mut mac = Hmac::<Sha256>::new_from_slice(b"a secret that is not guessed").expect("any length");
    if provider == Provider::Webhook {
        mac.update(id.as_bytes());
        mac.update(b".1772445600.");
    }
    mac.update(body);
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let right = match provider {
        Provider::GitLab => "a secret that is not guessed".to_owned(),
        Provider::Gitea => hex,
        Provider::GitHub | Provider::Bitbucket | Provider::Webhook => format!("sha256={hex}"),
    };
    headers.insert(signature_header, HeaderValue::from_str(&right).expect("a header"));
    match receive(&Call { provider, source: "x", headers: &headers, body }, &secrets, now, &limits) {
        Err(refusal) => assert!(refusal.status().is_client_error() && !refusal.to_string().is_empty()),
        Ok(delivery) => {
            let mut seen = Seen::default();
            assert!(seen.take(&delivery, now, &Bounds::default()).is_ok());
            assert!(seen.take(&delivery, now, &Bounds::default()).is_err());
            if let Content::Events(events) = &delivery.content {
                let kept = serde_json::to_string(events).expect("it can be kept");
                let again: Vec<Event> = serde_json::from_str(&kept).expect("and read again");
                assert_eq!(&again, events);
                events.iter().for_each(|event| assert!(event.trigger(&Map::new()).is_object()));
            }
        }
    }
});
