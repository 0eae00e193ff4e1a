//! Where the release of a Canary is, as far as a flag that follows it is concerned.

use crate::share::Share;

/// What has become of the last release of a Canary. The caller takes it from the Canary's status at the moment of the evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It is under way, or none has begun; the canary has this share of the requests.
    Weight(Share),
    /// Production runs it: everybody has what came with it, although the canary's own weight is zero again.
    Promoted,
    /// It was given up, and nobody has what came with it.
    Aborted,
}

impl Release {
    /// The share of users that have what came with the release.
    #[must_use]
    pub const fn share(self) -> Share {
        match self {
            Self::Weight(weight) => weight,
            Self::Promoted => Share::FULL,
            Self::Aborted => Share::ZERO,
        }
    }
}
