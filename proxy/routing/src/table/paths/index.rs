//! A hash table of paths that is asked for every prefix of a request's path at once.
//!
//! Invariant: the hash of a longer text continues the hash of a shorter one, so all prefixes cost one pass. Equal hashes prove nothing: the text is
//! compared before a route is taken.

use std::sync::Arc;

use crate::route::{PathKind, Route};

/// No entry.
const FREE: u32 = u32::MAX;
/// Odd, and with no pattern in its bits (the golden ratio).
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// The paths of a host that has several.
#[derive(Debug)]
pub(in crate::table) struct Index {
    /// Slots, a power of two, at least half of them free.
    slots: Box<[Slot]>,
    entries: Box<[Entry]>,
    text: Box<str>,
    /// Lengths of Exact and Prefix paths, which end at a segment's end.
    whole: Lengths,
    /// Lengths of the paths that may end anywhere.
    bytes: Lengths,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Half of the hash: another path is hardly ever looked at.
    tag: u32,
    entry: u32,
}

/// One path, and the routes that have it, one for each kind.
#[derive(Debug)]
struct Entry {
    start: u32,
    len: u32,
    exact: Option<Arc<Route>>,
    prefix: Option<Arc<Route>>,
    bytes: Option<Arc<Route>>,
    /// The one that has a slash after this path.
    slash: Option<Arc<Route>>,
}

impl Entry {
    /// The route of this entry for a path that goes on with `next` after the entry's text.
    fn route(&self, next: Option<&u8>) -> Option<&Arc<Route>> {
        match next {
            None => {
                let named = self.exact.as_ref().or(self.prefix.as_ref()).or(self.bytes.as_ref());
                named.or(self.slash.as_ref())
            }
            Some(b'/') => self.prefix.as_ref().or(self.bytes.as_ref()),
            Some(_) => self.bytes.as_ref(),
        }
    }

    fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        [&self.exact, &self.prefix, &self.bytes].into_iter().flatten()
    }
}

impl Index {
    pub(super) fn new(routes: Vec<Arc<Route>>) -> Self {
        let slashes = routes.iter().filter(|route| route.slashless().is_some()).count();
        let free = Slot { tag: 0, entry: FREE };
        let mut index = Building {
            // A path that ends with a slash may be there twice.
            slots: vec![free; (routes.len() * 2 + slashes * 2).next_power_of_two()],
            entries: Vec::with_capacity(routes.len()),
            text: String::new(),
        };
        let (mut whole, mut bytes) = (Lengths::default(), Lengths::default());
        for route in &routes {
            let Some(path) = route.slashless() else { continue };
            if let Some(entry) = index.entry(path) {
                whole.insert(path.len());
                let is_before = |known: &Arc<Route>| {
                    (known.matches.kind, known.index) <= (route.matches.kind, route.index)
                };
                entry.slash = entry.slash.take().filter(is_before).or_else(|| Some(Arc::clone(route)));
            }
        }
        for route in routes {
            let Some(entry) = index.entry(&route.matches.path) else { continue };
            let (lengths, place) = match route.matches.kind {
                PathKind::Exact => (&mut whole, &mut entry.exact),
                PathKind::Prefix => (&mut whole, &mut entry.prefix),
                PathKind::ImplementationSpecific => (&mut bytes, &mut entry.bytes),
                PathKind::Default => continue,
            };
            lengths.insert(route.matches.path.len());
            place.get_or_insert(route);
        }
        let Building { slots, entries, text } = index;
        Self { slots: slots.into(), entries: entries.into(), text: text.into(), whole, bytes }
    }

