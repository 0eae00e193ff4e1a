//! When an analysis judges, and over which windows.

use serde::{Deserialize, Serialize};

/// What is asked for. Times are milliseconds since 1970, spans milliseconds; upstream knows whole minutes only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// When it is planned.
    pub now_millis: i64,
    /// Where the data begin; `None`: now.
    pub start_millis: Option<i64>,
    /// Where they end; `None`: after the lifetime, and there is something to wait for.
    pub end_millis: Option<i64>,
    /// How long it takes; `end_millis` is heard first.
    pub lifetime_millis: Option<i64>,
    /// How long nothing is judged at the beginning.
    pub begin_after_millis: i64,
    /// Time between two judgements; `None` or 0: one at the end.
    pub interval_millis: Option<i64>,
    /// Length of a sliding window; 0: it grows.
    pub lookback_millis: i64,
}

/// A window of the canary's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// Its beginning.
    pub start_millis: i64,
    /// Its end.
    pub end_millis: i64,
}

impl Window {
    /// The control's window, so many milliseconds earlier.
    #[must_use]
    pub fn earlier(self, millis: i64) -> Self {
        Self {
            start_millis: self.start_millis.saturating_sub(millis),
            end_millis: self.end_millis.saturating_sub(millis),
        }
    }
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Waited for before anything else; also where the data are past, as upstream has it.
    pub warm_up_millis: Option<i64>,
    /// Waited for before each judgement; `None` where the data are past.
    pub wait_millis: Option<i64>,
    /// One for each judgement.
    pub windows: Vec<Window>,
}

/// What cannot be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Nobody says how long it takes.
    #[error("neither an end nor a lifetime is given: say how long the analysis takes")]
    NoLifetime,
    /// There would be no window.
    #[error("the end is not after the beginning, or the lifetime is nothing: there is no window to judge")]
    NoTime,
}

/// Most judgements of one plan: what a year of minutes would have.
const MOST: i64 = 525_600;

impl Asked {
    /// Plans it. What is left of the lifetime after the last whole interval is not judged, as upstream has it.
    ///
    /// # Errors
    /// There is no lifetime, or nothing of it.
    pub fn plan(&self) -> Result<Plan, PlanError> {
        let start = self.start_millis.unwrap_or(self.now_millis);
        let lifetime = match self.end_millis {
            Some(end) => end.saturating_sub(start),
            None => self.lifetime_millis.ok_or(PlanError::NoLifetime)?,
        };
        if lifetime < 1 {
            return Err(PlanError::NoTime);
        }
        let interval =
            self.interval_millis.filter(|interval| (1..=lifetime).contains(interval)).unwrap_or(lifetime);
        let delay = if self.end_millis.is_some() { 0 } else { self.begin_after_millis.max(0) };
        let at = |millis: i64| start.saturating_add(delay).saturating_add(millis);
        let count = lifetime.checked_div(interval).unwrap_or_default().min(MOST);
        let windows = (1..=count).map(|number| {
            let end_millis = at(number.saturating_mul(interval));
            let sliding = (self.lookback_millis > 0).then(|| end_millis.saturating_sub(self.lookback_millis));
            Window { start_millis: sliding.unwrap_or_else(|| at(0)), end_millis }
        });
        Ok(Plan {
            warm_up_millis: (self.begin_after_millis > 0).then_some(self.begin_after_millis),
            wait_millis: self.end_millis.is_none().then_some(interval),
            windows: windows.collect(),
        })
    }
}
