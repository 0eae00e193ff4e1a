//! What Cargo is told not to test has nothing to test: each such target would be compiled and linked once more for nothing.

use cargo_metadata::{Package, Target, TargetKind};

use crate::workspace::{FILES, File, assert_none, metadata, root};

/// Whether a block of code in documentation is one that rustdoc compiles: it begins without a language, or with Rust's.
fn begins_an_example(line: &str, is_open: &mut bool) -> bool {
    let Some(text) = ["//!", "///"].iter().find_map(|mark| line.trim_start().strip_prefix(mark)) else {
        *is_open = false;
        return false;
    };
    let Some(language) = text.trim_start().strip_prefix("```") else { return false };
    *is_open = !*is_open;
    *is_open && matches!(language.trim(), "" | "rust" | "no_run" | "should_panic" | "compile_fail")
}

fn has_example(file: &File) -> bool {
    let mut is_open = false;
    file.text.lines().any(|line| begins_an_example(line, &mut is_open))
}

/// The files of a target: a library's are all of its folder, a program's its own alone.
fn files<'t>(package: &'t Package, target: &'t Target) -> impl Iterator<Item = &'static File> + 't {
    let root = root();
    let at = |path: &str| {
        path.strip_prefix(&root.display().to_string()).unwrap_or(path).trim_matches('/').to_owned()
    };
    let source = at(target.src_path.as_str());
    let folder = format!("{}/src/", at(package.manifest_path.parent().map_or("", |folder| folder.as_str())));
    let is_library = target.kind.contains(&TargetKind::Lib);
    FILES.iter().filter(move |file| file.path == source || is_library && file.path.starts_with(&folder))
}

#[test]
fn no_test_and_no_example_stands_where_none_is_run() {
    let metadata = metadata();
    let targets = metadata
        .packages
        .iter()
        .flat_map(|package| package.targets.iter().map(move |target| (package, target)));
    let mut broken = Vec::new();
    let mut seen = 0;
    for (package, target) in targets {
        for file in files(package, target) {
            seen += 1;
            if !target.doctest && target.kind.contains(&TargetKind::Lib) && has_example(file) {
                broken.push(format!(
                    "{}: an example that nobody runs: {} has doctest = false",
                    file.path, package.name
                ));
            }
            if !target.test && file.is_rust() && file.text.contains("#[test]") {
                broken.push(format!(
                    "{}: a test that nobody runs: {} has test = false",
                    file.path, target.name
                ));
            }
        }
    }
    assert!(seen > 100, "{seen} files of all targets");
    assert_none(&broken);
}

#[test]
fn an_example_is_told_from_a_picture() {
    let is_one = |text: &str| has_example(&File { path: String::new(), text: text.to_owned() });
    assert!(is_one("//! ```\n//! assert!(true);\n//! ```"));
    assert!(is_one("    /// ```rust\n    /// 1\n    /// ```"));
    assert!(!is_one("//! ```text\n//! a -> b\n//! ```\n//! more"));
    assert!(is_one("//! ```text\n//! a -> b\n//! ```\n//! ```\n//! 1\n//! ```"));
}
