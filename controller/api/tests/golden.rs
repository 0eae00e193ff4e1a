//! Broken manifests and the exact words that a person reads about each.
//!
//! `golden/*.txt` hold the cases: `### name`, the manifest, `=====`, what is printed, `objects:` what is used all the same.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;

use weir_api::manifest;

const FILES: [(&str, &str); 4] = [
    ("syntax", include_str!("golden/syntax.txt")),
    ("identity", include_str!("golden/identity.txt")),
    ("kubernetes", include_str!("golden/kubernetes.txt")),
    ("weir", include_str!("golden/weir.txt")),
];

/// Case by case: name, manifest, what was expected.
fn cases(text: &str) -> Vec<(&str, &str, &str)> {
    text.split("### ")
        .skip(1)
        .map(|case| {
            let (name, rest) = case.split_once('\n').unwrap();
            let (input, expected) = rest.split_once("=====\n").unwrap_or((rest, ""));
            (name, input, expected.trim_end())
        })
        .collect()
}

fn told(input: &str) -> String {
    // A tab and a carriage return cannot be seen in a file that people edit.
    let input = input.replace("<TAB>", "\t").replace("<CR>", "\r");
    let parsed = manifest::parse("m.yaml", &input);
    let mut told = String::new();
    for problem in &parsed.problems {
        writeln!(told, "{:?} {problem}", problem.severity).unwrap();
    }
    let objects: Vec<String> =
        parsed.objects.iter().map(|located| located.object.key().to_string()).collect();
    let objects = if objects.is_empty() { "none".to_owned() } else { objects.join(", ") };
    write!(told, "objects: {objects}").unwrap();
    told
}

#[test]
fn every_broken_manifest_is_told_with_its_line_field_and_mend() {
    let mut wrong = String::new();
    let mut count = 0;
    for (file, text) in FILES {
        for (name, input, expected) in cases(text) {
            count += 1;
            let told = told(input);
            if told != expected {
                writeln!(wrong, "### {file}: {name}\n--- expected\n{expected}\n--- told\n{told}\n").unwrap();
            }
        }
    }
    assert!(count >= 50, "{count} cases: at least 50 are wanted");
    assert!(wrong.is_empty(), "{wrong}");
}

/// Rewrites the cases with what is told now, to be read in the diff: `cargo test -p weir-api --test golden -- --ignored`.
#[test]
#[ignore = "rewrites the expected texts; run by hand after a wording has changed"]
#[expect(clippy::disallowed_methods, reason = "rewriting files is its purpose")]
fn rewrite() {
    for (file, text) in FILES {
        let head = text.split("### ").next().unwrap_or_default();
        let mut rewritten = head.to_owned();
        for (name, input, _) in cases(text) {
            write!(rewritten, "### {name}\n{input}=====\n{}\n", told(input)).unwrap();
        }
        let path = format!("{}/tests/golden/{file}.txt", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(path, rewritten).unwrap();
    }
}
