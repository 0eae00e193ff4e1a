//! Runs that are over, kept outside the folder of the state.
//!
//! ```text
//! PIPELINE/NUMBER/about.json, artifacts/...
//!                 stages/STAGE.ATTEMPT/{log,notes,report.json,reports/...}
//!                                      services/NAME/log
//!                 run.json       the last one to be put: a run that has it is there as a whole
//! ```
//! What is kept is listed here; nothing else of a run is, so that what others lay beside it, as keys, stays where it is.

mod keeper;
mod kept;
mod seen;

use std::sync::Arc;

use weir_archive::{Name, ObjectError, Objects, OpenError};

use crate::store::split;

pub(crate) use keeper::Keeper;

/// Where runs are kept. Its clones are the same one.
#[derive(Clone, Debug)]
pub struct Archive(Arc<Objects>);

/// Why a run was not kept or not read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The store.
    #[error(transparent)]
    Object(#[from] ObjectError),
    /// Something on this machine.
    #[error("what is kept of the run here cannot be read: {0}")]
    Here(#[from] std::io::Error),
    /// Something there.
    #[error("{run}: what is in the archive cannot be read: {error}")]
    There {
        /// Which run.
        run: String,
        /// What is wrong with it.
        error: serde_json::Error,
    },
}

impl Archive {
    /// At an address: a directory, `file:///DIR`, `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX`. Nobody is asked yet.
    ///
    /// # Errors
    /// The address is wrong, or what variables of the environment say about it.
    pub fn open(address: &str) -> Result<Self, OpenError> {
        Ok(Self::new(Objects::open(address)?))
    }

    /// In this store.
    #[must_use]
    pub fn new(objects: Objects) -> Self {
        Self(Arc::new(objects))
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> &str {
        self.0.address()
    }
}

/// Where a run is; `None`: it has no run's id.
fn name(run: &str) -> Option<Name> {
    let (pipeline, number) = split(run)?;
    Some(Name::of([pipeline.to_owned(), number.to_string()]))
}
