//! Whatever is sent is answered without a panic, with a status of the protocol and JSON, and a known tag with 304.
#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, Method, header};
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use weir_flags::ofrep::{Request, answer};
use weir_flags::{Flags, Object, ObjectName, Release};

static FLAGS: LazyLock<Flags> = LazyLock::new(|| {
    let spec = json!({
        "variants": { "on": { "a": 1.5 }, "off": {} },
        "defaultVariant": "off",
        "rules": [
            { "if": [{ "attribute": "v", "semver": "^1.2.3" }], "variant": "on" },
            { "if": [{ "attribute": "/a/b", "in": ["x", 1], "not": true }, { "attribute": "s", "suffix": ["x"] }], "variant": "on" },
            { "if": [{ "attribute": "s", "prefix": ["x"] }], "rollout": { "portions": [{ "variant": "on", "percent": 50 }], "by": "a" } },
            { "follows": { "canary": "api", "variant": "on" } },
        ],
    });
    let name = ObjectName { namespace: "shop".to_owned(), name: "f".to_owned() };
    Flags::new([Object { name, created_seconds: 0, spec }])
});

fuzz_target!(|sent: (&str, &[u8], &[u8])| {
    let (path, known, body) = sent;
    let mut headers = HeaderMap::new();
    headers.extend(header::HeaderValue::from_bytes(known).ok().map(|known| (header::IF_NONE_MATCH, known)));
    let ask = |path: &str, headers: &HeaderMap| {
        answer(&FLAGS, Request { method: &Method::POST, path, headers, body }, |_| Some(Release::Promoted))
    };
    for path in [path, "/ofrep/v1/evaluate/flags/f", "/ofrep/v1/evaluate/flags"] {
        let answer = ask(path, &headers);
        match answer.status().as_u16() {
            304 => assert!(answer.body().is_empty()),
            200 | 400 | 404 | 413 => assert!(serde_json::from_slice::<Value>(answer.body()).is_ok_and(|body| body.is_object())),
            other => panic!("{other}"),
        }
        if let Some(tag) = answer.headers().get(header::ETAG) {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, tag.clone())]);
            assert_eq!(ask(path, &headers).status(), 304);
        }
    }
});
