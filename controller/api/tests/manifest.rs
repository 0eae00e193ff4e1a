//! What holds for every text, whatever it is.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use weir_api::manifest::{self, Object, Parsed, Severity};

const GOLDEN: [&str; 4] = [
    include_str!("golden/syntax.txt"),
    include_str!("golden/identity.txt"),
    include_str!("golden/kubernetes.txt"),
    include_str!("golden/weir.txt"),
];

/// The rules that [`manifest::parse`] keeps for every text.
fn assert_rules(text: &str) -> Parsed {
    let parsed = manifest::parse("m.yaml", text);
    let last = u32::try_from(text.split(['\n', '\r']).count()).unwrap() + 1;
    for problem in &parsed.problems {
        assert!(problem.line <= last, "line {} of {last}: {problem}", problem.line);
        assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{problem}");
    }
    let mut keys = BTreeSet::new();
    for located in &parsed.objects {
        let line = located.origin.line("spec.rules[0].host");
        assert!((1..=last).contains(&line), "line {line} of {last}");
        let key = located.object.key();
        let told: Vec<_> = parsed
            .problems
            .iter()
            .filter(|p| p.severity == Severity::Error && p.object.as_ref() == Some(&key))
            .collect();
        // A second one is told, and so is one in a version that is gone: neither does harm to the one that is used.
        let harmless = told.iter().any(|p| p.field.ends_with("apiVersion"))
            || told.iter().all(|p| p.message.contains("is in this file twice"));
        assert!(harmless || is_other(&located.object), "{key} is used in spite of {}", told[0]);
        assert!(is_other(&located.object) || keys.insert(key), "an object is there twice");
    }
    parsed
}

fn is_other(object: &Object) -> bool {
    matches!(object, Object::Other { .. })
}

/// One change that an editor, or a bad day, makes to a text.
#[derive(Clone, Debug)]
enum Mutation {
    Remove(usize, usize),
    Insert(usize, &'static str),
    Copy(usize, usize, usize),
    Cut(usize),
}

const TOKENS: [&str; 28] = [
    "\n",
    " ",
    "  ",
    "\t",
    "- ",
    ": ",
    "---\n",
    "\n...\n",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "'",
    "&a ",
    "*a",
    "<<: ",
    "? ",
    "|\n",
    "!!int ",
    "# ",
    "%YAML 1.2\n",
    "\u{0}",
    "\u{feff}",
    "é",
    "\r",
    "null",
    "9999999999999999999999",
];

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = 0..10_000_usize;
    prop_oneof![
        (at.clone(), 1..40_usize).prop_map(|(at, length)| Mutation::Remove(at, length)),
        (at.clone(), 0..TOKENS.len()).prop_map(|(at, token)| Mutation::Insert(at, TOKENS[token])),
        (at.clone(), 1..200_usize, at.clone())
            .prop_map(|(from, length, to)| Mutation::Copy(from, length, to)),
        at.prop_map(Mutation::Cut),
    ]
}

fn mutate(text: &str, mutations: &[Mutation]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for mutation in mutations {
        let place = |at: usize, chars: &[char]| at % (chars.len() + 1);
        match *mutation {
            Mutation::Remove(at, length) => {
                let at = place(at, &chars);
                chars.drain(at..(at + length).min(chars.len()));
            }
            Mutation::Insert(at, token) => {
                let at = place(at, &chars);
                chars.splice(at..at, token.chars());
            }
            Mutation::Copy(from, length, to) => {
                let from = place(from, &chars);
                let part = chars[from..(from + length).min(chars.len())].to_vec();
                let to = place(to, &chars);
                chars.splice(to..to, part);
            }
            Mutation::Cut(at) => chars.truncate(place(at, &chars)),
        }
    }
    chars.into_iter().collect()
}

fn manifests() -> Vec<String> {
    let inputs = GOLDEN.iter().flat_map(|file| file.split("### ").skip(1));
    inputs
        .map(|case| case.split_once('\n').unwrap().1.split("=====").next().unwrap().replace("<TAB>", "\t"))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The same cases in every run; new ones are what the fuzz target is for.
        cases: 2_000,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        assert_rules(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn arbitrary_runs_of_tokens_never_panic(tokens in prop::collection::vec(0..TOKENS.len(), 0..200)) {
        assert_rules(&tokens.into_iter().map(|token| TOKENS[token]).collect::<String>());
    }

    #[test]
    fn mutated_manifests_keep_the_rules(
        which in any::<prop::sample::Index>(), more in any::<prop::sample::Index>(),
        mutations in prop::collection::vec(mutation(), 1..8),
    ) {
        let manifests = manifests();
        let both = format!("{}---\n{}", which.get(&manifests), more.get(&manifests));
        assert_rules(&mutate(&both, &mutations));
    }

    /// JSON is a subset of YAML, and what the controller writes is read back as it was.
    #[test]
    fn any_text_in_json_is_read_back(text in any::<String>(), key in "[a-z]{1,10}", pretty in any::<bool>(), ascii in any::<bool>()) {
        let value = serde_json::json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "annotations": {key.clone(): text.clone()}},
        });
        let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let json = if ascii { escape(&json) } else { json };
        let parsed = manifest::parse("m.json", &json);
        prop_assert_eq!(&parsed.problems, &[], "{}", json);
        let Object::Service(service) = &parsed.objects[0].object else { panic!("{parsed:?}") };
        prop_assert_eq!(&service.metadata.annotations.as_ref().unwrap()[&key], &text);
    }
}

