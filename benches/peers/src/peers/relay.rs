//! The relay of this program.

use crate::peers::Place;
use crate::process::{Cpus, Program};
use crate::site::{Shape, Site};

/// It has one thread and cannot speak TLS, split or route by host; for many routes it shows what no routing costs.
pub(super) fn program(place: &Place<'_>, site: Site) -> Option<Program> {
    if site.tls || site.shape == Shape::Split || site.workers > 1 {
        return None;
    }
    let [upstream, _] = place.upstreams;
    let args = ["relay".to_owned(), place.listen.to_string(), upstream.to_string()];
    Some(Program::new(place.program, Cpus::Proxy).args(args))
}
