//! Pipelines as files.

use proptest::prelude::*;
use serde_json::{Value, json};
use weir_stages::{read, render, template};

use crate::fixture::{object, pipeline, sound};

#[test]
fn what_a_template_makes_can_be_kept_instead_of_the_call() {
    let builtin = template::builtin("nodejs-api").unwrap();
    let values =
        object(&json!({"name": "shop", "registry": "r", "containers": [{"name": "db", "run": "a\nb\n"}]}));
    let text = builtin.render(&values).unwrap();
    assert_eq!(pipeline(&text).pipeline.unwrap(), builtin.call(&values).unwrap(), "{text}");
    assert!(text.starts_with("---\napiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata:\n  name: nodejs-api\nspec:\n  description: "), "{text}");
    assert!(text.contains("\n    - name: Checkout\n      checkout: {}\n"), "{text}");
    assert!(text.contains("run: |\n"), "scripts stay lines: {text}");
    assert!(builtin.render(&object(&json!({}))).is_err());
}

#[test]
fn triggers_are_kept_too() {
    let text = "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: shop}\nspec: {triggers: [{type: git, branch: main}], stages: [{name: A, wait: 5s}]}";
    let written = pipeline(text);
    let rendered = render::document("shop", &written.triggers, written.pipeline.as_ref().unwrap());
    assert_eq!(pipeline(&rendered), written, "{rendered}");
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~\n\t]{0,20}",
        prop::sample::select(vec![
            "yes",
            "no",
            "~",
            "null",
            "1e3",
            "0x1f",
            "1:30",
            "- a",
            "a: b",
            "#",
            "a #b",
            "|",
            "---",
            "...",
            "\n",
            " \n a",
            "a\n\n",
            "&a",
            "*a",
            "!a",
            "%a",
            "@a",
            "`a",
            "\u{feff}",
            "\r\n",
            "\u{85}",
            "2026-01-02",
            "",
            " ",
            "'",
            "\"",
            "\\",
            ".inf",
            "=",
            "<<",
            "true",
        ])
        .prop_map(str::to_owned),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e12..1e12).prop_map(|number: f64| json!(number)),
        texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(texts(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn has_expression(value: &Value) -> bool {
    value.to_string().contains("${")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn whatever_stands_in_a_pipeline_is_read_back_as_it_was(value in values()) {
        prop_assume!(!has_expression(&value));
        let written = json!({"stages": [{"name": "A", "variables": [{"key": "a", "value": value}]}]});
        let made: weir_pipeline::Pipeline<weir_stages::Work> = serde_json::from_value(written).unwrap();
        let text = render::document("shop", &[], &made);
        let (file, problems) = read(&text);
        prop_assert!(problems.is_empty(), "{problems:?}\n{text}");
        prop_assert_eq!(file.pipelines[0].pipeline.as_ref(), Some(&made), "{}", text);
    }

    #[test]
    fn whatever_is_read_is_answered(text in "[a-z:{}\\[\\]$#'\"&*| \n-]{0,200}") {
        let (_, problems) = read(&text);
        for problem in problems {
            let line = weir_stages::lines::of(&text, &problem.path);
            prop_assert!(line.is_none_or(|line| line <= text.lines().count() + 1));
        }
    }
}

#[test]
fn names_and_scripts_of_every_kind_are_kept() {
    let text = "apiVersion: weir.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: shop}\nspec:\n  stages:\n  - name: '5'\n    step:\n      run: |\n        echo '${HOME}'\n\n        exit 0\n      env: {A: 'yes', B: '5'}\n";
    let first = sound(text).pipelines.remove(0);
    let rendered = render::document("shop", &[], first.pipeline.as_ref().unwrap());
    assert_eq!(pipeline(&rendered).pipeline, first.pipeline, "{rendered}");
}
