//! Other names of hosts (`server-alias`): which of them are in force.
//!
//! As in ingress-nginx: of several Ingresses of a host the oldest with aliases gives them; a name that is a host itself is none. A name that two
//! hosts want is the first host's by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::claims::Claims;
use super::hosts::Hosts;
use super::rank::Rank;
use crate::rejection::{Place, Rejection, annotation_field};

/// The host that each alias is another name of.
pub(super) type Aliases = BTreeMap<Arc<str>, Arc<str>>;

/// Every alias in force, and what is wrong with the others.
pub(super) fn settle(hosts: &Hosts, claims: &Claims) -> (Aliases, Vec<Rejection>) {
    let (mut aliases, mut rejections) = (Aliases::new(), Vec::new());
    for (host, given) in hosts.aliased() {
        if !claims.names(host) {
            continue;
        }
        let mut given = given.iter();
        let first = given.next().into_iter();
        for (rank, name) in first.flat_map(|(rank, said)| said.aliases.iter().map(move |name| (rank, name))) {
            if name == host || aliases.get(name) == Some(host) {
                continue;
            }
            if claims.names(name) {
                let message = format!("{name} is a host of its own: take it out of the list");
                rejections.push(fault(rank, message, "that host is served"));
            } else if let Some(other) = aliases.get(name) {
                let message = format!("{name} is another name of host {other} already");
                rejections.push(fault(rank, message, "it stays that one's"));
            } else {
                aliases.insert(Arc::clone(name), Arc::clone(host));
            }
        }
        for (rank, _) in given {
            let message = format!("an older Ingress gives the other names of host {host}");
            rejections.push(fault(rank, message, "those are in force"));
        }
    }
    (aliases, rejections)
}

fn fault(rank: &Rank, message: String, kept: &str) -> Rejection {
    let key = rank.key();
    let field = annotation_field("nginx.ingress.kubernetes.io/server-alias");
    Place::of("Ingress", &key).warning(field, message).keeping(kept)
}
