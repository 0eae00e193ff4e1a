//! Answers as the protocol has them: golden ones, and each against its schema.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use weir_flags::ofrep::{LONGEST_BODY, Request, answer, serves};
use weir_flags::{Flags, Release, Share};

use crate::fixture::{ALL, body, flags, nowhere, post, post_during, spec_with};
use crate::schema;

fn shop() -> Flags {
    let rollout = json!([{ "rollout": { "portions": [{ "variant": "on", "percent": 100 }] } }]);
    let staff = json!([{ "name": "staff", "if": [{ "attribute": "email", "suffix": ["@shop.example"] }], "variant": "on" }]);
    let follows = json!([{ "follows": { "canary": "api", "variant": "on" } }]);
    flags([
        (
            "static",
            json!({ "variants": { "blue": "#00f" }, "defaultVariant": "blue", "metadata": { "team": "web", "tier": 1, "old": false } }),
        ),
        (
            "disabled",
            json!({ "state": "disabled", "variants": { "few": 3, "many": 30 }, "defaultVariant": "few" }),
        ),
        ("split", spec_with(&rollout)),
        ("staff", spec_with(&staff)),
        ("bound", spec_with(&follows)),
        ("code", json!({ "variants": { "limits": { "perMinute": 0.5 } } })),
        ("broken", json!({ "variants": {} })),
        ("odd", json!({ "key": "a/b ü", "variants": { "x": 1.5 }, "defaultVariant": "x" })),
    ])
}

const BODY: &str = r#"{ "context": { "targetingKey": "user-1", "email": "x@shop.example" } }"#;

/// Each flag's answer, which is one of the single evaluation and of the whole.
fn expected() -> Vec<Value> {
    vec![
        json!({ "key": "a/b ü", "reason": "STATIC", "variant": "x", "value": 1.5, "metadata": {} }),
        json!({ "key": "bound", "reason": "UNKNOWN", "variant": "off", "value": false, "metadata": {
            "weir.reason": "DEFAULT", "weir.rule": "rules[0]", "weir.canary": "shop/api", "weir.note": "there is no such Canary: 0 %" } }),
        json!({ "key": "broken", "errorCode": "PARSE_ERROR", "errorDetails":
            "FeatureFlag shop/broken has a problem: variants: there are 0: give from one to 100 values by name" }),
        json!({ "key": "code", "reason": "STATIC", "metadata": {} }),
        json!({ "key": "disabled", "reason": "DISABLED", "variant": "few", "value": 3, "metadata": {} }),
        json!({ "key": "split", "reason": "SPLIT", "variant": "on", "value": true, "metadata": { "weir.rule": "rules[0]" } }),
        json!({ "key": "staff", "reason": "TARGETING_MATCH", "variant": "on", "value": true, "metadata": { "weir.rule": "staff" } }),
        json!({ "key": "static", "reason": "STATIC", "variant": "blue", "value": "#00f", "metadata": { "team": "web", "tier": 1, "old": false } }),
    ]
}

#[test]
fn one_flag_is_evaluated_as_the_protocol_says() {
    for expected in expected() {
        let key =
            expected["key"].as_str().unwrap().replace('/', "%2F").replace(' ', "%20").replace('ü', "%C3%BC");
        let answer = post(&shop(), &format!("{ALL}/{key}"), BODY.as_bytes(), None);
        assert_eq!(body(&answer), expected);
        assert_eq!(answer.headers()["content-type"], "application/json");
        if expected.get("errorCode").is_some() {
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{key}");
            schema::evaluation_failure(&body(&answer)).unwrap();
        } else {
            assert_eq!(answer.status(), StatusCode::OK, "{key}");
            schema::evaluation_success(&body(&answer)).unwrap();
        }
    }
}

#[test]
fn all_flags_are_evaluated_as_the_protocol_says() {
    let answer = post(&shop(), ALL, BODY.as_bytes(), None);
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(body(&answer), json!({ "flags": expected() }));
    schema::bulk_success(&body(&answer)).unwrap();
    let none = post(&Flags::default(), ALL, b"{}", None);
    assert_eq!(body(&none), json!({ "flags": [] }));
}

#[test]
fn a_flag_that_is_not_there_is_404_of_the_protocol() {
    for key in ["none", "static/x", "", "%2e%2e", "%ff"] {
        let answer = post(&shop(), &format!("{ALL}/{key}?x=1"), b"{}", None);
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{key}");
        schema::flag_not_found(&body(&answer)).unwrap();
    }
    let answer = post(&shop(), &format!("{ALL}/none"), b"{}", None);
    assert_eq!(
        body(&answer),
        json!({ "key": "none", "errorCode": "FLAG_NOT_FOUND", "errorDetails": "no FeatureFlag has this key" })
    );
}

#[test]
fn a_missing_targeting_key_is_400_alone_and_an_entry_among_all() {
    let expected = json!({ "key": "split", "errorCode": "TARGETING_KEY_MISSING",
        "errorDetails": "rules[0] divides users by their targetingKey, and the context has none" });
    for sent in ["{}", r#"{"context":{}}"#, r#"{"context":null}"#, r#"{"context":{"targetingKey":""}}"#] {
        let answer = post(&shop(), &format!("{ALL}/split"), sent.as_bytes(), None);
        assert_eq!((answer.status(), body(&answer)), (StatusCode::BAD_REQUEST, expected.clone()), "{sent}");
        let answer = post(&shop(), ALL, sent.as_bytes(), None);
        assert_eq!((answer.status(), &body(&answer)["flags"][5]), (StatusCode::OK, &expected), "{sent}");
        schema::bulk_success(&body(&answer)).unwrap();
    }
}

