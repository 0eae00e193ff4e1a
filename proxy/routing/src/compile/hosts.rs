//! What holds for a whole host, whichever Ingresses its paths come from.
//!
//! As in ingress-nginx: one path with `use-regex` or a rewrite makes all paths of the host regular expressions, one Ingress with `tls` gives the host
//! a certificate, and `app-root` is about the host's `/`, whoever owns that.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::claims::Claims;
use super::rank::Rank;
use crate::pattern::Pattern;
use crate::policy::ClientTls;

/// What holds for a host. Default: nothing out of the ordinary, as for most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mode {
    /// Paths are regular expressions.
    pub(super) is_regex: bool,
    /// An Ingress of the host has a TLS section.
    pub(super) has_tls: bool,
    /// Where `/` is sent.
    pub(super) app_root: Option<Arc<str>>,
    /// What its clients have to show.
    pub(super) client_tls: Option<Arc<ClientTls>>,
    /// Somebody wrote a path of it. Known only of hosts that something else would stand in for.
    pub(super) is_written: bool,
}

/// What one Ingress says about its hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HostSettings {
    /// Hosts of its rules.
    pub(super) hosts: Vec<Arc<str>>,
    /// It has a TLS section.
    pub(super) has_tls: bool,
    pub(super) app_root: Option<Arc<str>>,
    /// What clients of its hosts have to show.
    pub(super) client_tls: Option<Arc<ClientTls>>,
    /// Other names of its hosts.
    pub(super) aliases: Vec<Arc<str>>,
    /// The same as regular expressions.
    pub(super) patterns: Vec<Arc<Pattern>>,
    /// Hosts that it stands in for while nobody writes a path of them.
    pub(super) stands_in: Vec<Arc<str>>,
}

impl HostSettings {
    /// Whether it says nothing about them.
    pub(super) fn is_plain(&self) -> bool {
        let Self { hosts: _, has_tls, app_root, client_tls, aliases: _, patterns: _, stands_in } = self;
        let is_secure = *has_tls || client_tls.is_some();
        !is_secure && app_root.is_none() && !self.gives_names() && stands_in.is_empty()
    }

    /// Whether it gives its hosts other names.
    fn gives_names(&self) -> bool {
        !self.aliases.is_empty() || !self.patterns.is_empty()
    }
}

/// Every host about which anything is said.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    said: FxHashMap<Arc<str>, BTreeMap<Rank, Arc<HostSettings>>>,
    /// Hosts with other names.
    aliased: BTreeMap<Arc<str>, BTreeMap<Rank, Arc<HostSettings>>>,
    /// Ingresses that stand in for a host, by that host.
    waiting: FxHashMap<Arc<str>, BTreeMap<Rank, Arc<HostSettings>>>,
    /// Those out of the ordinary.
    modes: FxHashMap<Arc<str>, Mode>,
    touched: FxHashSet<Arc<str>>,
}

impl Hosts {
    /// Puts what an Ingress says in place of what it said.
    pub(super) fn set(
        &mut self,
        rank: &Rank,
        before: Option<&Arc<HostSettings>>,
        after: Option<&Arc<HostSettings>>,
    ) {
        if before == after {
            return;
        }
        if let Some(settings) = before {
            settings.hosts.iter().for_each(|host| forget(&mut self.said, host, rank));
            settings.stands_in.iter().for_each(|host| forget(&mut self.waiting, host, rank));
            self.touched.extend(settings.hosts.iter().chain(&settings.stands_in).map(Arc::clone));
            for host in &settings.hosts {
                if let Some(given) = self.aliased.get_mut(host) {
                    given.remove(rank);
                }
            }
            self.aliased.retain(|_, given| !given.is_empty());
        }
        if let Some(settings) = after {
            for (map, hosts) in [(&mut self.said, &settings.hosts), (&mut self.waiting, &settings.stands_in)]
            {
                for host in hosts {
                    let said = map.entry(Arc::clone(host)).or_default();
                    said.insert(rank.clone(), Arc::clone(settings));
                    self.touched.insert(Arc::clone(host));
                }
            }
            for host in settings.hosts.iter().filter(|host| settings.gives_names() && &***host != "*") {
                let given = self.aliased.entry(Arc::clone(host)).or_default();
                given.insert(rank.clone(), Arc::clone(settings));
            }
        }
    }

    /// What holds for a host now.
    pub(super) fn mode(&self, host: &str) -> Mode {
        self.modes.get(host).cloned().unwrap_or_default()
    }

    /// Brings every mode up to date. Hosts for which something else holds than before.
    pub(super) fn settle(&mut self, claims: &mut Claims) -> Vec<Arc<str>> {
        let mut touched = claims.take_touched();
        touched.extend(self.touched.drain());
        let mut changed = Vec::new();
        for host in touched {
            let mode = self.derive(&host, claims);
            if self.modes.get(&host).unwrap_or(&Mode::default()) == &mode {
                continue;
            }
            if mode == Mode::default() {
                self.modes.remove(&host);
            } else {
                self.modes.insert(Arc::clone(&host), mode);
            }
            changed.push(host);
        }
        changed
    }

    /// Ingresses that stand in for a host.
    pub(super) fn waiting(&self, host: &str) -> impl Iterator<Item = &Arc<str>> {
        self.waiting.get(host).into_iter().flat_map(BTreeMap::keys).map(Rank::id)
    }

    /// Hosts with other names, and who gives them, the first by rank.
    pub(super) fn aliased(&self) -> &BTreeMap<Arc<str>, BTreeMap<Rank, Arc<HostSettings>>> {
        &self.aliased
    }

    fn derive(&self, host: &Arc<str>, claims: &Claims) -> Mode {
        let said = || self.said.get(host).into_iter().flat_map(BTreeMap::values);
        Mode {
            is_regex: claims.is_regex(host),
            // nginx finds certificates by the request's host, and the host for every other one has no name.
            has_tls: &**host != "*" && said().any(|settings| settings.has_tls),
            app_root: said().find_map(|settings| settings.app_root.clone()),
            client_tls: said().find_map(|settings| settings.client_tls.clone()),
            is_written: self.waiting.contains_key(host) && claims.names(host),
        }
    }
}

fn forget(said: &mut FxHashMap<Arc<str>, BTreeMap<Rank, Arc<HostSettings>>>, host: &Arc<str>, rank: &Rank) {
    if let Some(of_host) = said.get_mut(host) {
        of_host.remove(rank);
        if of_host.is_empty() {
            said.remove(host);
        }
    }
}
