//! The checkout as the rules see it: its files, and what Cargo says about it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cargo_metadata::{Metadata, MetadataCommand};

/// Folders that hold what programs made, not what people wrote.
const MADE: [&str; 5] = ["target", "corpus", "artifacts", "coverage", "proptest-regressions"];
/// Names with a leading dot that belong to the project; every other one belongs to a tool or an editor.
const OURS: [&str; 3] = [".ci", ".github", ".gitignore"];

/// A text file of the project.
pub(crate) struct File {
    /// From the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|extension| extension == "rs")
    }

    /// Whether it goes into a program or a library, and not only into tests, benchmarks or fuzz targets.
    pub(crate) fn is_production(&self) -> bool {
        let in_tests = |part: &str| matches!(part, "tests" | "benches" | "fuzz" | "tests.rs");
        self.is_rust() && !self.path.split('/').any(in_tests)
    }
}

/// Every text file of the project, by path.
pub(crate) static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&root(), &root(), &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(files.iter().any(|file| file.path == "Cargo.toml"), "{} is not the root", root().display());
    files
});

pub(crate) fn metadata() -> Metadata {
    MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec().expect("cargo metadata")
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the root").to_owned()
}

/// Fails with every broken rule at once.
pub(crate) fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "{} to mend:\n{}\n", broken.len(), broken.join("\n"));
}

fn collect(folder: &Path, root: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if MADE.contains(&name.as_str()) || (name.starts_with('.') && !OURS.contains(&name.as_str())) {
            continue;
        }
        if path.is_dir() {
            collect(&path, root, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let path =
                path.strip_prefix(root).expect("a path below the root").to_string_lossy().replace('\\', "/");
            files.push(File { path, text });
        }
    }
}
