//! From the front door: events in, messages out.
#![cfg(test)]

mod cloud_event;
mod fixture;
mod mail;
mod slack;

use weir_notify::signature;

/// The example of the libraries of Standard Webhooks; the value by another implementation of HMAC.
#[test]
fn a_signature_is_that_of_standard_webhooks() {
    let (id, at) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", jiff::Timestamp::from_second(1_614_265_330).unwrap());
    let body = br#"{"test": 2432232314}"#;
    let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(signature::of(key, id, at, body), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    for other in [
        signature::of("any other text", id, at, body),
        signature::of(key, "another", at, body),
        signature::of(key, id, jiff::Timestamp::UNIX_EPOCH, body),
        signature::of(key, id, at, b"{}"),
    ] {
        assert_ne!(other, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
