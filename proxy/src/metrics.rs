//! What is exported to Prometheus: every family's name, unit and labels stand here and nowhere else.
//!
//! | family | labels |
//! |---|---|
//! | `weir_request_duration_seconds` | `route`, `service`, `track`, `revision`; warm-up included |
//! | `weir_requests_total` | the same and `outcome` |
//! | `weir_warmup_requests_total`, `weir_retries_total`, `weir_rescued_total`, `weir_requests_in_flight` | the same |
//! | `http_request_duration_ms` | `namespace`, `pod`; warm-up left out |
//! | `weir_split_weight`, `weir_split_epoch`, `weir_table_generation` | `route` and `track`; `canary`; none |
//! | `weir_requests_refused_total`, `weir_requests_redirected_total`, `weir_requests_denied_total`, `weir_connections_*`, `weir_upstream_*`, `weir_problems`, `weir_build_info` | |
//!
//! `http_request_duration_ms` is what Kayenta configurations of `prom-client` services query: `pod=~"<scope>.*", namespace="<location>"`. The
//! proxy does not know pods, but it knows the Service of each track, and a scope is a server group, which is what that Service selects. So
//! `pod` is the name of the track's Service (`shop-canary`), and `shop-canary.*` finds it.

use prometheus::TextEncoder;
use prometheus::proto::MetricFamily;
use weir_routing::policy::{Denial, Reason};

use self::family::Family;
use crate::counters::{Count, Counters};
use crate::error::Refusal;
use crate::problems::Severity;
use crate::worker::Shared;

mod family;
mod requests;

/// Everything in Prometheus' text format.
pub(crate) fn text(shared: &Shared) -> Result<String, prometheus::Error> {
    let mut families = requests::families(&shared.registry.report());
    families.extend(table(shared));
    families.extend(connections(shared));
    families.push(refused(shared));
    families.push(redirected(shared));
    families.push(denied(shared));
    families.push(problems(shared));
    families.push(
        Family::gauge("weir_build_info", "What runs; always 1.")
            .with(&[("version", env!("CARGO_PKG_VERSION"))], 1)
            .into(),
    );
    // The encoder refuses families without a member.
    families.retain(|family| !family.get_metric().is_empty());
    TextEncoder::new().encode_to_string(&families)
}

fn table(shared: &Shared) -> Vec<MetricFamily> {
    let table = shared.table.load();
    let mut weights =
        Family::gauge("weir_split_weight", "Configured share of a route's requests, from 0 to 1.");
    let mut epochs = Family::gauge("weir_split_epoch", "Number of the weight setting that is served.");
    for route in table.routes() {
        let weir_routing::Split::Tracks(tracks) = &route.split else { continue };
        for backend in route.split.backends() {
            let share = f64::from(tracks.weight(backend.track).basis_points()) / 10_000.0;
            weights.add(&[("route", &route.id), ("track", backend.track.as_str())], share);
        }
    }
    for (canary, epoch) in table.epochs() {
        epochs = epochs.with(&[("canary", canary)], *epoch);
    }
    let generation =
        Family::gauge("weir_table_generation", "Number of the routes that are served; 0 before the first.");
    vec![weights.into(), epochs.into(), generation.with(&[], table.generation()).into()]
}

fn connections(shared: &Shared) -> Vec<MetricFamily> {
    let sum = |count: fn(&Counters) -> &Count| shared.counters.iter().map(|c| count(c).get()).sum::<u64>();
    let counter = |name, help, n| MetricFamily::from(Family::counter(name, help).with(&[], n));
    let mut cut =
        Family::counter("weir_connections_cut_total", "Client connections that were cut, by reason.");
    for (number, reason) in Counters::CUTS.into_iter().enumerate() {
        let n = shared.counters.iter().filter_map(|c| c.cut.get(number)).map(Count::get).sum::<u64>();
        cut = cut.with(&[("reason", reason)], n);
    }
    vec![
        counter("weir_connections_accepted_total", "Client connections accepted.", sum(|c| &c.accepted)),
        Family::gauge("weir_connections_open", "Client connections open now.")
            .with(&[], sum(|c| &c.open))
            .into(),
        counter(
            "weir_connections_over_limit_total",
            "Client connections closed at once: too many.",
            sum(|c| &c.over_limit),
        ),
        counter(
            "weir_tls_handshakes_failed_total",
            "TLS handshakes that failed.",
            sum(|c| &c.handshake_failed),
        ),
        cut.into(),
        counter(
            "weir_upstream_connects_total",
            "Connections to endpoints that were tried.",
            sum(|c| &c.connects),
        ),
        counter(
            "weir_upstream_connects_failed_total",
            "Connections to endpoints that failed.",
            sum(|c| &c.connects_failed),
        ),
        counter(
            "weir_track_replaced_total",
            "Requests that another track served because theirs had no ready endpoint.",
            sum(|c| &c.stood_in),
        ),
    ]
}

fn refused(shared: &Shared) -> MetricFamily {
    let mut family = Family::counter(
        "weir_requests_refused_total",
        "Requests refused before any route was asked for, by reason.",
    );
    for (number, reason) in Refusal::NAMES.into_iter().enumerate() {
        let n = shared.counters.iter().filter_map(|c| c.refused.get(number)).map(Count::get).sum::<u64>();
        family = family.with(&[("reason", reason)], n);
    }
    family.into()
}

fn redirected(shared: &Shared) -> MetricFamily {
    let mut family = Family::counter(
        "weir_requests_redirected_total",
        "Requests that were sent elsewhere before an upstream was chosen, by reason.",
    );
    for (number, reason) in Reason::ALL.into_iter().enumerate() {
        let n = shared.counters.iter().filter_map(|c| c.redirected.get(number)).map(Count::get).sum::<u64>();
        family = family.with(&[("reason", reason.as_str())], n);
    }
    family.into()
}

fn denied(shared: &Shared) -> MetricFamily {
    let mut family = Family::counter(
        "weir_requests_denied_total",
        "Requests that the policy of their route refused before an upstream was chosen, by reason.",
    );
    for (number, reason) in Denial::ALL.into_iter().enumerate() {
        let n = shared.counters.iter().filter_map(|c| c.denied.get(number)).map(Count::get).sum::<u64>();
        family = family.with(&[("reason", reason.as_str())], n);
    }
    family.into()
}

fn problems(shared: &Shared) -> MetricFamily {
    let all = shared.problems.all();
    let mut family =
        Family::gauge("weir_problems", "Problems of the configuration now; /debug/problems shows them.");
    for severity in [Severity::Error, Severity::Warning] {
        let n = all.iter().filter(|problem| problem.severity == severity).count();
        family = family.with(&[("severity", severity.as_str())], u64::try_from(n).unwrap_or(u64::MAX));
    }
    family.into()
}
