//! Where objects come from. Standalone: watched directories.
//!
//! A feed gives whole sets, never differences: what is not in a set is gone. It keeps the last good state of what it cannot read now.

use std::future::Future;

use weir_routing::Objects;

use crate::problems::Problem;

pub(crate) mod directory;

pub use self::directory::DirectoryFeed;

/// A source of objects.
pub trait Feed: Send + 'static {
    /// Waits for a change and gives everything there is; the first call gives what is there at once.
    fn next(&mut self) -> impl Future<Output = Observed> + Send;
}

/// Everything there is.
#[derive(Debug, Default)]
pub struct Observed {
    /// The objects.
    pub objects: Objects,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Where the objects were written, for problems that are found later.
    pub places: Places,
}

/// Finds the file and line of an object's field.
#[derive(Debug, Default)]
pub struct Places(std::collections::BTreeMap<(String, String, String), weir_api::manifest::Origin>);

impl Places {
    /// Notes where an object was written.
    pub fn insert(&mut self, kind: &str, namespace: &str, name: &str, origin: weir_api::manifest::Origin) {
        self.0.insert((kind.to_owned(), namespace.to_owned(), name.to_owned()), origin);
    }

    /// File, line and field path in the file; `None` for objects that come from no file.
    #[must_use]
    pub fn find(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        field: &str,
    ) -> Option<(String, u32, String)> {
        let origin = self.0.get(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))?;
        Some((origin.file().to_owned(), origin.line(field), origin.path(field)))
    }
}
