//! Whatever is written: no panic, no more than the limits, and the same answer again.

use proptest::prelude::*;
use serde_json::Value;
use weir_expression::{Limits, Strictness, Template, evaluate_all};

use crate::fixture::{scope, value_of};

/// Pieces that expressions are made of, so that what is drawn is often one.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "trigger", "pods", "parameters", "replicas", ".name", ".properties", "['a']", "[0]", "?.x", "?:", "1", "2.5", "'a'",
            "'b c'", "true", "null", "+", "-", "*", "/", "%", "^", "==", "!=", "<", ">=", " and ", " or ", "!", "?", ":", "(", ")",
            "{", "}", ",", ".?[", ".^[", ".$[", ".![", "]", "#this", "#root", "#stage('s1')", "#toJson(", "#readYaml(", "T(Math)",
            ".max(1,2)", ".size()", ".trim()", ".repeat(9)", ".split('')", " matches ", " instanceof ", "new Date()", "${", "}",
            ".toString()", "'$'", " ", "T(LocalDate).now()", ".format(", "T(String)", ".replaceAll('a','b')",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn small() -> Limits {
    Limits {
        source_bytes: 2_000,
        nesting: 20,
        steps: 5_000,
        value_bytes: 4_000,
        total_bytes: 20_000,
        pattern_bytes: 50,
    }
}

/// How large a document is: its texts and its values.
fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + size(value)).sum(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn whatever_is_written_has_a_value_within_the_limits_or_an_error_that_can_be_shown(
        pieces in prop::collection::vec(piece(), 0..14),
    ) {
        let expression = pieces.concat();
        let (limits, scope) = (small(), scope());
        for text in [format!("${{{expression}}}"), format!("a {expression} b")] {
            let evaluate = || Template::parse(&text, &limits).and_then(|template| template.evaluate(&scope, &limits));
            let first = evaluate();
            prop_assert_eq!(&first, &evaluate(), "a second look says the same");
            match first {
                Ok(value) => prop_assert!(size(&value) <= limits.value_bytes.max(text.len()), "{} of {}", size(&value), text),
                Err(error) => {
                    let shown = error.underlined();
                    prop_assert!(shown.contains('^') && error.place().column() >= 1, "{}", shown);
                }
            }
        }
    }

    #[test]
    fn lenient_documents_always_have_a_value(pieces in prop::collection::vec(piece(), 0..10)) {
        let text = format!("a ${{{}}}", pieces.concat());
        let lenient = scope().with_strictness(Strictness::Lenient);
        let evaluated = evaluate_all(&Value::from(text.as_str()), &lenient, &small()).unwrap();
        if !evaluated.summary.is_empty() {
            prop_assert!(evaluated.value.is_string());
        }
    }

    #[test]
    fn a_document_without_expressions_stays_as_it_is(text in "[^$]*", number: i64, flag: bool) {
        let document = serde_json::json!({text.clone(): [text, number, flag, null]});
        prop_assert_eq!(evaluate_all(&document, &scope(), &small()).unwrap().value, document);
    }

    #[test]
    fn whole_numbers_calculate_as_rust_does(a in -1_000_000_i64..1_000_000, b in -1_000_i64..1_000, c in 1_i64..1_000) {
        let value = value_of(&format!("({a}) + ({b}) * {c} - ({a}) / {c} + ({b}) % {c}"), &scope()).unwrap();
        prop_assert_eq!(value, serde_json::json!(a + b * c - a / c + b % c));
    }

    #[test]
    fn a_text_in_quotes_is_itself(text: String) {
        let value = value_of(&format!("'{}'", text.replace('\'', "''")), &scope()).unwrap();
        prop_assert_eq!(value, serde_json::json!(text));
    }

    #[test]
    fn json_that_is_written_is_read_again(texts in prop::collection::vec("[^$]*", 0..5), number: i32) {
        let scope = scope().with("it", &serde_json::json!({"texts": texts, "number": number}));
        prop_assert_eq!(value_of("#readJson(#toJson(it)) == it", &scope).unwrap(), true);
        prop_assert_eq!(value_of("#readYaml(#toJson(it)).number == it.number", &scope).unwrap(), true);
    }
}
