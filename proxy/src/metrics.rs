//! What is exported to Prometheus: every family's name, unit and labels stand here and nowhere else.
//!
//! | family | labels |
//! |---|---|
//! | `weir_request_duration_seconds` | `route`, `service`, `track`, `revision`; warm-up included |
//! | `weir_requests_total` | the same and `outcome` |
//! | `weir_warmup_requests_total`, `weir_retries_total`, `weir_rescued_total`, `weir_requests_in_flight` | the same |
//! | `http_request_duration_ms` | `namespace`, `pod`; warm-up left out |
//! | `weir_split_weight`, `weir_split_epoch`, `weir_table_generation` | `route` and `track`; `canary`; none |
//! | `weir_tls_certificate_ends_seconds` | `host` |
//! | `weir_breaker_open`, `weir_breaker_kept_off_total` | `canary` and `kind`; none |
//! | `weir_requests_refused_total`, `weir_requests_redirected_total`, `weir_requests_denied_total`, `weir_auth_*`, `weir_mirror_requests_total`, `weir_copies_total`, `weir_copy_duration_seconds`, `weir_connections_*`, `weir_upstream_*`, `weir_problems`, `weir_build_info` | |
//!
//! `http_request_duration_ms` is what Kayenta configurations of `prom-client` services query: `pod=~"<scope>.*", namespace="<location>"`. The
//! proxy does not know pods, but it knows the Service of each track, and a scope is a server group, which is what that Service selects. So
//! `pod` is the name of the track's Service (`shop-canary`), and `shop-canary.*` finds it.

use prometheus::TextEncoder;
use prometheus::proto::MetricFamily;
use weir_routing::policy::{Denial, Reason};

use self::family::Family;
use crate::counters::{AuthOutcome, Count, Counters, Cut, Mirrored, TlsFault, Unintroduced};
use crate::error::Refusal;
use crate::problems::Severity;
use crate::process::Shared;

mod family;
mod requests;