/// The same JSON in ASCII, as Python and PHP write it.
fn escape(json: &str) -> String {
    let mut escaped = String::new();
    for c in json.chars() {
        if c.is_ascii() && c != '\u{7f}' {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").unwrap();
            }
        }
    }
    escaped
}

#[test]
fn texts_made_to_be_slow_or_large_are_done_with_at_once() {
    let many = |unit: &str, length: usize| unit.repeat(length / unit.len());
    let mib = 1 << 20;
    let texts = [
        many("[", mib),
        many("{", mib),
        many("- ", mib),
        many("? ", mib),
        many("a: ", mib),
        many("&a ", mib),
        many("*a ", mib),
        many("\"", mib),
        many("'", mib),
        many("---\n", mib),
        many("...\n", mib),
        many("%A\n", mib),
        many("!", mib),
        many("#\n", mib),
        many("a: b\n", mib),
        many("- a\n", mib),
        many("? a\n", mib),
        many("|\n", mib),
        many("[a, ", mib),
        many("{a: ", mib),
        many("x", mib),
        many("\n", mib),
        many("\r", mib),
        many("\\ud83d", mib),
        format!("[\"{}", many("\\ud83d", mib)),
        many("a\n \n", mib),
        format!("a: {}", many("- ", mib)),
        format!("\"{}", many("\n\n ", mib)),
        many("- - a\n", mib),
        many(" \t", mib),
        (0..60_000).fold(String::new(), |text, number| text + &format!("k{number}: {number}\n")),
        (0..20_000).fold("a: &a {x: 1}\nb:\n  <<: [".to_owned(), |text, _| text + "*a, ") + "]\n",
        (0..500).fold(String::new(), |text, depth| text + &" ".repeat(depth) + "a:\n"),
        (0..90).fold(String::new(), |text, _| text + "&a [") + &many("x, ", mib),
    ];
    #[expect(clippy::disallowed_methods, reason = "a test that looks at the time that the code takes")]
    let now = std::time::Instant::now;
    for text in texts {
        let start = now();
        assert_rules(&text);
        // Quadratic work over a MiB takes hours; linear work some hundredths of a second, more on a busy machine.
        let head: String = text.chars().take(20).collect();
        assert!(start.elapsed().as_secs() < 20, "{head:?}... took {:?}", start.elapsed());
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_as_a_whole() {
    let parsed = manifest::parse("m.yaml", &"#".repeat(manifest::MAX_BYTES + 1));
    let expected =
        "m.yaml: 4194305 bytes: a manifest may have 4194304 at most\n   Cut it into several files.";
    assert_eq!(parsed.problems[0].to_string(), expected);
}

const INGRESS: &str = "\
# a comment
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    weir.dev/canary-wieght: \"5\"
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - {path: /a, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}
          - path: /b
            pathType: Prefix
            backend:
              service:
                name: b
                port:
                  number: 80
";

#[test]
fn a_field_has_the_line_of_its_key_or_of_what_is_above_it() {
    let parsed = manifest::parse("m.yaml", INGRESS);
    assert_eq!(parsed.problems, []);
    let origin = &parsed.objects[0].origin;
    for (field, line) in [
        ("", 2),
        ("kind", 3),
        ("metadata.annotations[\"weir.dev/canary-wieght\"]", 7),
        ("metadata.annotations['weir.dev/canary-wieght']", 7),
        ("metadata.annotations[\"weir.dev/sticky\"]", 6),
        ("metadata.namespace", 4),
        ("spec.rules[0].http.paths[0].backend.service.name", 13),
        ("spec.rules[0].http.paths[1]", 14),
        ("spec.rules[0].http.paths[1].backend.service.name", 18),
        ("spec.rules[0].http.paths[1].backend.service.port.number", 20),
        ("spec.rules[0].http.paths[7].path", 12),
        ("spec.rules.host", 9),
        ("spec.rules[0].tls[0]", 10),
        ("status", 2),
    ] {
        assert_eq!(origin.line(field), line, "{field}");
    }
}

#[test]
fn a_problem_that_others_find_reads_like_our_own() {
    let parsed = manifest::parse("manifests/shop/ingress.yaml", INGRESS);
    let field = "metadata.annotations[\"weir.dev/canary-wieght\"]";
    let problem = parsed.objects[0].origin.warning(field, "unknown annotation");
    let problem = problem
        .with_help("did you mean weir.dev/canary-weight?")
        .with_help("The Ingress is served without it.");
    let expected = "manifests/shop/ingress.yaml:7: metadata.annotations[\"weir.dev/canary-wieght\"]: unknown annotation\n   \
                    did you mean weir.dev/canary-weight?  The Ingress is served without it.";
    assert_eq!(problem.to_string(), expected);
}

#[test]
fn an_item_of_a_list_has_its_own_paths_and_its_place_in_the_file() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: a}\n  spec:\n    type: ClusterIP\n";
    let parsed = manifest::parse("m.yaml", text);
    let problem = parsed.objects[0].origin.error("spec.type", "no");
    assert_eq!(problem.to_string(), "m.yaml:8: items[0].spec.type: no");
}

#[test]
fn objects_live_in_the_default_namespace_where_they_name_none() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\n\
                {apiVersion: weir.dev/v1alpha1, kind: LocalImage, metadata: {name: i}, spec: {image: i, entrypoint: [i]}}\n";
    let parsed = manifest::parse("m.yaml", text);
    assert_eq!(parsed.problems, []);
    let Object::Service(service) = &parsed.objects[0].object else { panic!("{parsed:?}") };
    assert_eq!(service.metadata.namespace.as_deref(), Some("default"));
    assert_eq!(parsed.objects[1].object.key().to_string(), "LocalImage i");
}
