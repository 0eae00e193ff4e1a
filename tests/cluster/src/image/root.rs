//! The files of an image while they are put together.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::{libraries, run};
use crate::prerequisites;

/// What will be `/`. It begins with nothing but a `/tmp`; paths in it are absolute, as the image will have them.
#[derive(Debug)]
pub struct Root(PathBuf);

impl Root {
    pub(super) fn new(folder: PathBuf) -> Result<Self> {
        let root = Self(folder);
        root.make_folder(Path::new("/tmp"), 0o1777)?;
        Ok(root)
    }

    /// A folder with this mode.
    pub fn make_folder(&self, at: &Path, mode: u32) -> Result<()> {
        let folder = self.path(at);
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, PermissionsExt::from_mode(mode))?;
        Ok(())
    }

    /// Copies a program, and its libraries to where the loader looks for them.
    pub fn program(&self, program: &Path, at: &Path) -> Result<()> {
        self.copy(program, at)?;
        for library in libraries::of(program)? {
            self.copy(&library, &library)?;
        }
        Ok(())
    }

    /// Copies a folder to where it is on this machine. Links stay links.
    pub fn folder(&self, folder: &Path) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            if kind.is_dir() {
                self.folder(&path)?;
            } else if kind.is_symlink() {
                self.link(&fs::read_link(&path)?, &path)?;
            } else {
                self.copy(&path, &path)?;
            }
        }
        Ok(())
    }

    /// A file with this text.
    pub fn write(&self, at: &Path, text: &str) -> Result<()> {
        Ok(fs::write(self.place(at)?, text)?)
    }

    /// A link.
    pub fn link(&self, to: &Path, at: &Path) -> Result<()> {
        symlink(to, self.place(at)?).with_context(|| at.display().to_string())
    }

    /// What the program there may, whoever starts it: `cap_setuid=ep`. Of a program's rights this is what an image keeps; bits such as setuid
    /// are lost where buildah copies.
    pub fn capability(&self, at: &Path, capability: &str) -> Result<()> {
        let setcap = prerequisites::program("setcap", "libcap2-bin")?;
        run(Command::new(setcap).arg(capability).arg(self.path(at)))?;
        Ok(())
    }

    fn copy(&self, from: &Path, at: &Path) -> Result<()> {
        fs::copy(from, self.place(at)?).with_context(|| from.display().to_string())?;
        Ok(())
    }

    /// The path of a file to be written, whose folder is there.
    fn place(&self, at: &Path) -> Result<PathBuf> {
        let path = self.path(at);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        Ok(path)
    }

    fn path(&self, at: &Path) -> PathBuf {
        self.0.join(at.strip_prefix("/").unwrap_or(at))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::Root;

    #[test]
    fn a_folder_is_copied_to_its_own_path_and_its_links_stay_links() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir_all(from.path().join("a/b")).unwrap();
        fs::write(from.path().join("a/b/text"), "said").unwrap();
        std::os::unix::fs::symlink("b/text", from.path().join("a/link")).unwrap();
        std::os::unix::fs::symlink("nowhere", from.path().join("a/dangling")).unwrap();

        let root = Root::new(to.path().to_owned()).unwrap();
        root.folder(from.path()).unwrap();

        let copied = to.path().join(from.path().strip_prefix("/").unwrap());
        assert_eq!(fs::read_link(copied.join("a/link")).unwrap(), Path::new("b/text"));
        assert_eq!(fs::read_link(copied.join("a/dangling")).unwrap(), Path::new("nowhere"));
        assert_eq!(fs::read_to_string(copied.join("a/link")).unwrap(), "said");
    }

    #[test]
    fn a_program_comes_with_its_libraries_and_what_is_not_there_is_named() {
        let to = tempfile::tempdir().unwrap();
        let root = Root::new(to.path().to_owned()).unwrap();
        let shell = fs::canonicalize("/bin/sh").unwrap();
        root.program(&shell, Path::new("/usr/bin/sh")).unwrap();
        assert!(to.path().join("usr/bin/sh").is_file());
        for library in super::libraries::of(&shell).unwrap() {
            assert!(to.path().join(library.strip_prefix("/").unwrap()).is_file(), "{}", library.display());
        }
        let error = root.program(Path::new("/nowhere/at/all"), Path::new("/usr/bin/x")).unwrap_err();
        assert!(format!("{error:#}").starts_with("/nowhere/at/all: "), "{error:#}");
    }
}
