//! Which endpoint gets a request: of two random ones the one with less in flight.
//!
//! It needs no state between requests and comes close to the least loaded. Endpoints that refused lately are left out unless all did.

use std::rc::Rc;

use tokio::time::Instant;

use super::Endpoint;

/// With half of the endpoints aside, one request in 256 goes to the neighbour.
const DRAWS_MAX: u32 = 7;

/// Picks an endpoint that is not in `tried`; `None` where there is none. `random(n)` gives a number below `n`.
pub(crate) fn pick<'e>(
    endpoints: &'e [Rc<Endpoint>],
    tried: &[Rc<Endpoint>],
    now: Instant,
    random: impl Fn(usize) -> usize,
) -> Option<&'e Rc<Endpoint>> {
    if let [only] = endpoints {
        return tried.is_empty().then_some(only);
    }
    let untried = |endpoint: &Rc<Endpoint>| !tried.iter().any(|t| Rc::ptr_eq(t, endpoint));
    let healthy = |endpoint: &Rc<Endpoint>| !endpoint.is_aside(now) && untried(endpoint);
    let n = endpoints.len();
    let one = drawn(endpoints, || random(n), healthy);
    let Some(first) = next(endpoints, one, healthy) else { return next(endpoints, one, untried) };
    let other = drawn(endpoints, || (one + 1 + random(n.saturating_sub(1))) % n, healthy);
    let second = next(endpoints, other, healthy).unwrap_or(first);
    Some(if second.in_flight() < first.in_flight() { second } else { first })
}

/// A place, drawn again a few times where it does not fit: else the neighbour of one that is aside has its part as well as its own.
fn drawn(
    endpoints: &[Rc<Endpoint>],
    draw: impl Fn() -> usize,
    fits: impl Fn(&Rc<Endpoint>) -> bool,
) -> usize {
    let mut place = draw();
    for _ in 0..DRAWS_MAX {
        if endpoints.get(place).is_none_or(&fits) {
            break;
        }
        place = draw();
    }
    place
}

/// The first that fits, from `start` on and around.
fn next(
    endpoints: &[Rc<Endpoint>],
    start: usize,
    fits: impl Fn(&Rc<Endpoint>) -> bool,
) -> Option<&Rc<Endpoint>> {
    let (before, after) = endpoints.split_at_checked(start)?;
    after.iter().chain(before).find(|endpoint| fits(endpoint))
}