/// Everything in Prometheus' text format.
pub(crate) fn text(shared: &Shared) -> Result<String, prometheus::Error> {
    let (series, copied) = requests::apart(shared.registry.report());
    let mut families = requests::families(&requests::joined(series));
    families.extend(requests::of_copies(&copied));
    families.extend(table(shared));
    families.extend(connections(shared));
    families.extend(counted(shared));
    families.push(tripped(shared));
    families.push(refused(shared));
    families.push(redirected(shared));
    families.push(denied(shared));
    families.push(auth(shared));
    families.push(mirrored(shared));
    families.push(problems(shared));
    families.push(certificates(shared));
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

/// A family of one count: its name, what it says, and the count.
type Counted = (&'static str, &'static str, fn(&Counters) -> &Count);

/// What is counted without a label.
const COUNTS: [Counted; 8] = [
    ("weir_connections_accepted_total", "Client connections accepted.", |c| &c.accepted),
    ("weir_connections_over_limit_total", "Client connections closed at once: too many.", |c| &c.over_limit),
    ("weir_tls_handshakes_failed_total", "TLS handshakes that failed.", |c| &c.handshake_failed),
    ("weir_upstream_connects_total", "Connections to endpoints that were tried.", |c| &c.connects),
    ("weir_upstream_connects_failed_total", "Connections to endpoints that failed.", |c| &c.connects_failed),
    (
        "weir_track_replaced_total",
        "Requests that another track served because theirs had no ready endpoint.",
        |c| &c.stood_in,
    ),
    (
        "weir_breaker_kept_off_total",
        "Requests that stable served because the canary had failed too much.",
        |c| &c.kept_off,
    ),
    (
        "weir_auth_remembered_total",
        "Of the requests that a server was asked about, those for which a remembered answer was used (auth-cache-key).",
        |c| &c.auth_remembered,
    ),
];

fn counted(shared: &Shared) -> impl Iterator<Item = MetricFamily> {
    COUNTS.into_iter().map(|(name, help, count)| {
        Family::counter(name, help).with(&[], over_workers(shared, |counters| Some(count(counters)))).into()
    })
}

fn connections(shared: &Shared) -> [MetricFamily; 4] {
    let open = over_workers(shared, |counters| Some(&counters.open));
    let open = Family::gauge("weir_connections_open", "Client connections open now.").with(&[], open);
    let cut = ("weir_connections_cut_total", "Client connections that were cut, by reason.");
    let upstream_tls =
        ("weir_upstream_tls_failed_total", "Connections to endpoints that failed because of TLS, by reason.");
    let unintroduced = (
        "weir_proxy_protocol_refused_total",
        "Client connections closed for want of a header of the PROXY protocol, by reason.",
    );
    [
        open.into(),
        by_reason(shared, cut, Cut::NAMES, |c| &c.cut),
        by_reason(shared, upstream_tls, TlsFault::NAMES, |c| &c.upstream_tls),
        by_reason(shared, unintroduced, Unintroduced::NAMES, |c| &c.unintroduced),
    ]
}

fn certificates(shared: &Shared) -> MetricFamily {
    let help =
        "When the certificate of a host ends, in seconds since 1970; host _ is the default certificate.";
    let mut family = Family::gauge("weir_tls_certificate_ends_seconds", help);
    for (host, end) in shared.certificates.get().into_iter().flat_map(|certificates| certificates.ends()) {
        family = family.with(&[("host", &host)], end.as_secs());
    }
    family.into()
}

fn tripped(shared: &Shared) -> MetricFamily {
    let help = "Canaries that this proxy took out by itself, by what tripped; always 1.";
    let mut family = Family::gauge("weir_breaker_open", help);
    for (canary, trip) in shared.breakers.trips() {
        family = family.with(&[("canary", &canary), ("kind", &trip.kind)], 1);
    }
    family.into()
}

fn refused(shared: &Shared) -> MetricFamily {
    let help = "Requests refused before any route was asked for, by reason.";
    by_reason(shared, ("weir_requests_refused_total", help), Refusal::NAMES, |c| &c.refused)
}

fn redirected(shared: &Shared) -> MetricFamily {
    let help = "Requests that were sent elsewhere before an upstream was chosen, by reason.";
    let reasons = Reason::ALL.map(Reason::as_str);
    by_reason(shared, ("weir_requests_redirected_total", help), reasons, |c| &c.redirected)
}

fn denied(shared: &Shared) -> MetricFamily {
    let help = "Requests that the policy of their route refused before an upstream was chosen, by reason.";
    let reasons = Denial::ALL.map(Denial::as_str);
    by_reason(shared, ("weir_requests_denied_total", help), reasons, |c| &c.denied)
}

/// What is counted apart for each reason, over all workers.
fn by_reason<const N: usize>(
    shared: &Shared,
    name: (&str, &str),
    reasons: [&'static str; N],
    counts: fn(&Counters) -> &[Count; N],
) -> MetricFamily {
    by_label(shared, "reason", name, reasons, counts)
}

/// What is counted apart for each value of a label, over all workers.
fn by_label<const N: usize>(
    shared: &Shared,
    label: &'static str,
    (name, help): (&str, &str),
    values: [&'static str; N],
    counts: fn(&Counters) -> &[Count; N],
) -> MetricFamily {
    let mut family = Family::counter(name, help);
    for (number, value) in values.into_iter().enumerate() {
        family = family.with(&[(label, value)], over_workers(shared, |c| counts(c).get(number)));
    }
    family.into()
}

/// One count over all workers.
fn over_workers<'s>(shared: &'s Shared, count: impl Fn(&'s Counters) -> Option<&'s Count>) -> u64 {
    shared.counters.iter().filter_map(|counters| count(counters)).map(Count::get).sum()
}

fn auth(shared: &Shared) -> MetricFamily {
    let name = (
        "weir_auth_requests_total",
        "Requests that a server was asked about before they went on (auth-url), by what became of them.",
    );
    by_label(shared, "outcome", name, AuthOutcome::ALL.map(AuthOutcome::as_str), |c| &c.auth)
}

fn mirrored(shared: &Shared) -> MetricFamily {
    let name = ("weir_mirror_requests_total", "Copies of requests for mirrors, by what became of them.");
    by_label(shared, "result", name, Mirrored::ALL.map(Mirrored::as_str), |c| &c.mirrored)
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
