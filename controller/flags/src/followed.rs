//! Which releases a flag follows.

use globset::{GlobBuilder, GlobMatcher};

use crate::flags::ObjectName;

/// The releases of a Canary that one flag follows: what the caller is asked about when the flag is evaluated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Followed {
    /// The object of the flag: each remembers for itself with which release its variant came to everybody.
    pub flag: ObjectName,
    /// The Canary, `namespace/name`.
    pub canary: String,
    /// Which of its releases, by their images; `None`: whichever begins.
    pub images: Option<String>,
}

impl Followed {
    /// Which images are like that of [`Self::images`]; `None`: every image is.
    #[must_use]
    pub fn matcher(&self) -> Option<GlobMatcher> {
        // It was checked when the flag was read.
        self.images.as_deref().and_then(|images| matcher(images).ok())
    }
}

/// `*` takes `/` in, as registries are of no interest to who writes `*:2.*`.
pub(crate) fn matcher(images: &str) -> Result<GlobMatcher, globset::Error> {
    Ok(GlobBuilder::new(images).literal_separator(false).build()?.compile_matcher())
}
