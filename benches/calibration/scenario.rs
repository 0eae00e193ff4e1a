//! What happens to the canary, and to everybody.

/// How one track answers in one second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Behaviour {
    /// Share of requests that end in an upstream error.
    pub(crate) errors: f64,
    /// All latencies are multiplied by this.
    pub(crate) scale: f64,
    /// Spread of the latencies: of their logarithms.
    pub(crate) sigma: f64,
    /// This share of requests ...
    pub(crate) slow_share: f64,
    /// ... takes so many times as long.
    pub(crate) slow_factor: f64,
}

impl Behaviour {
    /// Half a percent of errors; latencies lognormal around 20 ms, p99 at 81 ms.
    pub(crate) const HEALTHY: Self =
        Self { errors: 0.005, scale: 1.0, sigma: 0.6, slow_share: 0.0, slow_factor: 1.0 };
}

/// A kind of release.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Whether it ought to be aborted.
    pub(crate) is_bad: bool,
    /// Requests a second of baseline and of canary; stable gets eight times as much.
    pub(crate) rate: f64,
    /// What the canary does.
    pub(crate) canary: Behaviour,
    /// What happens to everybody at the same time.
    pub(crate) common: Common,
}

/// What happens to everybody at the same time, or to each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Common {
    /// Nothing.
    Calm,
    /// Errors, latencies and the rate go up and down by four fifths every minute.
    Drift,
    /// The rate goes from a fifth to nine fifths over the release, errors with it.
    Diurnal,
    /// Each track by itself fails a tenth of one second's requests, every twentieth second.
    Bursts,
    /// Fresh pods, canary and baseline, answer five times as slowly in the first half minute.
    ColdStart,
}

const fn healthy(name: &'static str, rate: f64, common: Common) -> Scenario {
    Scenario { name, is_bad: false, rate, canary: Behaviour::HEALTHY, common }
}

const fn bad(name: &'static str, canary: Behaviour) -> Scenario {
    Scenario { name, is_bad: true, rate: 10.0, canary, common: Common::Calm }
}

const HEALTHY: Behaviour = Behaviour::HEALTHY;

pub(crate) const SCENARIOS: [Scenario; 18] = [
    healthy("no difference", 10.0, Common::Calm),
    healthy("no difference, common drift", 10.0, Common::Drift),
    healthy("no difference, traffic from a fifth to nine fifths", 10.0, Common::Diurnal),
    healthy("no difference, bursts of failures on each track", 10.0, Common::Bursts),
    healthy("no difference, slow start of fresh pods", 10.0, Common::ColdStart),
    healthy("no difference, 1 request/s", 1.0, Common::Calm),
    bad("errors 0.5 -> 1 %", Behaviour { errors: 0.01, ..HEALTHY }),
    bad("errors 0.5 -> 2 %", Behaviour { errors: 0.02, ..HEALTHY }),
    bad("errors 0.5 -> 20 %", Behaviour { errors: 0.2, ..HEALTHY }),
    Scenario { rate: 1.0, ..bad("errors 0.5 -> 20 %, 1 request/s", Behaviour { errors: 0.2, ..HEALTHY }) },
    Scenario {
        common: Common::Drift,
        ..bad("errors 0.5 -> 2 %, common drift", Behaviour { errors: 0.02, ..HEALTHY })
    },
    bad("latency +30 %, all requests", Behaviour { scale: 1.3, ..HEALTHY }),
    bad("latency x 2, all requests", Behaviour { scale: 2.0, ..HEALTHY }),
    bad("tail only: 2 % of requests x 6", Behaviour { slow_share: 0.02, slow_factor: 6.0, ..HEALTHY }),
    bad("tail only: 5 % of requests x 6", Behaviour { slow_share: 0.05, slow_factor: 6.0, ..HEALTHY }),
    bad("two kinds: 20 % of requests x 4", Behaviour { slow_share: 0.2, slow_factor: 4.0, ..HEALTHY }),
    bad("wider spread, same median", Behaviour { sigma: 0.9, ..HEALTHY }),
    Scenario {
        common: Common::Drift,
        ..bad("latency x 2, common drift", Behaviour { scale: 2.0, ..HEALTHY })
    },
];
