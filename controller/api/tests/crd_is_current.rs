//! The committed CustomResourceDefinitions are what the types say, and what an API server takes.
#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;
use weir_api::crd;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../manifests/crd/weir.dev.yaml");

#[test]
fn the_committed_definitions_are_what_the_types_say() {
    #[expect(clippy::disallowed_methods, reason = "a test that looks at a committed file")]
    let committed = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        committed == crd::yaml(),
        "manifests/crd/weir.dev.yaml is out of date: cargo run -p weir-api --bin crdgen > manifests/crd/weir.dev.yaml"
    );
}

/// The schemas of all definitions, as an API server reads the text.
fn schemas() -> Vec<(String, Value)> {
    use saphyr::{LoadableYamlNode, Yaml};
    let documents = Yaml::load_from_str(&crd::yaml()).unwrap().iter().map(json).collect::<Vec<_>>();
    let schema = |crd: &Value| crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone();
    documents.iter().map(|crd| (crd["metadata"]["name"].to_string(), schema(crd))).collect()
}

fn json(yaml: &saphyr::Yaml<'_>) -> Value {
    use saphyr::{Scalar, Yaml};
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Value(Scalar::Integer(value)) => (*value).into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => value.0.into(),
        Yaml::Value(Scalar::String(value)) => value.as_ref().into(),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(fields) => {
            fields.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), json(value))).collect()
        }
        Yaml::Representation(..) | Yaml::Tagged(..) | Yaml::Alias(_) | Yaml::BadValue => {
            panic!("{yaml:?} in a definition")
        }
    }
}

/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema>
fn assert_structural(path: &str, schema: &Value) {
    let fields = schema.as_object().unwrap_or_else(|| panic!("{path} is no schema"));
    assert!(fields.contains_key("type"), "{path} has no type");
    assert!(!fields.contains_key("$ref"), "{path} refers to another schema");
    for junctor in ["oneOf", "anyOf", "allOf"] {
        for branch in fields.get(junctor).and_then(Value::as_array).into_iter().flatten() {
            for forbidden in ["type", "description", "default", "additionalProperties", "nullable", "title"] {
                assert!(branch.get(forbidden).is_none(), "{path}.{junctor} has {forbidden}");
            }
        }
    }
    for (name, property) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        assert_structural(&format!("{path}.{name}"), property);
    }
    for below in ["items", "additionalProperties"] {
        if let Some(schema) = fields.get(below) {
            assert_structural(&format!("{path}.{below}"), schema);
        }
    }
}

#[test]
fn the_schemas_are_structural() {
    let schemas = schemas();
    assert_eq!(schemas.len(), 8);
    for (name, schema) in &schemas {
        assert_structural(name, schema);
    }
}

#[test]
fn a_step_is_exactly_one_of_its_kinds_and_the_units_have_types() {
    let schemas = schemas();
    let spec = &schemas[0].1["properties"]["spec"]["properties"];
    let step = &spec["strategy"]["properties"]["canary"]["properties"]["steps"]["items"];
    assert_eq!(step["type"], "object");
    let required: Vec<&str> = step["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|branch| branch["required"][0].as_str().unwrap())
        .collect();
    assert_eq!(
        required,
        ["setWeight", "setCanaryScale", "setHeaderRoute", "setMirrorRoute", "pause", "analysis"]
    );
    assert_eq!(step["properties"]["setWeight"]["type"], "number");
    assert_eq!(step["properties"]["pause"]["properties"]["duration"]["type"], "string");
    let status = &schemas[0].1["properties"]["status"]["properties"];
    assert_eq!(status["since"]["format"], "date-time");
}

#[test]
fn no_schema_has_a_format_that_an_api_server_warns_of() {
    let text = crd::yaml();
    let formats = text.lines().filter_map(|line| line.trim().strip_prefix("format: "));
    let unknown: Vec<&str> =
        formats.filter(|f| !["double", "int32", "int64", "date-time"].contains(f)).collect();
    assert_eq!(unknown, [""; 0]);
}
