//! What the controller tells Prometheus about itself and its releases.

use std::collections::BTreeMap;

use prometheus::core::Collector;
use prometheus::{
    Encoder, GaugeVec, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};
use weir_api::Track;

use crate::catalog::Key;
use crate::scrape::Scraped;
use crate::view::ReleaseView;

/// The controller's metrics.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    looks: Histogram,
    scrapes: IntCounterVec,
    flags: IntCounterVec,
    events: IntCounterVec,
    problems: IntGauge,
    leads: IntGauge,
    weight: GaugeVec,
    phase: IntGaugeVec,
    acknowledged: GaugeVec,
    evidence: GaugeVec,
    users_hit: IntGaugeVec,
}

impl Metrics {
    /// Metrics of a controller that has not looked yet.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let gauge = |name: &str, help: &str, labels: &[&str]| {
            registered(&registry, GaugeVec::new(Opts::new(name, help), labels)?)
        };
        let counts = |name: &str, help: &str, labels: &[&str]| {
            registered(&registry, IntGaugeVec::new(Opts::new(name, help), labels)?)
        };
        let counter = |name: &str, help: &str, labels: &[&str]| {
            registered(&registry, IntCounterVec::new(Opts::new(name, help), labels)?)
        };
        let looks =
            HistogramOpts::new("weir_controller_look_duration_seconds", "Duration of one look at everything");
        let problems =
            IntGauge::new("weir_controller_problems", "Things that keep the controller from its work")?;
        let leads = IntGauge::new("weir_controller_leader", "1 where this controller looks and writes")?;
        let canary = ["namespace", "canary"];
        Ok(Self {
            looks: registered(&registry, Histogram::with_opts(looks)?)?,
            scrapes: counter(
                "weir_controller_scrapes_total",
                "Reports asked of proxies",
                &["proxy", "result"],
            )?,
            flags: counter("weir_ofrep_requests_total", "Requests for feature flags", &["code"])?,
            events: counter(
                "weir_canary_events_total",
                "What happened to releases",
                &["namespace", "canary", "event"],
            )?,
            problems: registered(&registry, problems)?,
            leads: registered(&registry, leads)?,
            weight: gauge("weir_canary_weight_ratio", "Share of a track", &["namespace", "canary", "track"])?,
            phase: counts(
                "weir_canary_phase",
                "1 for the phase of a release",
                &["namespace", "canary", "phase"],
            )?,
            acknowledged: gauge(
                "weir_canary_acknowledged_ratio",
                "Proxies that serve the current weights",
                &canary,
            )?,
            evidence: gauge(
                "weir_canary_harm_evidence",
                "E-value that the canary is worse than its margin",
                &canary,
            )?,
            users_hit: counts(
                "weir_canary_users_hit",
                "Requests that failed for users by the canary's fault",
                &canary,
            )?,
            registry,
        })
    }

    /// Counts one look.
    pub(crate) fn looked(&self, seconds: f64, scraped: &[Scraped], events: &[(Key, weir_rollout::Event)]) {
        self.looks.observe(seconds);
        for Scraped { proxy, report } in scraped {
            let result = if report.is_ok() { "ok" } else { "error" };
            self.scrapes.with_label_values(&[proxy.as_str(), result]).inc();
        }
        for (key, event) in events {
            self.events.with_label_values(&[key.namespace.as_str(), key.name.as_str(), event.as_str()]).inc();
        }
    }

    /// Somebody asked for flags, and was answered.
    pub(crate) fn asked_for_flags(&self, status: http::StatusCode) {
        self.flags.with_label_values(&[status.as_str()]).inc();
    }

    /// Whether it is the one of several that looks.
    pub(crate) fn leads(&self, leads: bool) {
        self.leads.set(i64::from(leads));
    }

    /// The exposition in Prometheus' text form.
    pub(crate) fn render(
        &self,
        views: &BTreeMap<Key, ReleaseView>,
        problems: usize,
    ) -> Result<Vec<u8>, prometheus::Error> {
        self.problems.set(i64::try_from(problems).unwrap_or(i64::MAX));
        for gone in [&self.weight, &self.acknowledged, &self.evidence] {
            gone.reset();
        }
        self.phase.reset();
        self.users_hit.reset();
        for (key, view) in views {
            self.set(key, view);
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }

    fn set(&self, key: &Key, view: &ReleaseView) {
        let canary = [key.namespace.as_str(), key.name.as_str()];
        let with = |last: &'static str| [canary[0], canary[1], last];
        for (track, share) in [
            (Track::Stable, view.weights.stable),
            (Track::Baseline, view.weights.baseline),
            (Track::Canary, view.weights.canary),
        ] {
            let ratio = f64::from(share.basis_points()) / 10_000.0;
            self.weight.with_label_values(&with(track.as_str())).set(ratio);
        }
        self.phase.with_label_values(&with(view.phase.as_str())).set(1);
        let of = f64::from(view.acknowledged.of.max(1));
        self.acknowledged.with_label_values(&canary).set(f64::from(view.acknowledged.proxies) / of);
        if let Some(verdict) = &view.verdict {
            self.evidence.with_label_values(&canary).set(verdict.e_value);
        }
        if let Some(release) = &view.release {
            self.users_hit
                .with_label_values(&canary)
                .set(i64::try_from(release.users_hit).unwrap_or(i64::MAX));
        }
    }
}

fn registered<C: Collector + Clone + 'static>(
    registry: &Registry,
    metric: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}
