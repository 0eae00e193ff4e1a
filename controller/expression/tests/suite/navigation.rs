//! Names, properties, indexes and what is not there.

use serde_json::json;

use crate::fixture::{errors, values};

#[test]
fn names_and_keys_are_found_by_every_way_of_writing() {
    values(&[
        ("replicas", json!(3)),
        ("trigger.properties.application", json!("shop")),
        ("trigger.properties['application']", json!("shop")),
        ("trigger[\"properties\"][\"environment\"][\"production\"][\"LOG_LEVEL\"]", json!("warn")),
        ("trigger[properties][application]", json!("shop")),
        ("trigger['prop' + 'erties'].application", json!("shop")),
        ("trigger.properties['with-dash']", json!("d")),
        ("trigger.properties.environment['homolog']", json!({"LOG_LEVEL": "debug"})),
        ("#root.replicas", json!(3)),
        ("#root['trigger'].type", json!("jenkins")),
        ("#this.label", json!("own")),
        ("['label']", json!("own")),
        ("pods[1].name", json!("b")),
        ("pods['1'].name", json!("b")),
        ("pods[pods.size() - 1].name", json!("c")),
        ("execution.stages[0]['status']", json!("RUNNING")),
        ("scmInfo.sha1", json!("bb")),
        ("'abc'[1]", json!("b")),
        ("{a: 1}.a", json!(1)),
        ("{5, 6}[1]", json!(6)),
        ("{1: 'one'}[1]", json!("one")),
        ("'a,b'.split(',').length", json!(2)),
        ("'abc'.length", json!(3)),
        ("''.empty", json!(true)),
        ("{1}.empty", json!(false)),
        ("T(LocalDate).parse('2026-02-03').year", json!(2026)),
        ("T(LocalDate).parse('2026-02-03')['dayOfMonth']", json!(3)),
    ]);
}

#[test]
fn a_safe_step_from_nothing_is_null() {
    values(&[
        ("trigger.properties.nothing?.x == null", json!(true)),
        ("trigger.absent?.x?.y == null", json!(true)),
        ("trigger.absent?.['x'] == null", json!(true)),
        ("trigger.absent?.trim() == null", json!(true)),
        ("trigger.absent?.?[true] == null", json!(true)),
        ("trigger?.properties?.application", json!("shop")),
        ("trigger?.['type']", json!("jenkins")),
    ]);
}

#[test]
fn what_is_not_there_is_named_with_what_was_meant() {
    errors(&[
        (
            "trigger.properties.aplication",
            "no key \"aplication\" in trigger.properties; did you mean \"application\"?",
        ),
        (
            "trigger.properties[\"aplication\"]",
            "no key \"aplication\" in trigger.properties; did you mean \"application\"?",
        ),
        ("triger.properties", "nothing is called \"triger\" here; did you mean \"trigger\"?"),
        ("trigger.x.y", "no key \"x\" in trigger; there is properties, resolvedExpectedArtifacts, type"),
        ("pods[0].nme", "no key \"nme\" in pods[0]; did you mean \"name\"?"),
        ("{a: 1}.b", "no key \"b\" in {a: 1}; there is a"),
        ("{:}.b", "no key \"b\" in {:}"),
        ("parameters.get('versoin')", "no key \"versoin\" in the map; did you mean \"version\"?"),
        ("trigger.properties.nothing", "the value is null"),
        ("null", "the value is null"),
        ("trigger.properties.nothing.x", "trigger.properties.nothing is null"),
        ("null['x']", "null is null"),
        ("pods[3]", "there is no element 3: there are 3, from 0"),
        ("pods[-1]", "there is no element -1"),
        ("'abc'[3]", "there is no element 3"),
        ("pods['x']", "a list has no elements to take by a text"),
        ("pods[true]", "a list has no elements to take by a boolean"),
        ("5[0]", "an integer has no elements to take by an integer"),
        ("{a: 1}[{1}]", "a map has no elements to take by a list"),
        ("pods.name", "a list has no property \"name\""),
        ("'a'.lenght", "a text has no property \"lenght\"; did you mean \"length\"?"),
        ("5.x", "an integer has no property \"x\""),
    ]);
}
