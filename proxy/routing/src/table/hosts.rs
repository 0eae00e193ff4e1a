//! Host name to its paths.
//!
//! A hash table in shards. A lookup reads two places that it cannot know beforehand, the shard's slot and the host; a change copies one shard and
//! shares the others with the table before. A wildcard lies under what follows its one free label, the dot included: `.shop.example`.

use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use super::paths::Paths;
use crate::route::{PathKind, Route};

/// Name of the host that stands for every host.
const ANY: &str = "*";
/// A power of two. One shard of 10,000 hosts has 20.
const SHARDS: usize = 512;

/// The paths of every host, by the most specific name.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    /// None, or all of them.
    shards: Arc<[Shard]>,
    any: Option<Arc<Host>>,
    wildcards: usize,
}

/// Slots, a power of two or none at all, at least half of them free.
type Shard = Arc<[Slot]>;

#[derive(Clone, Debug, Default)]
struct Slot {
    hash: u64,
    host: Option<Arc<Host>>,
}

/// One host.
#[derive(Debug)]
pub(super) struct Host {
    name: Arc<str>,
    is_wildcard: bool,
    default: Option<Arc<Route>>,
    paths: Paths,
}

/// What a new table changes about one host.
#[derive(Debug, Default)]
pub(crate) struct HostChange {
    /// Places of the routes that it no longer has, or has in another form.
    pub(crate) gone: FxHashSet<usize>,
    /// Routes that are new or have another form.
    pub(crate) added: Vec<Arc<Route>>,
}

impl Hosts {
    /// The same hosts but for these changes, by host name.
    pub(super) fn with(&self, changes: FxHashMap<Arc<str>, HostChange>) -> Self {
        let mut hosts = self.clone();
        let mut by_shard: FxHashMap<usize, FxHashMap<Arc<str>, Option<Arc<Host>>>> = FxHashMap::default();
        for (name, change) in changes {
            if &*name == ANY {
                hosts.any = Host::changed(self.any.as_deref(), &name, change).map(Arc::new);
                continue;
            }
            let before = self.named(&name);
            let after = Host::changed(before.map(|host| &**host), &name, change).map(Arc::new);
            if name.starts_with('*') {
                hosts.wildcards += usize::from(after.is_some());
                hosts.wildcards -= usize::from(before.is_some());
            }
            by_shard.entry(shard_of(hash_of(key_of(&name)))).or_default().insert(name, after);
        }
        if by_shard.is_empty() {
            return hosts;
        }
        let mut shards: Vec<Shard> = self.shards.to_vec();
        shards.resize(SHARDS, Arc::default());
        for (number, changed) in by_shard {
            if let Some(shard) = shards.get_mut(number) {
                *shard = rebuilt(shard, changed);
            }
        }
        hosts.shards = shards.into();
        hosts
    }

    /// The host that owns a host of a request.
    #[inline]
    pub(super) fn owner(&self, host: &str) -> Option<&Host> {
        let exact = self.get(hash_of(host), |known| !known.is_wildcard && &*known.name == host);
        let owner = exact.or_else(|| self.wildcard(host)).or(self.any.as_ref());
        owner.map(|owner| &**owner)
    }

    /// The route for a host and path.
    #[inline]
    pub(super) fn find(&self, host: &str, path: &str) -> Option<&Arc<Route>> {
        let owned = self.owner(host).and_then(|owner| owner.paths.find(path).or(owner.default.as_ref()));
        owned.or_else(|| self.any.as_ref()?.default.as_ref())
    }

    fn wildcard(&self, host: &str) -> Option<&Arc<Host>> {
        if self.wildcards == 0 {
            return None;
        }
        let dot = host.find('.').filter(|dot| *dot > 0)?;
        self.suffix(host.get(dot..)?)
    }

    fn suffix(&self, suffix: &str) -> Option<&Arc<Host>> {
        self.get(hash_of(suffix), |known| known.is_wildcard && key_of(&known.name) == suffix)
    }

    /// The host of this very name.
    fn named(&self, name: &str) -> Option<&Arc<Host>> {
        if name.starts_with('*') {
            self.suffix(key_of(name))
        } else {
            self.get(hash_of(name), |known| !known.is_wildcard && &*known.name == name)
        }
    }

    fn get(&self, hash: u64, is_it: impl Fn(&Host) -> bool) -> Option<&Arc<Host>> {
        let shard = self.shards.get(shard_of(hash))?;
        let mask = shard.len().checked_sub(1)?;
        let mut place = slot_of(hash);
        loop {
            let slot = shard.get(place & mask)?;
            let host = slot.host.as_ref()?;
            if slot.hash == hash && is_it(host) {
                return Some(host);
            }
            place = place.wrapping_add(1);
        }
    }
}

impl Host {
    /// Its name: a host, `*.` and a host, or `*`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The host after a change; `None`: it has no route any more.
    fn changed(before: Option<&Self>, name: &Arc<str>, change: HostChange) -> Option<Self> {
        let HostChange { gone, added } = change;
        let old = before.into_iter().flat_map(|host| host.paths.routes().chain(&host.default));
        let mut routes: Vec<Arc<Route>> =
            old.filter(|route| !gone.contains(&route.index)).map(Arc::clone).collect();
        routes.extend(added);
        let default = routes.iter().position(|route| route.matches.kind == PathKind::Default);
        let default = default.map(|place| routes.swap_remove(place));
        if routes.is_empty() && default.is_none() {
            return None;
        }
        let is_wildcard = name.starts_with('*');
        Some(Self { name: Arc::clone(name), is_wildcard, default, paths: Paths::new(routes) })
    }
}

fn rebuilt(shard: &Shard, mut changed: FxHashMap<Arc<str>, Option<Arc<Host>>>) -> Shard {
    let kept = shard.iter().filter_map(|slot| slot.host.as_ref());
    let mut hosts: Vec<Arc<Host>> =
        kept.filter(|host| !changed.contains_key(&host.name)).map(Arc::clone).collect();
    hosts.extend(changed.drain().filter_map(|(_, host)| host));
    if hosts.is_empty() {
        return Arc::default();
    }
    let mut slots = vec![Slot::default(); (hosts.len() * 2).next_power_of_two()];
    let mask = slots.len() - 1;
    for host in hosts {
        let hash = hash_of(key_of(&host.name));
        let mut place = slot_of(hash);
        while slots.get(place & mask).is_some_and(|slot| slot.host.is_some()) {
            place = place.wrapping_add(1);
        }
        if let Some(slot) = slots.get_mut(place & mask) {
            *slot = Slot { hash, host: Some(host) };
        }
    }
    slots.into()
}

/// What a known host lies under.
fn key_of(name: &str) -> &str {
    name.strip_prefix('*').unwrap_or(name)
}

fn hash_of(key: &str) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(key.as_bytes());
    hasher.finish()
}

fn shard_of(hash: u64) -> usize {
    usize::try_from(hash >> 48).unwrap_or_default() & (SHARDS - 1)
}

fn slot_of(hash: u64) -> usize {
    usize::try_from(hash & 0xffff_ffff).unwrap_or_default()
}
