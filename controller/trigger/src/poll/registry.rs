//! Tags of an image in a registry.
//!
//! `GET /v2/<name>/tags/list`, page by page (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags>), and for each
//! tag that the trigger wants what it stands for (`Docker-Content-Digest`).

mod challenge;
mod place;
mod turns;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Nonsense;
use crate::event::Event;

pub use challenge::{Challenge, Elsewhere, is_trusted, next_page};
pub use place::Place;
pub use turns::turns;

/// Most tags that are remembered.
const MOST_TAGS: usize = 10_000;

/// What a registry says: tags that the trigger wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What each stands for: `sha256:..`; none where the registry did not say.
    pub tags: BTreeMap<String, Option<String>>,
    /// Whether all pages were read. Of an incomplete list nothing that is missing counts as gone.
    pub complete: bool,
}

/// What was there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Known {
    /// Which tags were asked for, in any form that changes when they do.
    pub filter: String,
    /// What each stood for.
    pub tags: BTreeMap<String, Option<String>>,
}

/// What is news of an image, and what to remember.
///
/// A tag that stands for something else is news. With another filter it is a first look again: tags that nobody asked for before are not new.
///
/// # Errors
/// There is nothing where there was something, or more than can be remembered.
pub fn look(
    repository: &str,
    filter: &str,
    known: Option<&Known>,
    listing: &Listing,
) -> Result<(Vec<Event>, Known), Nonsense> {
    if listing.tags.len() > MOST_TAGS {
        return Err(Nonsense::TooMany(MOST_TAGS));
    }
    let first = || (Vec::new(), Known { filter: filter.to_owned(), tags: listing.tags.clone() });
    let Some(known) = known.filter(|known| known.filter == filter) else { return Ok(first()) };
    if listing.tags.is_empty() && !known.tags.is_empty() {
        return Err(Nonsense::Empty(known.tags.len()));
    }
    let mut tags = if listing.complete { BTreeMap::new() } else { known.tags.clone() };
    let mut events = Vec::new();
    for (tag, digest) in &listing.tags {
        let before = known.tags.get(tag);
        // A registry that does not say this time has not said that it moved.
        let digest = digest.as_ref().or(before.and_then(Option::as_ref));
        let previous = before.and_then(Option::as_ref);
        let moved = previous.is_some() && previous != digest;
        if before.is_none() || moved {
            events.push(Event::Image {
                repository: repository.to_owned(),
                tag: tag.clone(),
                digest: digest.cloned(),
                previous: previous.cloned(),
            });
        }
        tags.insert(tag.clone(), digest.cloned());
    }
    if tags.len() > MOST_TAGS {
        return Err(Nonsense::TooMany(MOST_TAGS));
    }
    Ok((events, Known { filter: filter.to_owned(), tags }))
}

#[cfg(test)]
mod tests;
