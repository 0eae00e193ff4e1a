//! Property files in their three forms.
#![expect(clippy::format_collect, clippy::format_push_string, reason = "tests are written to be read")]

use serde_json::{Value, json};

use super::{MOST_BYTES, find, read};
use crate::poll::jenkins::Artifact;

fn value(name: &str, text: &str) -> Value {
    Value::Object(read(name, text.as_bytes()).unwrap())
}

fn refused(name: &str, text: &str) -> String {
    read(name, text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn the_same_values_are_read_from_each_form() {
    let expected = json!({"application": "cart", "imageUrl": "registry.example/cart:41"});
    for (name, text) in [
        ("deploy.yaml", "application: cart\nimageUrl: registry.example/cart:41\n"),
        ("deploy.yml", "---\napplication: cart # ours\nimageUrl: \"registry.example/cart:41\"\n"),
        ("deploy.YAML", "{application: cart, imageUrl: 'registry.example/cart:41'}"),
        ("deploy.json", "{\"application\": \"cart\", \"imageUrl\": \"registry.example/cart:41\"}"),
        ("deploy.properties", "# ours\napplication=cart\nimageUrl = registry.example/cart:41\n"),
        ("deploy", "{\"application\": \"cart\", \"imageUrl\": \"registry.example/cart:41\"}"),
        ("deploy.txt", "---\napplication: cart\nimageUrl: registry.example/cart:41\n"),
        ("deploy.env", "application cart\r\nimageUrl:registry.example/cart:41\r\n"),
        ("deploy.json", "\u{feff}{\"application\": \"cart\", \"imageUrl\": \"registry.example/cart:41\"}"),
    ] {
        assert_eq!(value(name, text), expected, "{name}");
    }
}

#[test]
fn yaml_has_its_types_and_aliases() {
    let text = "env: &e {NODE_ENV: production, REPLICAS: 2, ON: true, RATE: 0.5, NONE: null}\nprod: *e\n1: one\nlist: [*e, 'no']\n";
    let env = json!({"NODE_ENV": "production", "REPLICAS": 2, "ON": true, "RATE": 0.5, "NONE": null});
    assert_eq!(value("a.yaml", text), json!({"env": env, "prod": env, "1": "one", "list": [env, "no"]}));
    assert_eq!(value("a.yaml", ""), json!({}));
}

#[test]
fn java_s_form_has_its_escapes_and_lines_that_go_on() {
    let text = "a=1\n b : two words \nc three\nd\\ e=\\u00e9\\n\ng=h\\\n   i\n! not this\nj=\\\\\nk\nl=\\ud83d\\ude00\nm==n\n";
    let expected = json!({"a": "1", "b": "two words ", "c": "three", "d e": "é\n", "g": "hi", "j": "\\", "k": "", "l": "😀", "m": "=n"});
    assert_eq!(value("a.properties", text), expected);
    assert_eq!(value("a.properties", "a=1\\"), json!({"a": "1"}));
    for (text, expected) in [
        (
            "ok=1\na=\\u12",
            "property file \"a.properties\", line 2: it is no property: \\u has four hexadecimal digits, not so in \"\\\\u12\"",
        ),
        ("a=\\u+123", "property file \"a.properties\", line 1: "),
        ("a=\\ud83d", "property file \"a.properties\", line 1: it is no property: half of a pair"),
    ] {
        assert!(refused("a.properties", text).starts_with(expected), "{}", refused("a.properties", text));
    }
}

#[test]
fn a_key_that_is_there_twice_is_refused_with_its_line() {
    for (name, text, line) in [
        ("a.yaml", "a: 1\nb:\n  c: 1\n  c: 2\n", 4),
        ("a.yaml", "a: 1\n'a': 1\n", 2),
        ("a.json", "{\"a\": {\n\"c\": 1,\n\"c\": 2}}", 3),
        ("a.properties", "c=1\n\nc:1\n", 3),
    ] {
        let told = refused(name, text);
        assert!(told.starts_with(&format!("property file {name:?}, line {line}: ")), "{told}");
        assert!(told.ends_with("is there twice: remove one of them"), "{told}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    for (name, text, expected) in [
        ("a.yaml", "a: 1\nb: [1\nc: 2\n", "property file \"a.yaml\", line "),
        (
            "a.yaml",
            "a: 1\n---\nb: 2\n",
            "property file \"a.yaml\", line 2: it is no YAML: there is a second document",
        ),
        ("a.yaml", "a: .inf\n", "property file \"a.yaml\", line 1: it is no YAML: a number is not finite"),
        ("a.yaml", "a: &x [*x]\n", "property file \"a.yaml\", line 1: it is no YAML: "),
        ("a.yaml", "? [a]\n: b\n", "property file \"a.yaml\", line 1: it is no YAML: a list or map is a key"),
        ("a.yaml", "- a\n", "property file \"a.yaml\": it has no keys"),
        ("a.yaml", "application=cart\n", "property file \"a.yaml\": it has no keys"),
        ("a.json", "{\"a\": 1,\n}", "property file \"a.json\", line 2: it is no JSON: trailing comma"),
        ("a.json", "[1]", "property file \"a.json\": it has no keys"),
        ("a.json", "", "property file \"a.json\", line 1: it is no JSON: EOF"),
    ] {
        assert!(refused(name, text).starts_with(expected), "{}\n{expected}", refused(name, text));
    }
    let told = read("a.properties", b"a=1\nb=\xff\n").unwrap_err().to_string();
    assert_eq!(told, "property file \"a.properties\", line 2: it is not UTF-8: save it as that");
    let long = refused("a.properties", &"a".repeat(MOST_BYTES + 1));
    assert!(long.contains("has 1048577 bytes, 1048576 are the most"), "{long}");
}

#[test]
fn a_few_lines_cannot_become_more_than_a_file_may() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let told = refused("a.yaml", &bomb);
    assert!(told.contains("becomes more than 50000 values"), "{told}");
    let deep = format!("a: {}x{}", "[".repeat(64), "]".repeat(64));
    assert!(refused("a.yaml", &deep).contains("nested deeper than 64"));
    let chain: String = (1..80).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    assert!(refused("a.yaml", &format!("a0: &a0 x\n{chain}")).contains("nested deeper than 64"));
}

#[test]
fn the_file_is_found_by_its_exact_name_and_the_other_ending_is_named() {
    let archived = |names: &[&str]| -> Vec<Artifact> {
        let file =
            |name: &&str| Artifact { file_name: (*name).to_owned(), relative_path: format!("target/{name}") };
        names.iter().map(file).collect()
    };
    let files = archived(&["report.xml", "deploy.yaml"]);
    assert_eq!(find("deploy.yaml", &files).unwrap().relative_path, "target/deploy.yaml");
    let missing = |name: &str, names: &[&str]| find(name, &archived(names)).unwrap_err().to_string();
    assert_eq!(
        missing("deploy.yml", &["report.xml", "deploy.yaml"]),
        "the build has not archived \"deploy.yml\": it has \"deploy.yaml\", so write `propertyFile: deploy.yaml`, or archive it as \"deploy.yml\""
    );
    assert!(missing("Deploy.yaml", &["deploy.yaml"]).contains("it has \"deploy.yaml\""));
    assert!(missing("deploy.yaml", &["a", "b"]).ends_with("it has \"a\", \"b\""));
    assert!(
        missing("deploy.yaml", &[])
            .ends_with("it has archived nothing: archive the file at the end of the build")
    );
    let many: Vec<String> = (0..12).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(missing("deploy.yaml", &many).ends_with("\"9\" and 2 more"));
}