#[test]
fn what_cannot_be_read_is_400_whatever_the_flag() {
    let (deep, long) = (format!("{}1{}", "[".repeat(200), "]".repeat(200)), " ".repeat(LONGEST_BODY + 1));
    for (sent, code, status) in [
        ("", "PARSE_ERROR", 400),
        ("{", "PARSE_ERROR", 400),
        ("[{}]", "PARSE_ERROR", 400),
        (deep.as_str(), "PARSE_ERROR", 400),
        (r#"{"context":[]}"#, "INVALID_CONTEXT", 400),
        (r#"{"context":{"targetingKey":7}}"#, "INVALID_CONTEXT", 400),
        (long.as_str(), "GENERAL", 413),
    ] {
        let one = post(&shop(), &format!("{ALL}/none"), sent.as_bytes(), None);
        assert_eq!((one.status().as_u16(), &body(&one)["errorCode"]), (status, &json!(code)), "{sent}");
        assert_eq!(body(&one)["key"], "none");
        schema::evaluation_failure(&body(&one)).unwrap();
        let all = post(&shop(), ALL, sent.as_bytes(), None);
        assert_eq!((all.status().as_u16(), &body(&all)["errorCode"]), (status, &json!(code)), "{sent}");
        schema::bulk_failure(&body(&all)).unwrap();
        assert!(all.headers().get("etag").is_none());
    }
}

#[test]
fn other_paths_and_methods_are_not_answered_with_flags() {
    let headers = HeaderMap::new();
    let ask = |method: &Method, path: &str| {
        answer(&shop(), Request { method, path, headers: &headers, body: b"{}" }, nowhere)
    };
    for path in
        ["/", "/ofrep/v1/configuration", "/ofrep/v1/evaluate/flagsx", "/ofrep/v2/evaluate/flags", "", "ofrep"]
    {
        assert!(!serves(path), "{path}");
        let answer = ask(&Method::POST, path);
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        schema::general_error(&body(&answer)).unwrap();
    }
    for path in [ALL, "/ofrep/v1/evaluate/flags/static", "/ofrep/v1/evaluate/flags?flagConfigEtag=x"] {
        assert!(serves(path), "{path}");
        let answer = ask(&Method::GET, path);
        assert_eq!(
            (answer.status(), answer.headers()["allow"].to_str().unwrap()),
            (StatusCode::METHOD_NOT_ALLOWED, "POST")
        );
        schema::general_error(&body(&answer)).unwrap();
    }
}

#[test]
fn a_bound_flag_is_answered_by_the_weight_of_the_moment() {
    let ask =
        |release| body(&post_during(&shop(), &format!("{ALL}/bound"), BODY.as_bytes(), None, |_| release));
    for (release, value) in [
        (Release::Weight(Share::ZERO), false),
        (Release::Weight(Share::FULL), true),
        (Release::Promoted, true),
        (Release::Aborted, false),
    ] {
        let answer = ask(Some(release));
        assert_eq!((&answer["value"], &answer["reason"]), (&json!(value), &json!("SPLIT")), "{release:?}");
        schema::evaluation_success(&answer).unwrap();
    }
}

#[test]
fn the_callers_own_answers_have_the_protocols_form() {
    use weir_flags::ofrep::answer::{forbidden, too_many_requests, unauthorized};
    assert_eq!((unauthorized().status().as_u16(), forbidden().status().as_u16()), (401, 403));
    assert_eq!(unauthorized().headers()["www-authenticate"], "Bearer");
    for (millis, seconds) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2"), (60_000, "60")] {
        let answer = too_many_requests(Duration::from_millis(millis));
        assert_eq!(
            (answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()),
            (429, seconds),
            "{millis}"
        );
        assert!(answer.body().is_empty());
    }
}

#[test]
fn the_schemas_refuse_what_is_none_of_theirs() {
    let good = json!({ "key": "k", "reason": "STATIC", "value": 1, "variant": "v", "metadata": {} });
    schema::evaluation_success(&good).unwrap();
    for (field, value) in [
        ("reason", json!("DEFAULT")),
        ("value", json!([1])),
        ("value", json!(null)),
        ("metadata", json!(null)),
        ("metadata", json!({ "a": [] })),
        ("extra", json!(1)),
        ("variant", json!(1)),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        assert!(schema::evaluation_success(&bad).is_err(), "{bad}");
    }
    assert!(schema::evaluation_failure(&json!({ "key": "k", "errorCode": "FLAG_NOT_FOUND" })).is_err());
    assert!(schema::evaluation_failure(&json!({ "errorCode": "GENERAL" })).is_err());
    assert!(schema::bulk_success(&json!({ "flags": [{ "key": "k" }] })).is_err());
    assert!(schema::bulk_failure(&json!({})).is_err());
}
