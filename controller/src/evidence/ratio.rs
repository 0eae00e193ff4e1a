//! Whether each track gets the requests that its weight says, under the weights in force. Pure.
//!
//! Counted are requests that began: those that ended, and what is open more than before. A canary that hangs has got its share.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weir_api::Track;
use weir_api::status::Split;
use weir_judge::{Counts, ratio};

use super::overdue::Open;

/// In the order of every array here.
const TRACKS: [Track; 3] = [Track::Stable, Track::Baseline, Track::Canary];

/// What has begun under one epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Ratio {
    epoch: u64,
    began: [u64; 3],
    /// What was open at the last report of each proxy's process.
    open: BTreeMap<String, [u64; 3]>,
    /// Whether it was said already.
    is_said: bool,
}

impl Ratio {
    /// Counts begin anew with other weights.
    pub(super) fn at(&mut self, epoch: u64) {
        if self.epoch != epoch {
            *self = Self { epoch, ..Self::default() };
        }
    }

    /// Takes in what one proxy counted from one report to the next, stable, baseline, canary. `counts`: it served these weights at both.
    pub(super) fn see(&mut self, instance: &str, tracks: [Open; 3], counts: bool) {
        let before = self.open.insert(instance.to_owned(), tracks.map(|track| track.open));
        let Some(before) = before.filter(|_| counts) else { return };
        for ((began, track), before) in self.began.iter_mut().zip(tracks).zip(before) {
            *began = began.saturating_add((track.ended.saturating_add(track.open)).saturating_sub(before));
        }
    }

    /// A proxy that does not serve these weights; what is open there is another mix.
    pub(super) fn forget(&mut self, instance: &str) {
        self.open.remove(instance);
    }

    /// What is wrong with the shares, once an epoch.
    pub(super) fn news(&mut self, split: &Split, service: &str) -> Option<String> {
        let shares = TRACKS.map(|track| f64::from(split.weight(track).basis_points()) / 10_000.0);
        if self.is_said || !ratio::is_mismatched(&self.began, &shares) {
            return None;
        }
        self.is_said = true;
        let all: u64 = self.began.iter().sum();
        let parts =
            TRACKS.into_iter().zip(self.began).filter(|(track, _)| split.weight(*track).basis_points() > 0);
        let parts = parts.map(|(track, began)| {
            let percent = 100.0 * Counts::new(all, began).share();
            format!("{track} {percent:.1} % instead of {}", split.weight(track))
        });
        Some(format!(
            "the shares are not those of the weights: of {all} requests for {service} since the weights were set, {}; less than once in 1,000 by chance. \
             What was compared may be no fair sample: look for pods that are not ready, and for a proxy or a route that splits by other rules",
            parts.collect::<Vec<_>>().join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::Ratio;
    use crate::evidence::overdue::Open;
    use weir_api::Share;
    use weir_api::status::{Split, TrackShare};

    fn split() -> Split {
        let track = |percent: u16| TrackShare {
            service: String::new(),
            revision: String::new(),
            weight: Share::from_basis_points(100 * percent).unwrap(),
        };
        Split { epoch: 1, canary: track(5), baseline: Some(track(5)), ..Split::default() }
    }

    fn look(ratio: &mut Ratio, ended: [u64; 3], open: [u64; 3]) -> Option<String> {
        let side = |track: usize| Open { open: open[track], ended: ended[track] };
        ratio.see("p", [side(0), side(1), side(2)], true);
        ratio.news(&split(), "shop/api")
    }

    #[test]
    fn a_canary_that_gets_nothing_is_told_of_once_an_epoch() {
        let mut ratio = Ratio::default();
        ratio.at(1);
        let said: Vec<String> = (0..40).filter_map(|_| look(&mut ratio, [95, 5, 0], [3, 0, 0])).collect();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].contains("canary 0.0 % instead of 5 %")
                && said[0].contains("stable 95.0 % instead of 90 %"),
            "{said:?}"
        );
        ratio.at(1);
        assert_eq!(look(&mut ratio, [950, 50, 0], [0, 0, 0]), None);
        ratio.at(2);
        assert!((0..40).any(|_| look(&mut ratio, [95, 5, 0], [0, 0, 0]).is_some()));
    }

    #[test]
    fn one_that_hangs_has_got_its_share() {
        let mut ratio = Ratio::default();
        for second in 0..200 {
            assert_eq!(look(&mut ratio, [90, 5, 0], [2, 1, 5 * second]), None, "{second}");
        }
    }

    #[test]
    fn what_was_open_before_the_weights_is_not_counted() {
        let mut ratio = Ratio::default();
        ratio.see(
            "p",
            [Open { open: 0, ended: 0 }, Open { open: 0, ended: 0 }, Open { open: 500, ended: 0 }],
            false,
        );
        assert_eq!(look(&mut ratio, [90, 5, 500], [0, 0, 5]), None);
        assert_eq!(ratio.began, [90, 5, 5]);
        // Nor what a proxy counted that left these weights in between.
        ratio.forget("p");
        assert_eq!(look(&mut ratio, [0, 0, 900], [0, 0, 0]), None);
        assert_eq!(ratio.began, [90, 5, 5]);
    }
}
