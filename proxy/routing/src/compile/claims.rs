//! Who asks for which host and path. The first by rank has it; what is only revived comes after everything that is good.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::rank::Rank;
use crate::route::Match;

/// Who asks for which host and path.
#[derive(Debug, Default)]
pub(super) struct Claims {
    by_match: FxHashMap<Match, Vec<Claim>>,
}

/// One path of one Ingress.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    /// Whether it comes from the previous table, because the rule is spoilt.
    pub(super) is_revived: bool,
    pub(super) rank: Arc<Rank>,
    /// Number of the path in the Ingress.
    pub(super) item: usize,
}

impl Claims {
    pub(super) fn insert(&mut self, matches: &Match, claim: Claim) {
        // Hardly ever more than one.
        let claims = self.by_match.entry(matches.clone()).or_insert_with(|| Vec::with_capacity(1));
        let place = claims.partition_point(|known| *known < claim);
        claims.insert(place, claim);
    }

    pub(super) fn remove(&mut self, matches: &Match, claim: &Claim) {
        let Some(claims) = self.by_match.get_mut(matches) else { return };
        claims.retain(|known| known != claim);
        if claims.is_empty() {
            self.by_match.remove(matches);
        }
    }

    /// Everyone who asks for it, the owner first.
    pub(super) fn of(&self, matches: &Match) -> &[Claim] {
        self.by_match.get(matches).map(Vec::as_slice).unwrap_or_default()
    }
}
