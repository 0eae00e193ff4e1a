//! Whatever is written as a text has a value within the limits or an error that can be shown, and never a panic.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use weir_expression::{Condition, Limits, Scope, StageFacts, Status, Strictness, Template, evaluate_all};

const LIMITS: Limits = Limits {
    source_bytes: 4_096,
    nesting: 48,
    steps: 20_000,
    value_bytes: 16_384,
    total_bytes: 131_072,
    pattern_bytes: 128,
};

static STRICT: LazyLock<Scope<'static>> = LazyLock::new(|| {
    let now = "2026-01-02T03:04:05Z".parse().unwrap_or_default();
    Scope::new(now, 1)
        .with("trigger", &json!({"properties": {"application": "shop", "empty": "", "none": null}}))
        .with("pods", &json!([{"name": "a", "n": 1}, {"name": "b", "n": 2.5}]))
        .with_stages([StageFacts::new("s", "Canary", Status::Succeeded)])
        .at_stage("s")
});
static LENIENT: LazyLock<Scope<'static>> = LazyLock::new(|| {
    let now = "2026-01-02T03:04:05Z".parse().unwrap_or_default();
    Scope::new(now, 1).with("pods", &json!([1, {"a": "b"}])).with_strictness(Strictness::Lenient)
});

fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + size(value)).sum(),
    }
}

fuzz_target!(|text: &str| {
    for scope in [&*STRICT, &*LENIENT] {
        for text in [text.to_owned(), format!("${{{text}}}")] {
            let evaluated = Template::parse(&text, &LIMITS).and_then(|template| template.evaluate(scope, &LIMITS));
            match evaluated {
                Ok(value) => assert!(size(&value) <= LIMITS.value_bytes.max(text.len()), "{}", size(&value)),
                Err(error) => assert!(error.underlined().contains('^') && error.to_string().len() < 4_096),
            }
            let _ = evaluate_all(&json!({ text: [1] }), scope, &LIMITS);
        }
        let _ = Condition::parse(text, &LIMITS).and_then(|condition| condition.holds(scope, &LIMITS));
    }
});
