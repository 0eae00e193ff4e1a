//! Copies of requests, and the pods that they need.
//!
//! Copies are load like requests of users, so whoever gets them is sized for them: pods that are too few fail for what is not the version's fault.

use weir_api::Share;
use weir_api::status::{MirrorRoute, Split};

use crate::policy::{Policy, RouteChange, Step};

/// The most of all requests of which copies may be made: one is copied by one route at the most.
pub(crate) fn copied(routes: &[MirrorRoute]) -> Share {
    routes.iter().map(|route| route.percentage).max().unwrap_or(Share::ZERO)
}

/// The same where a step changes that of this split: what is in force and what is to come, whichever is more.
pub(crate) fn copied_at(policy: &Policy, split: &Split, step: usize) -> Share {
    let coming = match policy.steps().get(step) {
        Some(Step::SetRoute(RouteChange::Mirror { name: _, route: Some(route) })) => route.percentage,
        _ => Share::ZERO,
    };
    copied(&split.mirror_routes).max(coming)
}

/// The share of all requests that somebody gets who has this share of them, and copies of so much of what stable answers: `away` is what it does not.
/// Rounded up.
pub(crate) fn with_copies(own: Share, away: Share, copied: Share) -> Share {
    let whole = u32::from(Share::FULL.basis_points());
    let more = (u32::from(away.rest().basis_points()) * u32::from(copied.basis_points())).div_ceil(whole);
    let all = u32::from(own.basis_points()) + more;
    u16::try_from(all).ok().and_then(Share::from_basis_points).unwrap_or(Share::FULL)
}

#[cfg(test)]
mod tests {
    use super::{Share, with_copies};

    #[test]
    fn copies_are_of_what_stable_answers_and_never_more_than_everything() {
        let share = |points| Share::from_basis_points(points).unwrap();
        for (own, away, copied, all) in [
            (0, 0, 0, 0),
            (0, 0, 10_000, 10_000),
            (0, 0, 2_000, 2_000),
            (500, 1_000, 10_000, 9_500),
            (500, 1_000, 1, 501),
            (5_000, 10_000, 10_000, 5_000),
            (10_000, 10_000, 10_000, 10_000),
            (9_000, 0, 10_000, 10_000),
        ] {
            assert_eq!(
                with_copies(share(own), share(away), share(copied)),
                share(all),
                "{own} {away} {copied}"
            );
        }
    }
}
