//! Tags of images in registries.

use std::collections::BTreeMap;
use std::time::Duration;

use weir_trigger::definition::{Image, Source};
use weir_trigger::poll::registry::{Listing, Place, look, turns};
use weir_trigger::{Event, Subscription};

use super::Triggers;
use crate::registry::{Account, Registry, Tags};
use crate::triggers::memory::Tagged;

/// Tags of which it is asked what they stand for with one look.
const MOST_DIGESTS: usize = 100;
/// How long all answers of a registry may take.
const DEADLINE: Duration = Duration::from_mins(2);

/// An image as it is to be asked for.
struct Wanted {
    /// Name of a secret. Who names it in one trigger names it for all.
    credentials: Option<String>,
    /// Where all triggers say so: no password goes without TLS because another trigger has none.
    insecure: bool,
    /// Which tags, by how they are written: each is looked at by itself, so that a trigger that is new, or wants others now, leaves what the others know.
    filters: BTreeMap<String, Subscription>,
}

impl Triggers {
    /// Starts what an image's news start.
    pub(super) async fn ask_image(&self, repository: &str) -> Result<(), String> {
        let wanted = self.wanted(repository);
        let before = self.memory.image(repository);
        let listing = tokio::time::timeout(DEADLINE, self.listing(repository, &wanted, &before)).await;
        let listing = listing.map_err(|_late| format!("no answer within {DEADLINE:?}"))??;
        let (mut news, mut filters) = (Vec::new(), BTreeMap::new());
        for (filter, subscription) in &wanted.filters {
            let tags = listing.tags.iter().filter(|(tag, _)| subscription.lists_tag(tag));
            let tags = tags.map(|(tag, digest)| (tag.clone(), digest.clone())).collect();
            let here = Listing { tags, complete: listing.complete };
            let looked = look(repository, filter, before.filters.get(filter), &here);
            let (events, known) = looked.map_err(|error| error.to_string())?;
            // Two filters have the same news of the same tag.
            let new: Vec<Event> = events.into_iter().filter(|event| !news.contains(event)).collect();
            news.extend(new);
            filters.insert(filter.clone(), known);
        }
        let number = before.changes.saturating_add(u64::from(!news.is_empty()));
        for event in &news {
            let Event::Image { tag, digest, .. } = event else { continue };
            let token =
                format!("image/{repository}/{number}/{tag}/{}", digest.as_deref().unwrap_or_default());
            if let Some(failed) = self.start(event, &token).await.failed.into_iter().next() {
                return Err(failed);
            }
        }
        let looks = before.looks.wrapping_add(1);
        self.memory.know_image(repository, Tagged { changes: number, looks, filters });
        Ok(())
    }

    fn wanted(&self, repository: &str) -> Wanted {
        let mut wanted = Wanted { credentials: None, insecure: true, filters: BTreeMap::new() };
        for (trigger, subscription) in self.listening() {
            let Source::Image(image) = trigger.source else { continue };
            if image.repository != repository {
                continue;
            }
            let Image { repository: _, tags, range, every: _, credentials, insecure } = image;
            wanted.insecure &= insecure;
            wanted.credentials = wanted.credentials.or(credentials);
            let filter = format!("{} {}", tags.join(" "), range.unwrap_or_default());
            wanted.filters.insert(filter, subscription);
        }
        wanted
    }

    /// The tags that somebody wants, with what they stand for as far as it was their turn.
    async fn listing(&self, repository: &str, wanted: &Wanted, before: &Tagged) -> Result<Listing, String> {
        let place = Place::read(repository).ok_or_else(|| format!("{repository:?} is no image"))?;
        let account = wanted.credentials.as_deref();
        let account = account.map(|secret| Account::read(self.runner.secrets(), secret, &place)).transpose();
        let mut registry = Registry {
            client: self.runner.client(),
            place,
            insecure: wanted.insecure,
            account: account.map_err(|error| error.to_string())?,
            authorization: None,
        };
        let Tags { mut tags, complete } = registry.tags().await.map_err(|error| error.to_string())?;
        tags.retain(|tag| wanted.filters.values().any(|subscription| subscription.lists_tag(tag)));
        let is_new = |tag: &str| !before.filters.values().any(|known| known.tags.contains_key(tag));
        let asked = turns(&tags, is_new, before.looks, MOST_DIGESTS);
        let mut listing: BTreeMap<String, Option<String>> =
            tags.iter().map(|tag| (tag.clone(), None)).collect();
        for tag in asked {
            match registry.digest(tag).await.map_err(|error| error.to_string())? {
                Some(digest) => _ = listing.insert(tag.to_owned(), digest),
                // It was removed meanwhile.
                None => _ = listing.remove(tag),
            }
        }
        Ok(Listing { tags: listing, complete })
    }
}
