//! Whatever is sent is answered, and as the protocol says.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::{Value, json};
use weir_flags::ofrep::serves;
use weir_flags::{Flags, Release};

use crate::fixture::{ALL, body, flags, post, share, spec_with};
use crate::schema;

fn shop() -> Flags {
    let rules = json!([
        { "if": [{ "attribute": "a", "semver": ">=1.0.0" }], "variant": "on" },
        { "if": [{ "attribute": "/b/c", "in": ["x", 1], "not": true }], "variant": "on" },
        { "if": [{ "attribute": "b", "prefix": ["x"] }], "rollout": { "portions": [{ "variant": "on", "percent": 30 }], "by": "a" } },
        { "follows": { "canary": "api", "variant": "on" } },
    ]);
    flags([("f", spec_with(&rules)), ("broken", json!(1))])
}

/// JSON of a bounded depth, with the names that the flags ask for.
fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "(x|v?[0-9]{1,3}(\\.[0-9]{1,3}){0,3}(-[a-z0-9]{0,3})?|\\PC{0,12})".prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let name = prop_oneof!["(a|b|c|context|targetingKey)".boxed(), "\\PC{0,6}".boxed()];
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((name, inner), 0..5).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[track_caller]
fn conforms(path: &str, sent: &[u8]) -> Result<(), String> {
    let answer = post(&shop(), path, sent, None);
    let (status, said) = (answer.status().as_u16(), body(&answer));
    let alone = path != ALL;
    match status {
        200 if alone => schema::evaluation_success(&said),
        200 => schema::bulk_success(&said),
        404 if serves(path) => schema::flag_not_found(&said),
        404 => schema::general_error(&said),
        400 | 413 if alone => schema::evaluation_failure(&said),
        400 | 413 => schema::bulk_failure(&said),
        other => Err(format!("{other}")),
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(sent in vec(any::<u8>(), 0..400)) {
        for path in [ALL, "/ofrep/v1/evaluate/flags/f"] {
            prop_assert_eq!(conforms(path, &sent), Ok(()));
        }
    }

    #[test]
    fn any_json_is_answered(context in tree(), other in tree()) {
        for sent in [json!({ "context": context, "other": other }), context.clone()] {
            let sent = serde_json::to_vec(&sent).unwrap();
            for path in [ALL, "/ofrep/v1/evaluate/flags/f", "/ofrep/v1/evaluate/flags/broken"] {
                prop_assert_eq!(conforms(path, &sent), Ok(()));
            }
        }
    }

    #[test]
    fn any_path_is_answered(path in prop_oneof!["\\PC{0,40}".boxed(), "/ofrep/v1/evaluate/flags[/?#]\\PC{0,30}".boxed(), "/ofrep/v1/evaluate/flags/(%[0-9a-f]{2}|%|[a-z/]){0,12}".boxed()]) {
        if path.split(['?', '#']).next() != Some(ALL) {
            prop_assert_eq!(conforms(&path, b"{}"), Ok(()), "{}", path);
        }
    }

    #[test]
    fn any_spec_is_a_flag_or_has_problems(spec in tree(), weight in 0_u16..=10_000) {
        let flags = flags([("f", spec)]);
        let context = crate::fixture::user("u");
        for (key, result) in flags.evaluate_all(&context, |_| Some(Release::Weight(share(weight)))) {
            prop_assert!(result.is_ok() || !flags.problems().is_empty(), "{}", key);
        }
    }
}