    pub(super) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.entries.iter().flat_map(Entry::routes)
    }

    /// See [`super::Paths::find`].
    #[inline]
    pub(super) fn find(&self, path: &str) -> Option<&Arc<Route>> {
        let path = path.as_bytes();
        if path.first() != Some(&b'/') {
            return None;
        }
        let longest = self.whole.longest().max(self.bytes.longest()).min(path.len());
        let (mut hash, mut best) = (0, None);
        for len in 0..=longest {
            let next = path.get(len);
            let may_end = self.bytes.may_have(len)
                || (self.whole.may_have(len) && next.is_none_or(|next| *next == b'/'));
            if may_end && let Some(entry) = path.get(..len).and_then(|text| self.get(hash, text)) {
                best = entry.route(next).or(best);
            }
            hash = next.map_or(hash, |next| longer(hash, *next));
        }
        best
    }

    fn get(&self, hash: u64, text: &[u8]) -> Option<&Entry> {
        let (tag, mut place) = tag_and_place(hash);
        let mask = self.slots.len().checked_sub(1)?;
        loop {
            let slot = self.slots.get(place & mask)?;
            if slot.entry == FREE {
                return None;
            }
            if slot.tag == tag {
                let entry = self.entries.get(usize::try_from(slot.entry).ok()?)?;
                if text_of(entry, &self.text) == Some(text) {
                    return Some(entry);
                }
            }
            place = place.wrapping_add(1);
        }
    }
}

/// An index to which paths are added.
struct Building {
    slots: Vec<Slot>,
    entries: Vec<Entry>,
    text: String,
}

impl Building {
    /// The entry of this path. `None`: the paths of the host are longer than 4 GiB in all.
    fn entry(&mut self, path: &str) -> Option<&mut Entry> {
        let (tag, mut place) = tag_and_place(path.bytes().fold(0, longer));
        let mask = self.slots.len().checked_sub(1)?;
        let number = loop {
            let slot = self.slots.get_mut(place & mask)?;
            if slot.entry == FREE {
                let number = u32::try_from(self.entries.len()).ok().filter(|number| *number != FREE)?;
                let (start, len) = (u32::try_from(self.text.len()).ok()?, u32::try_from(path.len()).ok()?);
                *slot = Slot { tag, entry: number };
                self.entries.push(Entry { start, len, exact: None, prefix: None, bytes: None, slash: None });
                self.text.push_str(path);
                break number;
            }
            let entry = self.entries.get(usize::try_from(slot.entry).ok()?)?;
            if slot.tag == tag && text_of(entry, &self.text) == Some(path.as_bytes()) {
                break slot.entry;
            }
            place = place.wrapping_add(1);
        };
        self.entries.get_mut(usize::try_from(number).ok()?)
    }
}

fn text_of<'t>(entry: &Entry, text: &'t str) -> Option<&'t [u8]> {
    let (start, len) = (usize::try_from(entry.start).ok()?, usize::try_from(entry.len).ok()?);
    text.as_bytes().get(start..start + len)
}

/// The hash of a text that is one byte longer.
#[inline]
fn longer(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_add(1).wrapping_mul(MULTIPLIER).rotate_left(23)
}

/// The two halves of the hash, mixed.
#[inline]
fn tag_and_place(hash: u64) -> (u32, usize) {
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(MULTIPLIER);
    let half = |half: u64| u32::try_from(half & 0xffff_ffff).unwrap_or_default();
    (half(mixed), usize::try_from(half(mixed >> 32)).unwrap_or_default())
}

/// Lengths that are told apart; longer ones are all taken for members.
const KNOWN: usize = 256;

/// Lengths that occur.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lengths {
    words: [u64; KNOWN / 64],
    longest: Option<usize>,
}

impl Lengths {
    pub(super) fn insert(&mut self, len: usize) {
        if let Some(word) = self.words.get_mut(len / 64) {
            *word |= 1 << (len % 64);
        }
        self.longest = self.longest.max(Some(len));
    }

    /// Whether a member may have this length: never wrong below 256, and never wrong in saying no.
    #[inline]
    pub(super) fn may_have(&self, len: usize) -> bool {
        match self.words.get(len / 64) {
            Some(word) => word & (1 << (len % 64)) != 0,
            None => self.longest >= Some(len),
        }
    }

    /// The longest member, 0 for none.
    pub(super) fn longest(&self) -> usize {
        self.longest.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Lengths;

    #[test]
    fn a_member_is_never_denied_and_a_short_other_always() {
        let mut lengths = Lengths::default();
        assert!((0..1000).all(|len| !lengths.may_have(len)));
        for len in [0, 63, 64, 255, 256, 700] {
            lengths.insert(len);
            assert!(lengths.may_have(len));
        }
        assert!([1, 62, 65, 254, 701].iter().all(|len| !lengths.may_have(*len)));
        assert_eq!(lengths.longest(), 700);
    }
}
