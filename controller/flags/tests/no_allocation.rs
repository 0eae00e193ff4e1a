//! Between the context and the evaluation nothing is allocated. A binary of its own, because it counts what the allocator does.

use serde_json::{Value, json};
use weir_flags::{Context, Flag, FlagSpec, ObjectName, Release, evaluate};

#[cfg(test)]
fn flag(rules: &Value) -> Flag {
    let spec =
        json!({ "variants": { "on": { "limit": 10 }, "off": {} }, "defaultVariant": "off", "rules": rules });
    let spec: FlagSpec = serde_json::from_value(spec).unwrap();
    Flag::new(spec, &ObjectName { namespace: "shop".to_owned(), name: "f".to_owned() }).unwrap()
}

#[test]
fn an_evaluation_allocates_nothing() {
    let conditions = json!([
        { "attribute": "email", "suffix": ["@shop.example"] },
        { "attribute": "/plan/name", "in": ["pro", "team"] },
        { "attribute": "app", "semver": ">=2.1.0" },
        { "attribute": "groups", "equals": "beta", "not": true },
    ]);
    let served = [
        json!({ "variant": "on" }),
        json!({ "rollout": { "portions": [{ "variant": "on", "percent": 30 }], "by": "id" } }),
        json!({ "follows": { "canary": "api", "variant": "on" } }),
    ];
    let attributes = json!({ "targetingKey": "user-1", "id": 42, "email": "a@shop.example", "plan": { "name": "pro" }, "app": "2.4.1", "groups": ["x"] });
    let Value::Object(attributes) = attributes else { panic!() };
    let context = Context::new(attributes);
    for mut rule in served {
        rule["if"] = conditions.clone();
        let flag = flag(&json!([rule]));
        let counted = allocation_counter::measure(|| {
            let evaluation = evaluate(&flag, &context, |_| Some(Release::Promoted)).unwrap();
            assert!(evaluation.rule.is_some() && evaluation.metadata().count() > 0);
        });
        assert_eq!(counted.count_total, 0, "{rule}");
    }
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocation_counter::measure(|| drop(std::hint::black_box(Box::new(1)))).count_total, 1);
}
