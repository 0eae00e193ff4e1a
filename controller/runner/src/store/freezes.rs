//! Freezes as they were last, by the names of their files: whoever opens the folder knows them before any run goes on.

use std::collections::BTreeMap;

use weir_stages::Freeze;

use super::{Store, StoreError, read, write};

impl Store {
    /// Those that were kept last.
    pub(crate) fn freezes(&self) -> Result<BTreeMap<String, Vec<Freeze>>, StoreError> {
        let path = self.folder.join("freezes.json");
        let kept = read(&path).map_err(|error| StoreError::File { path, error })?;
        Ok(kept.unwrap_or_default())
    }

    pub(crate) fn keep_freezes(&self, freezes: &BTreeMap<String, Vec<Freeze>>) -> Result<(), StoreError> {
        let path = self.folder.join("freezes.json");
        // Where there never was one, there is nothing to be kept.
        if freezes.is_empty() && !path.exists() {
            return Ok(());
        }
        write(&path, freezes).map_err(|error| StoreError::File { path, error })
    }
}
