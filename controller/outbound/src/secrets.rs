//! A folder of secrets: one folder a secret, one file a value, as Kubernetes mounts them.

use std::fs;
use std::io;
use std::path::PathBuf;

use weir_notify::SecretKey;

/// The folder; without one there are no secrets.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Option<PathBuf>);

/// Why there is no value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no folder.
    #[error("secret {0:?} is asked for, and there is no folder of secrets: give one with --secrets")]
    NoFolder(String),
    /// There is no such file.
    #[error(
        "{}: {error}: a secret is a folder with a file for each of its values, and in a cluster a Secret with the label weir.dev/for-pipelines: \"true\"",
        path.display()
    )]
    Unreadable {
        /// Where it should be.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

impl Secrets {
    /// The secrets in this folder.
    #[must_use]
    pub fn in_folder(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// A value, without the line's end that an editor leaves.
    ///
    /// # Errors
    /// There is none.
    pub fn value(&self, key: &SecretKey) -> Result<String, SecretError> {
        let folder = self.0.as_ref().ok_or_else(|| SecretError::NoFolder(key.name.clone()))?;
        let path = folder.join(&key.name).join(&key.key);
        let text = fs::read_to_string(&path).map_err(|error| SecretError::Unreadable { path, error })?;
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    /// The names of all values of a secret, in their order.
    ///
    /// # Errors
    /// There are no secrets at all, or no such one.
    pub fn keys(&self, name: &str) -> Result<Vec<String>, SecretError> {
        let folder = self.0.as_ref().ok_or_else(|| SecretError::NoFolder(name.to_owned()))?;
        let path = folder.join(name);
        let unreadable = |error| SecretError::Unreadable { path: path.clone(), error };
        let mut keys = Vec::new();
        for entry in fs::read_dir(&path).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            // Kubernetes keeps what it swaps in folders that begin with dots.
            keys.extend(name.to_str().filter(|name| !name.starts_with('.')).map(str::to_owned));
        }
        keys.sort();
        Ok(keys)
    }

    /// The value where there is one: of a secret that may have it under several names.
    ///
    /// # Errors
    /// There are no secrets at all, or no such one.
    pub fn find(&self, name: &str, key: &str) -> Result<Option<String>, SecretError> {
        let folder = self.0.as_ref().ok_or_else(|| SecretError::NoFolder(name.to_owned()))?;
        let path = folder.join(name);
        if !path.is_dir() {
            return Err(SecretError::Unreadable { path, error: io::ErrorKind::NotFound.into() });
        }
        match self.value(&SecretKey { name: name.to_owned(), key: key.to_owned() }) {
            Ok(value) => Ok(Some(value)),
            Err(SecretError::Unreadable { error, .. }) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
