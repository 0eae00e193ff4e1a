//! Selection and projection.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn elements_are_selected_by_a_condition_on_them() {
    values(&[
        ("{1, 2, 3, 4}.?[#this > 2]", json!([3, 4])),
        ("{1, 2, 3, 4}.^[#this > 2]", json!(3)),
        ("{1, 2, 3, 4}.$[#this > 2]", json!(4)),
        ("{1, 2}.?[#this > 2]", json!([])),
        ("{1, 2}.^[#this > 2] == null", json!(true)),
        ("pods.?[ready].size()", json!(2)),
        ("pods.?[not ready][0].name", json!("b")),
        ("pods.?[ready and restarts > 1].![name]", json!(["c"])),
        ("pods.^[name == 'b'].restarts", json!(2)),
        ("pods.$[ready].name", json!("c")),
        ("pods.?[restarts >= #root.replicas].![name]", json!(["c"])),
        ("pods.?[['name'] == 'a'].![name]", json!(["a"])),
        ("{a: 1, b: 2, c: 3}.?[value > 1]", json!({"b": 2, "c": 3})),
        ("{a: 1, b: 2}.?[key == 'a']", json!({"a": 1})),
        ("{a: 1, b: 2}.^[value > 0]", json!({"a": 1})),
        ("{a: 1, b: 2}.$[value > 0]", json!({"b": 2})),
        ("{a: 1}.^[value > 5] == null", json!(true)),
        ("{1, 2, 3}.?[{2, 3}.contains(#this)]", json!([2, 3])),
        ("{'ab', 'b'}.?[startsWith('a')]", json!(["ab"])),
    ]);
}

#[test]
fn every_element_is_projected() {
    values(&[
        ("pods.![name]", json!(["a", "b", "c"])),
        ("pods.![name + ':' + restarts]", json!(["a:0", "b:2", "c:5"])),
        ("{1, 2}.![#this * #root.replicas]", json!([3, 6])),
        ("{a: 1, b: 2}.![key + '=' + value]", json!(["a=1", "b=2"])),
        ("{{1, 2}, {3}}.![#this.![#this * 2]]", json!([[2, 4], [6]])),
        ("{}.![#this]", json!([])),
        ("T(String).join(', ', pods.![name])", json!("a, b, c")),
        ("pods.![{n: name, ok: ready}].?[ok].![n]", json!(["a", "c"])),
        ("pods.![restarts ?: 0]", json!([0, 2, 5])),
    ]);
}

#[test]
fn what_cannot_be_selected_or_projected_is_refused() {
    errors(&[
        ("'abc'.?[true]", "selection does not work on a text"),
        ("5.![#this]", "projection does not work on an integer"),
        ("pods.?[restarts]", "a condition is true or false, and this is an integer"),
        ("pods.?[redy]", "no key \"redy\" in the element (elsewhere: #root); did you mean \"ready\"?"),
        ("pods.![nam]", "no key \"nam\" in the element (elsewhere: #root); did you mean \"name\"?"),
        ("pods.![replicas]", "no key \"replicas\" in the element (elsewhere: #root)"),
        ("{1, 2}.![name]", "no key \"name\" in the element (elsewhere: #root)"),
        ("trigger.properties.nothing.?[true]", "trigger.properties.nothing is null"),
        ("{1, 0}.![1 / #this]", "division by zero"),
        ("pods.?[ready", "] is needed"),
    ]);
}
