//! Windows of proxies to blocks for the judge. Pure.
//!
//! Rules: the control is the baseline, or stable where there is none; stable beside a baseline is extra control for errors only, because its
//! pods are older and warmer; several routes of one Service count as one; a proxy counts only while it serves the epoch that is judged, from one
//! report to the next; a proxy that does not answer adds nothing to either side.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use weir_api::Track;
use weir_judge::{Block, Threshold, TrackBlock};
use weir_telemetry::window::Window;
use weir_telemetry::wire::SeriesKey;

/// What one proxy measured between its last two reports.
#[derive(Clone, Debug, Default)]
pub struct Interval {
    /// The proxy's process.
    pub instance: String,
    /// The epoch that it serves now, by canary.
    pub epochs: BTreeMap<String, u64>,
    /// What it measured.
    pub windows: BTreeMap<SeriesKey, Window>,
}

/// The measurements of each track of one Service.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tracks {
    /// What production runs.
    pub stable: Window,
    /// Fresh pods of the same.
    pub baseline: Window,
    /// The release.
    pub canary: Window,
}

impl Tracks {
    /// Adds an interval's measurements of one Service (`namespace/service`). Canary pods of another revision are another release's.
    pub fn add(&mut self, service: &str, canary_revision: &str, windows: &BTreeMap<SeriesKey, Window>) {
        for (key, window) in windows.iter().filter(|(key, _)| key.service == service) {
            match key.track.parse() {
                Ok(Track::Stable) => self.stable.merge(window),
                Ok(Track::Baseline) => self.baseline.merge(window),
                Ok(Track::Canary) if key.revision == canary_revision => self.canary.merge(window),
                Ok(Track::Canary | Track::Shadow) | Err(_) => {}
            }
        }
    }

    /// The measurements of one track.
    #[must_use]
    pub fn of(&self, track: Track) -> Option<&Window> {
        match track {
            Track::Stable => Some(&self.stable),
            Track::Baseline => Some(&self.baseline),
            Track::Canary => Some(&self.canary),
            Track::Shadow => None,
        }
    }
}

/// What a canary is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The baseline, with stable as extra control for errors.
    BaselineAndStable,
    /// The baseline alone: stable is being given the new version.
    Baseline,
    /// Stable: there is no baseline.
    Stable,
}

/// One block for the judge; `None` where nothing was measured.
#[must_use]
pub fn block(tracks: &Tracks, control: Control, thresholds: &[Threshold]) -> Option<Block> {
    let side = |window: &Window| TrackBlock {
        requests: window.outcomes.total(),
        errors: window.outcomes.errors(),
        timed: window.duration.count(),
        above: thresholds.iter().map(|threshold| window.duration.count_above(threshold.micros)).collect(),
    };
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

#[cfg(test)]
mod tests;
