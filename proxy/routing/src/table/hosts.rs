//! Host name to its paths.
//!
//! A hash table in shards. A lookup reads two places that it cannot know beforehand, the shard's slot and the host; a change copies one shard and
//! shares the others with the table before. A wildcard lies under what follows its one free label, the dot included: `.shop.example`.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use self::expressions::Expression;
use super::paths::Paths;
use crate::pattern::Pattern;
use crate::route::{PathKind, Route};

mod expressions;

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
    /// Hosts by their other names.
    aliases: Arc<BTreeMap<Arc<str>, Arc<str>>>,
    expressions: Arc<[Expression]>,
}

/// Other names of hosts.
#[derive(Clone, Debug, Default)]
pub(crate) struct OtherNames {
    /// Hosts by their other names.
    pub(crate) names: BTreeMap<Arc<str>, Arc<str>>,
    /// Hosts that regular expressions name, in the order in which they are asked.
    pub(crate) patterns: Vec<(Arc<Pattern>, Arc<str>)>,
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
    /// The host whose paths these are, where this is another name of it.
    alias_of: Option<Arc<str>>,
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
    /// The same hosts but for these changes, by host name, with exactly these other names.
    pub(super) fn with(&self, changes: FxHashMap<Arc<str>, HostChange>, others: OtherNames) -> Self {
        let OtherNames { names: aliases, patterns } = others;
        let mut hosts = self.clone();
        let mut after: FxHashMap<Arc<str>, Option<Arc<Host>>> = FxHashMap::default();
        for (name, change) in changes {
            let host = Host::changed(self.host(&name), &name, change).map(Arc::new);
            if &*name == ANY {
                hosts.any = host;
            } else {
                after.insert(name, host);
            }
        }
        if !patterns.is_empty() || !self.expressions.is_empty() {
            hosts.expressions =
                expressions::next(&self.expressions, &patterns, &after, |name| self.host(name));
        }
        self.rename(&aliases, &mut after);
        if after.is_empty() {
            return hosts;
        }
        hosts.aliases = if *self.aliases == aliases { Arc::clone(&self.aliases) } else { Arc::new(aliases) };
        let mut by_shard: FxHashMap<usize, FxHashMap<Arc<str>, Option<Arc<Host>>>> = FxHashMap::default();
        for (name, host) in after {
            if name.starts_with('*') {
                hosts.wildcards += usize::from(host.is_some());
                hosts.wildcards -= usize::from(self.named(&name).is_some());
            }
            by_shard.entry(shard_of(hash_of(key_of(&name)))).or_default().insert(name, host);
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

    /// Brings other names up to date where they or their hosts changed.
    fn rename(
        &self,
        aliases: &BTreeMap<Arc<str>, Arc<str>>,
        after: &mut FxHashMap<Arc<str>, Option<Arc<Host>>>,
    ) {
        for name in self.aliases.keys().filter(|name| !aliases.contains_key(*name)) {
            after.entry(Arc::clone(name)).or_insert(None);
        }
        for (name, of) in aliases {
            let is_same =
                self.aliases.get(name) == Some(of) && !after.contains_key(of) && !after.contains_key(name);
            if is_same {
                continue;
            }
            let host = match after.get(of) {
                Some(host) => host.as_deref(),
                None => self.host(of),
            };
            let host = host.map(|host| Arc::new(host.under(name, of)));
            after.insert(Arc::clone(name), host);
        }
    }

    /// The host that owns a host of a request.
    #[inline]
    pub(super) fn owner(&self, host: &str) -> Option<&Host> {
        let exact = self.get(hash_of(host), |known| !known.is_wildcard && &*known.name == host);
        let owner = exact.or_else(|| self.wildcard(host));
        let owner = owner.or_else(|| expressions::find(&self.expressions, host)).or(self.any.as_ref());
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

    /// The host of this very name, which is not another host's.
    pub(super) fn host(&self, name: &str) -> Option<&Host> {
        let known = if name == ANY { self.any.as_ref() } else { self.named(name) };
        known.map(|host| &**host).filter(|host| host.alias_of.is_none())
    }

    /// Whatever is known under this very name.
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

    /// The host whose paths it has, where its name is another one of that.
    pub(super) fn alias_of(&self) -> Option<&str> {
        self.alias_of.as_deref()
    }

    /// Every route, the default backend included.
    pub(super) fn routes(&self) -> impl Iterator<Item = &Arc<Route>> {
        self.paths.routes().chain(&self.default)
    }

    /// The same under another name.
    fn under(&self, name: &Arc<str>, of: &Arc<str>) -> Self {
        let Self { default, paths, .. } = self;
        let (default, paths, alias_of) = (default.clone(), paths.clone(), Some(Arc::clone(of)));
        Self { name: Arc::clone(name), is_wildcard: name.starts_with('*'), default, paths, alias_of }
    }

    /// The host after a change; `None`: it has no route any more.
    fn changed(before: Option<&Self>, name: &Arc<str>, change: HostChange) -> Option<Self> {
        let HostChange { gone, added } = change;
        let old = before.into_iter().flat_map(Self::routes);
        let mut routes: Vec<Arc<Route>> =
            old.filter(|route| !gone.contains(&route.index)).map(Arc::clone).collect();
        routes.extend(added);
        let default = routes.iter().position(|route| route.matches.kind == PathKind::Default);
        let default = default.map(|place| routes.swap_remove(place));
        if routes.is_empty() && default.is_none() {
            return None;
        }
        let is_wildcard = name.starts_with('*');
        Some(Self { name: Arc::clone(name), is_wildcard, default, paths: Paths::new(routes), alias_of: None })
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
