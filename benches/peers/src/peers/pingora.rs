//! The proxy made with Pingora, which lies in `benches/peers/pingora`.

use crate::peers::Place;
use crate::process::{Cpus, Program};
use crate::site::{Shape, Site};

/// A library has no routes of its own, so it is not measured with many; nor with many threads.
pub(super) fn program(place: &Place<'_>, site: Site) -> Option<Program> {
    if site.workers > 1 {
        return None;
    }
    let mode = match site.shape {
        Shape::Plain if site.tls => "tls",
        Shape::Plain => "plain",
        Shape::Split => "split",
        Shape::Grpc => "h2c",
        Shape::Hosts(_) | Shape::Paths(_) => return None,
    };
    let [stable, canary] = place.upstreams.map(|address| address.to_string());
    let (certificate, key) = (&place.bench.certificate.chain, &place.bench.certificate.key);
    let args = [
        mode.to_owned(),
        place.listen.to_string(),
        stable,
        canary,
        certificate.display().to_string(),
        key.display().to_string(),
    ];
    Some(Program::new(place.program, Cpus::Proxy).args(args))
}
