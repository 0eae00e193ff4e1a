//! Methods of lists and maps.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn lists_are_looked_at() {
    values(&[
        ("{1, 2}.size()", json!(2)),
        ("{1, 2}.length()", json!(2)),
        ("{}.isEmpty()", json!(true)),
        ("{1, 2}.get(1)", json!(2)),
        ("{1, 2}.getFirst()", json!(1)),
        ("{1, 2}.getLast()", json!(2)),
        ("{1, 2}.contains(2)", json!(true)),
        ("{1, 2}.contains(2.0)", json!(true)),
        ("{1, 2}.contains('2')", json!(false)),
        ("{1, 2, 3}.containsAll({3, 1})", json!(true)),
        ("{1, 2, 3}.containsAll({4})", json!(false)),
        ("{'a', 'b', 'a'}.indexOf('a')", json!(0)),
        ("{'a', 'b', 'a'}.lastIndexOf('a')", json!(2)),
        ("{'a'}.indexOf('x')", json!(-1)),
        ("{'a'}.lastIndexOf('x')", json!(-1)),
        ("{1, 2, 3}.subList(1, 3)", json!([2, 3])),
        ("{1, 2}.toArray()", json!([1, 2])),
        ("{1, 'a', {b: 2}}.toString()", json!("[1, a, {b=2}]")),
        ("{1}.equals({1})", json!(true)),
    ]);
}

#[test]
fn maps_are_looked_at() {
    values(&[
        ("{a: 1}.size()", json!(1)),
        ("{:}.isEmpty()", json!(true)),
        ("{a: 1}.get('a')", json!(1)),
        ("{a: 1}.get('b') ?: 2", json!(2)),
        ("{a: 1}.getOrDefault('b', 2)", json!(2)),
        ("{a: 1}.getOrDefault('a', 2)", json!(1)),
        ("{a: 1}.containsKey('a')", json!(true)),
        ("{a: 1}.containsKey('b')", json!(false)),
        ("{a: 1}.containsValue(1)", json!(true)),
        ("{a: 1}.containsValue(2)", json!(false)),
        ("{b: 1, a: 2}.keySet()", json!(["a", "b"])),
        ("{b: 1, a: 2}.values()", json!([2, 1])),
        ("{a: 1}.entrySet().![key + value]", json!(["a1"])),
        ("{name: 'n'}.getName()", json!("n")),
        ("{ready: true}.isReady()", json!(true)),
        ("{a: {1, 2}}.toString()", json!("{a=[1, 2]}")),
        ("{size: 9}.size", json!(9)),
    ]);
}

#[test]
fn what_lists_and_maps_cannot_do_is_refused() {
    errors(&[
        ("{1}.get(1)", "there is no element 1: there are 1"),
        ("{}.getFirst()", "there is no element 0: there are 0"),
        ("{}.getLast()", "there are 0"),
        ("{1}.get('a')", "argument 1 of get is a text, and has to be an integer"),
        ("{1}.subList(1, 5)", "there is no element 5"),
        ("{1}.subList(-1, 1)", "there is no element -1"),
        ("{1}.containsAll(1)", "argument 1 of containsAll is an integer, and has to be a list"),
        ("{1}.add(2)", "a list has no method \"add\""),
        ("{a: 1}.put('b', 2)", "a map has no method \"put\""),
        ("{a: 1}.remove('a')", "a map has no method \"remove\""),
        ("{a: 1}.get('b')", "no key \"b\" in the map; there is a"),
        ("{a: 1}.get(1)", "argument 1 of get is an integer, and has to be a text"),
        ("{a: 1}.size(1)", "size takes no argument"),
        ("{a: 1}.getB()", "a map has no method \"getB\""),
        ("null.size()", "null is null"),
    ]);
}
