//! Manifests from files, directories and standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use weir_api::manifest;
use weir_directory::{Directory, Snapshot};

use crate::Misconfigured;

/// All that is in them; what cannot be read as an object is a problem beside the others.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Snapshot> {
    let mut whole = Snapshot { objects: Vec::new(), problems: Vec::new() };
    for path in paths {
        let Snapshot { objects, problems } = read_one(path)?;
        whole.objects.extend(objects);
        whole.problems.extend(problems);
    }
    Ok(whole)
}

fn read_one(path: &Path) -> Result<Snapshot> {
    if path.is_dir() {
        return Ok(Directory::open(vec![path.to_owned()])?.read());
    }
    let (name, text) = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
        ("standard input".to_owned(), text)
    } else {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Misconfigured(format!("{}: cannot be read: {error}", path.display())))?;
        (path.display().to_string(), text)
    };
    let parsed = manifest::parse(&name, &text);
    Ok(Snapshot { objects: parsed.objects, problems: parsed.problems })
}
