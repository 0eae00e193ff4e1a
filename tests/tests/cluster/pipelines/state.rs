//! A folder of the node that pods have as a volume, and that the test reads and fills.

use std::fs;
use std::os::unix::fs::lchown;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;
use weir_cluster::Node;

/// Who runs pipelines, and all of their commands.
pub(super) const USER: u32 = 65_532;

/// The folder. It goes with this value.
pub(super) struct State {
    folder: TempDir,
    inside: PathBuf,
}

impl State {
    /// An empty one.
    pub(super) fn new(node: &Node) -> Result<Self> {
        let folder = TempDir::new_in(node.folder())?;
        let name = folder.path().file_name().context("a folder has a name")?;
        let inside = node.folder_inside().join(name);
        give(folder.path())?;
        Ok(Self { folder, inside })
    }

    /// Where the test sees it.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the node sees it: `path` of a `hostPath`.
    pub(super) fn host_path(&self) -> &Path {
        &self.inside
    }

    /// A new folder in it, and in that whatever `fill` writes.
    pub(super) fn fill(&self, name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let folder = self.path().join(name);
        fs::create_dir_all(&folder)?;
        fill(&folder)?;
        let first = Path::new(name).components().next().context("a folder has a name")?;
        give(&self.path().join(first))
    }
}

/// Makes `path`, and all that is in it, the user's.
fn give(path: &Path) -> Result<()> {
    lchown(path, Some(USER), Some(USER)).with_context(|| path.display().to_string())?;
    if path.symlink_metadata()?.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path())?;
        }
    }
    Ok(())
}
