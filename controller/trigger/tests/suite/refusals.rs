//! Calls that are refused, with their status and a sentence, whoever's they would be.

use serde_json::json;
use weir_trigger::delivery::Limits;
use weir_trigger::{Provider, Refusal, Secret};

use crate::fixture::{KEY, NAME, NEW, OLD, Sent, hex, mac, now, push};

const ALL: [(Provider, &str, &str); 5] = [
    (Provider::GitHub, "push", "x-hub-signature-256"),
    (Provider::GitLab, "Other Hook", "x-gitlab-token"),
    (Provider::Bitbucket, "repo:fork", "x-hub-signature"),
    (Provider::Gitea, "push", "x-gitea-signature"),
    (Provider::Webhook, "", "x-weir-signature"),
];

fn sent(provider: Provider, event: &str) -> Sent {
    Sent::new(provider, event, "d1", &push("refs/heads/main", OLD, NEW))
}

#[test]
fn a_call_without_a_signature_is_refused() {
    for (provider, event, header) in ALL {
        assert!(sent(provider, event).receive().is_ok(), "{provider}");
        let refusal = sent(provider, event).without(header).receive().unwrap_err();
        assert_eq!(refusal.status(), 401, "{provider}");
        assert!(refusal.to_string().contains("is not signed: set a secret in the hook"), "{refusal}");
    }
}

#[test]
fn a_forged_call_is_refused_whatever_its_signature_looks_like() {
    for (provider, event, header) in ALL {
        let wrong = hex(&mac(b"guessed", b"body"));
        for signature in [
            wrong.clone(),
            format!("sha256={wrong}"),
            "sha256=".to_owned(),
            "sha1=00".to_owned(),
            "ä".to_owned(),
            wrong[1..].to_owned(),
        ] {
            let refusal = sent(provider, event).with(header, &signature).receive().unwrap_err();
            assert_eq!(refusal.status(), 401, "{provider} {signature}");
        }
        let mut changed = sent(provider, event);
        changed.body.push(b'\n');
        let is_token = provider == Provider::GitLab;
        assert_eq!(
            changed.receive().is_ok(),
            is_token,
            "{provider}: a token signs nothing, any other signature the body"
        );
    }
}

#[test]
fn a_signature_that_is_there_twice_is_none() {
    for (provider, event, header) in ALL {
        let mut twice = sent(provider, event);
        let value = twice.headers[header].clone();
        twice.headers.append(header, value);
        assert_eq!(twice.receive().unwrap_err().status(), 401, "{provider}");
    }
}

#[test]
fn while_a_secret_is_replaced_both_are_taken_and_an_empty_one_never() {
    for (provider, event, header) in ALL {
        let take =
            |secrets: &[Secret]| sent(provider, event).receive_with(secrets, now(), &Limits::default());
        assert!(take(&[Secret::new("new", b"another"), Secret::new(NAME, KEY)]).is_ok(), "{provider}");
        assert_eq!(take(&[Secret::new("new", b"another")]).unwrap_err().status(), 401, "{provider}");
        assert!(take(&[Secret::new(NAME, b"between us\n")]).is_ok(), "{provider}: files end with a new line");
        for none in [&[][..], &[Secret::new(NAME, b"")], &[Secret::new(NAME, b" \n")]] {
            assert_eq!(take(none), Err(Refusal::NoSecret(provider)), "{provider}");
        }
        let empty = hex(&mac(b"", &sent(provider, event).body));
        let forged = sent(provider, event).with(header, &empty).receive_with(
            &[Secret::new(NAME, b"")],
            now(),
            &Limits::default(),
        );
        assert_eq!(forged.unwrap_err().status(), 401, "{provider}: whoever knows of an empty secret has it");
    }
}

#[test]
fn what_is_too_large_is_refused_before_anything_else_is_done() {
    let limits = Limits { body_bytes: 100, ..Limits::default() };
    for (provider, event, header) in ALL {
        let unsigned = sent(provider, event).without(header);
        let refusal = unsigned.receive_with(&[], now(), &limits).unwrap_err();
        assert_eq!(
            (refusal.status().as_u16(), refusal.clone()),
            (413, Refusal::TooLarge { bytes: unsigned.body.len(), most: 100 })
        );
        let exact = Limits { body_bytes: unsigned.body.len(), ..limits };
        assert_eq!(
            unsigned.receive_with(&[Secret::new(NAME, KEY)], now(), &exact).unwrap_err().status(),
            401
        );
    }
}

#[test]
fn a_genuine_call_that_names_no_delivery_or_no_event_is_unreadable() {
    for (provider, event, missing) in [
        (Provider::GitHub, "push", "x-github-delivery"),
        (Provider::GitHub, "push", "x-github-event"),
        (Provider::GitLab, "Push Hook", "idempotency-key"),
        (Provider::Bitbucket, "repo:push", "x-request-uuid"),
        (Provider::Gitea, "push", "x-gitea-delivery"),
    ] {
        let refusal = sent(provider, event).without(missing).receive().unwrap_err();
        assert_eq!(refusal.status(), 400, "{provider} {missing}");
        assert!(refusal.to_string().contains("is missing, or there twice"), "{refusal}");
    }
}

#[test]
fn a_body_that_is_cut_off_is_named_by_line_and_column() {
    for (provider, event) in [
        (Provider::GitHub, "push"),
        (Provider::GitLab, "Push Hook"),
        (Provider::Bitbucket, "repo:push"),
        (Provider::Gitea, "push"),
        (Provider::Webhook, ""),
    ] {
        let whole = Sent::new(provider, event, "d1", &json!({"ref": "refs/heads/main"}));
        let cut = Sent { body: whole.body[..10].to_vec(), ..whole };
        let hub = format!("sha256={}", hex(&mac(KEY, &cut.body)));
        let at = now().as_second().to_string();
        let ours = [b"d1.", at.as_bytes(), b".", &cut.body].concat();
        let cut = cut
            .with("x-hub-signature-256", &hub)
            .with("x-hub-signature", &hub)
            .with("x-gitea-signature", &hub["sha256=".len()..])
            .with("x-weir-signature", &format!("sha256={}", hex(&mac(KEY, &ours))));
        let refusal = cut.receive().unwrap_err();
        assert_eq!(refusal.status(), 400, "{provider}");
        assert!(refusal.to_string().contains("line 1, column 10"), "{provider}: {refusal}");
    }
}
