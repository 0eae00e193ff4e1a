//! Where an object is: folders, and its own name.

use object_store::path::{Path, PathPart};

/// The name of an object below its store's address.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Vec<String>);

impl Name {
    /// Of these parts, the last one of which is its own. Characters that a store may not take are written as `%` and two digits.
    pub fn of<P: Into<String>>(parts: impl IntoIterator<Item = P>) -> Self {
        Self(parts.into_iter().map(Into::into).collect())
    }

    /// One part further down.
    #[must_use]
    pub fn join(&self, part: impl Into<String>) -> Self {
        let mut parts = self.0.clone();
        parts.push(part.into());
        Self(parts)
    }

    /// The whole of it, below `prefix`.
    pub(crate) fn below(&self, prefix: &Path) -> Path {
        let parts = self.0.iter().map(|part| PathPart::from(part.as_str()));
        prefix.parts().chain(parts).collect()
    }
}

#[cfg(test)]
mod tests {
    use object_store::path::Path;

    use super::Name;

    #[test]
    fn a_part_is_one_part_whatever_is_in_it() {
        let name = Name::of(["shop", "7"]).join("../a/b");
        assert_eq!(name.below(&Path::from("runs")).as_ref(), "runs/shop/7/..%2Fa%2Fb");
        assert_eq!(Name::of([".."]).below(&Path::default()).as_ref(), "%2E%2E");
    }
}
