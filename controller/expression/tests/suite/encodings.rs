//! Base64, JSON, YAML, addresses and identifiers.

use serde_json::json;

use crate::fixture::{errors, scope, value_of, values};

#[test]
fn base64_is_written_and_read() {
    values(&[
        ("#toBase64('shop')", json!("c2hvcA==")),
        ("#toBase64('')", json!("")),
        ("#fromBase64('c2hvcA==')", json!("shop")),
        ("#fromBase64(#toBase64('üñ'))", json!("üñ")),
        ("T(java.util.Base64).getEncoder().encodeToString('a?>'.getBytes())", json!("YT8+")),
        ("T(Base64).getUrlEncoder().encodeToString('a?>'.getBytes())", json!("YT8-")),
        ("T(Base64).getEncoder().withoutPadding().encodeToString('a'.getBytes())", json!("YQ")),
        ("new String(T(Base64).getDecoder().decode('YQ=='))", json!("a")),
        ("new String(T(Base64).getUrlDecoder().decode('YT8-'), 'UTF-8')", json!("a?>")),
        ("new String(T(Base64).getEncoder().encode('a'))", json!("YQ==")),
    ]);
    errors(&[
        ("#fromBase64('*')", "\"*\" is no Base64"),
        ("#fromBase64('/w==')", "is no Base64 of a text"),
        ("#toBase64(1)", "argument 1 of toBase64 is an integer"),
        ("T(Base64).getDecoder().decode('*')", "is no Base64"),
        ("T(Base64).getDecoder().encodeToString('a'.getBytes())", "encode (take getEncoder())"),
        ("T(Base64).getEncoder().decode('YQ==')", "decode (take getDecoder())"),
        ("T(Base64).getEncoder().encodeToString(1)", "has to be bytes"),
        ("'a'.getBytes()", "bytes has no place in a document"),
    ]);
}

#[test]
fn json_is_written_and_read() {
    values(&[
        ("#toJson({b: {1, 2.5, null, true}, a: 'x\"y'})", json!(r#"{"a":"x\"y","b":[1,2.5,null,true]}"#)),
        ("#toJson('a')", json!("\"a\"")),
        ("#toJson({})", json!("[]")),
        ("#toJson(T(LocalDate).parse('2026-01-02'))", json!("\"2026-01-02\"")),
        ("#toJson(#doNotEval({a: '${b}'}))", json!(r#"{"a":"${b}"}"#)),
        ("#readJson('{\"a\": [1, 2]}').a[1]", json!(2)),
        ("#readJson('[{\"a\": null}]')", json!([{"a": null}])),
        ("#readJson(' [1]')", json!([1])),
        ("#readJson(#toJson(trigger)) == trigger", json!(true)),
        ("#doNotEval('${HOME}')", json!("${HOME}")),
    ]);
    errors(&[
        ("#toJson({a: '${b}'})", "the JSON has `${` in it"),
        ("#toJson('a'.getBytes())", "bytes has no place in a document"),
        ("#readJson('{')", "is no JSON: EOF"),
        ("#readJson('1')", "is no JSON object or list"),
        ("#readJson('[1] x')", "is no JSON: trailing characters"),
        ("#readJson(1)", "argument 1 of readJson is an integer"),
        ("#toJson(trigger.absent)", "no key \"absent\" in trigger"),
    ]);
}

#[test]
fn yaml_is_read() {
    values(&[
        ("#readYaml('a: 1\nb: [x, 2.5, true, ~]')", json!({"a": 1, "b": ["x", 2.5, true, null]})),
        ("#readYaml('a: \"1\"').a", json!("1")),
        ("#readYaml('- 1\n- 2')[1]", json!(2)),
        ("#readYaml('x: &k {a: 1}\ny: *k').y.a", json!(1)),
        ("#readYaml('1: a')", json!({"1": "a"})),
        ("#readYaml('a: !!str 1').a", json!("1")),
        ("#readYaml('a: !x 1').a", json!(1)),
        ("#readYaml('a: 1\n---\na: 2').a", json!(1)),
        ("#readAllYaml('a: 1\n---\na: 2').![a]", json!([1, 2])),
        ("#readAllYaml('')", json!([])),
    ]);
    errors(&[
        ("#readYaml('a: [')", "is no YAML"),
        ("#readYaml('a: *x')", "is no YAML"),
        ("#readYaml('&a [*a]')", "an alias is inside what it stands for"),
        ("#readYaml('!!int x')", "a tag does not fit"),
        ("#readYaml('')", "the value is null"),
        ("#readAllYaml(1)", "argument 1 of readAllYaml is an integer"),
    ]);
}

#[test]
fn texts_are_written_for_addresses() {
    values(&[
        ("T(java.net.URLEncoder).encode('a b&c/ü', 'UTF-8')", json!("a+b%26c%2F%C3%BC")),
        ("T(URLEncoder).encode('a*-._')", json!("a*-._")),
        ("T(java.net.URLDecoder).decode('a+b%26', 'utf-8')", json!("a b&")),
    ]);
    errors(&[
        ("T(URLEncoder).encode('a', 'latin1')", "\"latin1\" is no encoding that is known"),
        ("T(URLDecoder).decode('%FF')", "is no text in UTF-8"),
        ("T(URLEncoder).encode(1)", "argument 1 of encode is an integer"),
    ]);
}

#[test]
fn what_is_random_follows_from_the_seed() {
    let draw = |expression: &str| value_of(expression, &scope()).unwrap();
    for expression in
        ["T(java.util.UUID).randomUUID()", "T(Math).random()", "new java.util.Random().nextInt(1000000)"]
    {
        assert_eq!(draw(expression), draw(expression), "{expression}");
        let twice = draw(&format!("{{{expression}, {expression}}}"));
        assert_ne!(twice[0], twice[1], "{expression} drawn twice");
    }
    let other = weir_expression::Scope::new(crate::fixture::NOW.parse().unwrap(), 8);
    assert_ne!(value_of("T(UUID).randomUUID()", &other).unwrap(), draw("T(UUID).randomUUID()"));
    values(&[
        (
            "T(UUID).randomUUID() matches '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}'",
            json!(true),
        ),
        (
            "T(UUID).fromString('67E55044-10B1-426F-9247-BB680E5FE0C8')",
            json!("67e55044-10b1-426f-9247-bb680e5fe0c8"),
        ),
        ("T(Math).random() between {0, 1}", json!(true)),
        ("new Random(5).nextInt(3) between {0, 2}", json!(true)),
        ("new Random().nextInt(3, 5) between {3, 4}", json!(true)),
        ("new Random().nextDouble() < 1", json!(true)),
        ("new Random().nextBoolean() instanceof T(Boolean)", json!(true)),
        ("new Random().nextInt() between {-2147483648, 2147483647}", json!(true)),
        ("new Random().nextLong() instanceof T(Long)", json!(true)),
    ]);
    errors(&[
        ("T(UUID).fromString('x')", "\"x\" is no UUID"),
        ("new Random().nextInt(0)", "is no end of a range"),
        ("new Random().nextInt('a')", "argument 1 of nextInt is a text"),
    ]);
}
