//! Requests of which copies go to canary and baseline while stable answers them. Asked only where a release has such routes.

use std::sync::Arc;

use weir_api::{mirror, status};

use crate::fraction::Fraction;
use crate::head::Head;
use crate::matching::Requests;
use crate::pattern::PatternError;
use crate::random::{Random, mix};
use crate::route::Route;
use crate::turns::Draw;

/// Requests of which copies go to canary and baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorRoute {
    /// Its name.
    pub name: Arc<str>,
    /// Share of its requests of which copies are made.
    pub share: Fraction,
    /// The requests: whatever one of these takes.
    requests: Box<[Requests]>,
    /// Whether their method may be one that changes something.
    any_method: bool,
}

impl MirrorRoute {
    /// What a status says; else which entry of its match cannot be followed.
    pub(super) fn of(given: &status::MirrorRoute) -> Result<Self, (usize, PatternError)> {
        let status::MirrorRoute { name, requests, percentage, unsafe_methods } = given;
        let compiled = |(index, given)| Requests::new(given).map_err(|error| (index, error));
        let whole = u32::from(weir_api::Share::FULL.basis_points());
        Ok(Self {
            name: name.as_str().into(),
            share: Fraction::new(u32::from(percentage.basis_points()), whole),
            requests: requests.iter().enumerate().map(compiled).collect::<Result<_, _>>()?,
            any_method: *unsafe_methods,
        })
    }

    /// Whether a request is one of them.
    pub(crate) fn takes(&self, head: &Head<'_>) -> bool {
        (self.any_method || mirror::is_safe(head.method)) && self.requests.iter().any(|one| one.take(head))
    }
}

/// Whose turn it is to be copied: the draws of one route on one worker, each mirror route's its own.
#[derive(Clone, Debug)]
pub struct Copying {
    slots: Random,
    draws: Vec<Option<Draw>>,
}

impl Copying {
    /// The draws of a route on a worker with this seed. Every worker of every proxy should have another one.
    #[must_use]
    pub fn of(seed: u64, route: &Route) -> Self {
        // Of another stream than the turns of the same route: else the two would agree on which requests they draw.
        let seed = mix(!mix(seed ^ crate::sticky::name_hash(&route.id)));
        Self { slots: Random::new(seed), draws: Vec::new() }
    }

    /// Whether copies are made of a request: the first route that takes it decides, by its next turn.
    pub fn takes(&mut self, routes: &[MirrorRoute], head: &Head<'_>) -> bool {
        let Some(place) = routes.iter().position(|route| route.takes(head)) else { return false };
        if self.draws.len() <= place {
            self.draws.resize_with(place + 1, || None);
        }
        let (Some(route), Some(draw)) = (routes.get(place), self.draws.get_mut(place)) else { return false };
        Draw::of(draw, route.share, &mut self.slots).next(&mut self.slots)
    }
}
