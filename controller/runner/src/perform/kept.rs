//! What outlives a stage: artifacts of a run, caches of a pipeline.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use globset::GlobSetBuilder;
use walkdir::WalkDir;
use weir_stages::work::Cache;

use crate::store::Store;

/// Puts each cache where the stage expects it: a link to a folder that all runs of the pipeline have.
pub(super) fn caches(store: &Store, pipeline: &str, workspace: &Path, caches: &[Cache]) -> io::Result<()> {
    for cache in caches {
        let kept = store.cache(pipeline, &cache.name.replace(['/', '.'], "-"));
        fs::create_dir_all(&kept)?;
        let place = workspace.join(&cache.path);
        if let Some(parent) = place.parent() {
            fs::create_dir_all(parent)?;
        }
        match std::os::unix::fs::symlink(&kept, &place) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => linked?,
        }
    }
    Ok(())
}

/// Copies what matches from the workspace, with its folders.
pub(super) fn artifacts(workspace: &Path, artifacts: &Path, globs: &[String]) -> io::Result<()> {
    for path in matching(workspace, globs)? {
        let to = artifacts.join(&path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(workspace.join(&path), to)?;
    }
    Ok(())
}

/// Files of the workspace that match one of the globs, as paths in it, in their order. Links are not followed: they may lead anywhere.
pub(super) fn matching(workspace: &Path, globs: &[String]) -> io::Result<Vec<PathBuf>> {
    if globs.is_empty() {
        return Ok(Vec::new());
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(weir_stages::work::glob(glob).map_err(io::Error::other)?);
    }
    let set = set.build().map_err(io::Error::other)?;
    let mut found = Vec::new();
    // What git and npm keep is nobody's result, unless a glob says so.
    let is_meant = |name: &str| globs.iter().any(|glob| glob.contains(name));
    let passed_over: Vec<&str> =
        [".git", "node_modules"].into_iter().filter(|name| !is_meant(name)).collect();
    let deep = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !passed_over.iter().any(|name| entry.file_name() == *name)
    };
    for entry in WalkDir::new(workspace).sort_by_file_name().into_iter().filter_entry(deep) {
        let entry = entry?;
        if let Ok(path) = entry.path().strip_prefix(workspace)
            && entry.file_type().is_file()
            && set.is_match(path)
        {
            found.push(path.to_owned());
        }
    }
    Ok(found)
}
