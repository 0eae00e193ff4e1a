//! Windows of proxies to blocks for the judge. Pure.
//!
//! Rules: the control is the baseline, or stable where there is none; stable beside a baseline is extra control for errors only, because its
//! pods are older and warmer; copies of requests are compared with copies, in blocks of their own; several routes of one Service count as one; a proxy counts only while it serves the epoch that is judged, from one
//! report to the next; a proxy that does not answer adds nothing to either side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weir_api::Track;
use weir_judge::{Block, Threshold, TrackBlock};
use weir_telemetry::window::Window;
use weir_telemetry::wire::{MATCHED, SeriesKey};

/// What one proxy measured between its last two reports.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interval {
    /// The proxy's process.
    pub(crate) instance: String,
    /// The epoch that it serves now, by canary.
    pub(crate) epochs: BTreeMap<String, u64>,
    /// What it measured.
    pub(crate) windows: BTreeMap<SeriesKey, Window>,
    /// Requests that have not ended, where there are any.
    pub(crate) open: BTreeMap<SeriesKey, u64>,
}

impl Interval {
    /// Requests of one track of a Service that have not ended. Canary pods of another revision are another release's.
    pub(crate) fn open_of(&self, service: &str, track: Track, canary_revision: &str) -> u64 {
        let is_of = |key: &SeriesKey| {
            key.service == service
                && key.group.is_empty()
                && key.track.parse() == Ok(track)
                && (track != Track::Canary || key.revision == canary_revision)
        };
        self.open.iter().filter(|(key, _)| is_of(key)).map(|(_, open)| open).sum()
    }
}

/// The measurements of each track of one Service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Tracks {
    /// What production runs.
    pub(crate) stable: Window,
    /// Fresh pods of the same.
    pub(crate) baseline: Window,
    /// The release.
    pub(crate) canary: Window,
    /// The release, for requests that a header route brought to it alone: who sends them is not like everybody, so they are compared with nothing.
    pub(crate) matched: Window,
    /// Copies of requests that stable answered: users saw none of them.
    pub(crate) copies: Copies,
}

/// What canary and baseline made of copies of the same requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Copies {
    /// Fresh pods of what production runs.
    pub(crate) baseline: Window,
    /// The release.
    pub(crate) canary: Window,
}

impl Tracks {
    /// Adds an interval's measurements of one Service (`namespace/service`). Canary pods of another revision are another release's.
    pub(crate) fn add(
        &mut self,
        service: &str,
        canary_revision: &str,
        windows: &BTreeMap<SeriesKey, Window>,
    ) {
        for (key, window) in windows.iter().filter(|(key, _)| key.service == service) {
            match key.track.parse() {
                Ok(Track::Stable) => self.stable.merge(window),
                Ok(Track::Baseline) => self.baseline.merge(window),
                Ok(Track::Canary) if key.revision != canary_revision => {}
                Ok(Track::Canary) if key.group == MATCHED => self.matched.merge(window),
                Ok(Track::Canary) if key.group.is_empty() => self.canary.merge(window),
                Ok(Track::Shadow) => self.add_copies(key, canary_revision, window),
                Ok(Track::Canary) | Err(_) => {}
            }
        }
    }

    /// Adds what another proxy measured.
    pub(crate) fn merge(&mut self, other: &Self) {
        let Self { stable, baseline, canary, matched, copies } = other;
        self.stable.merge(stable);
        self.baseline.merge(baseline);
        self.canary.merge(canary);
        self.matched.merge(matched);
        self.copies.baseline.merge(&copies.baseline);
        self.copies.canary.merge(&copies.canary);
    }

    fn add_copies(&mut self, key: &SeriesKey, canary_revision: &str, window: &Window) {
        match key.group.parse() {
            Ok(Track::Baseline) => self.copies.baseline.merge(window),
            Ok(Track::Canary) if key.revision == canary_revision => self.copies.canary.merge(window),
            Ok(Track::Canary | Track::Stable | Track::Shadow) | Err(_) => {}
        }
    }
}

/// What a canary is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// The baseline, with stable as extra control for errors.
    BaselineAndStable,
    /// The baseline alone: stable is being given the new version.
    Baseline,
    /// Stable: there is no baseline.
    Stable,
}

/// One side of a block.
pub(crate) fn side(window: &Window, thresholds: &[Threshold]) -> TrackBlock {
    TrackBlock {
        requests: window.outcomes.total(),
        errors: window.outcomes.errors(),
        timed: window.duration.count(),
        above: thresholds.iter().map(|threshold| window.duration.count_above(threshold.micros)).collect(),
    }
}

/// One block for the judge; `None` where nothing was measured.
pub(crate) fn block(tracks: &Tracks, control: Control, thresholds: &[Threshold]) -> Option<Block> {
    let side = |window: &Window| self::side(window, thresholds);
    let errors_only = |window: &Window| TrackBlock {
        requests: window.outcomes.total(),
        errors: window.outcomes.errors(),
        timed: 0,
        above: vec![0; thresholds.len()],
    };
    let (control, stable) = match control {
        Control::BaselineAndStable => (side(&tracks.baseline), Some(errors_only(&tracks.stable))),
        Control::Baseline => (side(&tracks.baseline), None),
        Control::Stable => (side(&tracks.stable), None),
    };
    let canary = side(&tracks.canary);
    let some = control.requests + canary.requests + stable.as_ref().map_or(0, |stable| stable.requests) > 0;
    some.then_some(Block { control, canary, stable })
}

/// One block of copies; `None` where there were none. The baseline's are the control of the canary's: both got the same requests, and no user's own.
pub(crate) fn copies(tracks: &Tracks, thresholds: &[Threshold]) -> Option<Block> {
    let Copies { baseline, canary } = &tracks.copies;
    let (control, canary) = (side(baseline, thresholds), side(canary, thresholds));
    (control.requests + canary.requests > 0).then_some(Block { control, canary, stable: None })
}

#[cfg(test)]
mod tests;
