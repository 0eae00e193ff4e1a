//! The relay of this program.

use crate::peers::{Place, cpus};
use crate::process::Program;
use crate::site::{Shape, Site};

/// It cannot speak TLS, split or route by host; for many routes it shows what no routing costs.
pub(super) fn program(place: &Place<'_>, site: Site) -> Option<Program> {
    if site.tls || site.shape == Shape::Split {
        return None;
    }
    let [upstream, _] = place.upstreams;
    let args = ["relay".to_owned(), place.listen.to_string(), upstream.to_string()];
    Some(Program::new(place.program, cpus(site)).args(args))
}
