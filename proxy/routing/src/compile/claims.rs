//! Who asks for which host and path. The first by rank has it; what is only revived comes after everything that is good, and what only stands in for
//! a host or path that nobody wrote comes last.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::rank::Rank;
use crate::route::Match;

/// Who asks for which host and path.
#[derive(Debug, Default)]
pub(super) struct Claims {
    by_match: FxHashMap<Match, Vec<Claim>>,
    hosts: FxHashMap<Arc<str>, Host>,
    /// Hosts of which something may be different since [`Claims::take_touched`].
    touched: FxHashSet<Arc<str>>,
}

/// What is claimed of one host.
#[derive(Debug, Default)]
struct Host {
    /// Claims of written paths.
    written: usize,
    /// Owned paths that make it a host whose paths are regular expressions.
    regex: usize,
}

/// One path of one Ingress.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    /// Whether nobody wrote it: it stands in for a path that is not there.
    pub(super) stands_in: bool,
    /// Whether it comes from the previous table, because the rule is spoilt.
    pub(super) is_revived: bool,
    pub(super) rank: Arc<Rank>,
    /// Number of the path in the Ingress.
    pub(super) item: usize,
    /// Whether the path makes its host one whose paths are regular expressions.
    pub(super) is_regex: bool,
}

impl Claims {
    pub(super) fn insert(&mut self, matches: &Match, claim: Claim) {
        self.change(matches, |claims| {
            let place = claims.partition_point(|known| *known < claim);
            claims.insert(place, claim);
        });
    }

    pub(super) fn remove(&mut self, matches: &Match, claim: &Claim) {
        if self.by_match.contains_key(matches) {
            self.change(matches, |claims| claims.retain(|known| known != claim));
        }
    }

    /// Everyone who asks for it, the owner first.
    pub(super) fn of(&self, matches: &Match) -> &[Claim] {
        self.by_match.get(matches).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether anybody wrote a path of this host.
    pub(super) fn names(&self, host: &str) -> bool {
        self.hosts.get(host).is_some_and(|host| host.written > 0)
    }

    /// Whether the paths of this host are regular expressions.
    pub(super) fn is_regex(&self, host: &str) -> bool {
        self.hosts.get(host).is_some_and(|host| host.regex > 0)
    }

    /// Hosts whose claims were changed since the last call.
    pub(super) fn take_touched(&mut self) -> FxHashSet<Arc<str>> {
        std::mem::take(&mut self.touched)
    }

    fn change(&mut self, matches: &Match, change: impl FnOnce(&mut Vec<Claim>)) {
        // Hardly ever more than one.
        let claims = self.by_match.entry(matches.clone()).or_insert_with(|| Vec::with_capacity(1));
        let count = |claims: &[Claim]| {
            let written = claims.iter().filter(|claim| !claim.stands_in).count();
            (written, usize::from(claims.first().is_some_and(|owner| owner.is_regex)))
        };
        let before = count(claims);
        change(claims);
        let after = count(claims);
        if claims.is_empty() {
            self.by_match.remove(matches);
        }
        if before == after {
            return;
        }
        let host = self.hosts.entry(Arc::clone(&matches.host)).or_default();
        host.written = host.written + after.0 - before.0;
        host.regex = host.regex + after.1 - before.1;
        if host.written == 0 && host.regex == 0 {
            self.hosts.remove(&matches.host);
        }
        self.touched.insert(Arc::clone(&matches.host));
    }
}
