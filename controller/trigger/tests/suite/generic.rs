//! Calls in our own form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::json;
use weir_trigger::Provider::Webhook;
use weir_trigger::delivery::Limits;
use weir_trigger::{Event, Refusal, Secret};

use crate::fixture::{KEY, NAME, Sent, hex, mac, now};

fn sent() -> Sent {
    Sent::new(Webhook, "", "build-41", &json!({"image": "cart:41"}))
}

#[test]
fn a_signed_call_is_its_body() {
    let events = sent().events();
    let [Event::Webhook { source, signed_by, payload }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((source.as_str(), signed_by.as_slice()), ("deploys", &[NAME.to_owned()][..]));
    assert_eq!(payload["image"], "cart:41");
}

#[test]
fn id_time_and_body_are_all_signed() {
    assert_eq!(sent().with("x-weir-id", "build-42").receive(), Err(Refusal::Forged));
    let other_time = (now().as_second() - 1).to_string();
    assert_eq!(sent().with("x-weir-timestamp", &other_time).receive(), Err(Refusal::Forged));
    let mut changed = sent();
    changed.body.push(b' ');
    assert_eq!(changed.receive(), Err(Refusal::Forged));
    for header in ["x-weir-id", "x-weir-timestamp", "x-weir-signature"] {
        assert_eq!(sent().without(header).receive().unwrap_err().status(), 401, "{header}");
    }
}

#[test]
fn a_call_is_genuine_for_five_minutes_before_and_after() {
    let at = |seconds: i64| {
        sent().receive_with(
            &[Secret::new(NAME, KEY)],
            now() + SignedDuration::from_secs(seconds),
            &Limits::default(),
        )
    };
    for near in [-300, 0, 300] {
        assert!(at(near).is_ok(), "{near}");
    }
    for far in [-301, 301, 86_400] {
        let refusal = at(far).unwrap_err();
        assert_eq!(refusal.status(), 401);
        assert!(refusal.to_string().contains("it was sent again, or a clock is wrong"), "{refusal}");
    }
    let refusal = sent().with("x-weir-timestamp", "yesterday").receive().unwrap_err();
    assert_eq!(refusal.status(), 401, "{refusal}");
    assert_eq!(sent().with("x-weir-timestamp", "99999999999999999").receive().unwrap_err().status(), 401);
}

#[test]
fn the_headers_of_standard_webhooks_mean_the_same() {
    let sent = sent().without("x-weir-signature");
    let at = now().as_second().to_string();
    let text = [b"m1.", at.as_bytes(), b".", &sent.body].concat();
    let right = format!("v1,{}", STANDARD.encode(mac(KEY, &text)));
    let old = format!("v1,{}", STANDARD.encode(mac(b"old", &text)));
    let sent = sent.with("webhook-id", "m1").with("webhook-timestamp", &at);
    for signature in [right.clone(), format!("{old} {right}"), format!("v1a,zzz {right}")] {
        let received = sent.clone().with("webhook-signature", &signature).receive();
        assert_eq!(received.map(|delivery| delivery.id), Ok("m1".to_owned()), "{signature}");
    }
    assert_eq!(sent.clone().with("webhook-signature", &old).receive(), Err(Refusal::Forged));
    assert_eq!(sent.clone().with("webhook-signature", "v2,abc").receive().unwrap_err().status(), 401);
    let hexed = format!("v1,{}", hex(&mac(KEY, &text)));
    assert_eq!(
        sent.with("webhook-signature", &hexed).receive().unwrap_err().status(),
        401,
        "hex is not base64"
    );
}

#[test]
fn a_body_that_is_no_json_or_too_deep_to_be_kept_is_refused() {
    let deep = (0..65).fold(json!(1), |inner, _| json!([inner]));
    let refusal = Sent::new(Webhook, "", "x", &deep).receive().unwrap_err();
    assert_eq!(
        (refusal.status().as_u16(), refusal.to_string().contains("nested deeper than 64")),
        (400, true)
    );
    let deep = (0..64).fold(json!(1), |inner, _| json!([inner]));
    assert!(Sent::new(Webhook, "", "x", &deep).receive().is_ok());
}
