//! Other names of hosts (`server-alias`): which of them are in force.
//!
//! As in ingress-nginx: of several Ingresses of a host the oldest with aliases gives them; a name that is a host itself is none. A name that two
//! hosts want is the first host's by name. Regular expressions are asked in the order of their Ingresses' age, for hosts that have no other owner.

use std::sync::Arc;

use super::claims::Claims;
use super::hosts::Hosts;
use super::rank::Rank;
use crate::pattern::Pattern;
use crate::rejection::{Place, Rejection, annotation_field};
use crate::table::OtherNames;

/// Expressions in force at the most: each host that nobody names is matched with all of them.
const MOST_PATTERNS: usize = 256;

/// Every alias in force, and what is wrong with the others.
pub(super) fn settle(hosts: &Hosts, claims: &Claims) -> (OtherNames, Vec<Rejection>) {
    let (mut others, mut rejections) = (OtherNames::default(), Vec::new());
    let mut patterns = Vec::new();
    for (host, given) in hosts.aliased() {
        if !claims.names(host) {
            continue;
        }
        let mut given = given.iter();
        if let Some((rank, said)) = given.next() {
            patterns.extend(said.patterns.iter().map(|pattern| (rank, pattern, host)));
            for name in &said.aliases {
                rejections.extend(name_host(&mut others, claims, rank, name, host));
            }
        }
        for (rank, _) in given {
            let message = format!("an older Ingress gives the other names of host {host}");
            rejections.push(fault(rank, message, "those are in force"));
        }
    }
    patterns.sort_by(|(a_rank, a, a_host), (b_rank, b, b_host)| {
        (a_rank, a.text(), a_host).cmp(&(b_rank, b.text(), b_host))
    });
    for (rank, pattern, host) in patterns {
        rejections.extend(match_hosts(&mut others, rank, pattern, host));
    }
    (others, rejections)
}

fn name_host(
    others: &mut OtherNames,
    claims: &Claims,
    rank: &Rank,
    name: &Arc<str>,
    host: &Arc<str>,
) -> Option<Rejection> {
    if name == host || others.names.get(name) == Some(host) {
        return None;
    }
    if claims.names(name) {
        let message = format!("{name} is a host of its own: take it out of the list");
        return Some(fault(rank, message, "that host is served"));
    }
    if let Some(other) = others.names.get(name) {
        let message = format!("{name} is another name of host {other} already");
        return Some(fault(rank, message, "it stays that one's"));
    }
    others.names.insert(Arc::clone(name), Arc::clone(host));
    None
}

fn match_hosts(
    others: &mut OtherNames,
    rank: &Rank,
    pattern: &Arc<Pattern>,
    host: &Arc<str>,
) -> Option<Rejection> {
    let text = pattern.text();
    match others.patterns.iter().find(|(known, _)| known.text() == text) {
        Some((_, of)) if of == host => None,
        Some((_, of)) => {
            Some(fault(rank, format!("~{text} stands for host {of} already"), "it stays that one's"))
        }
        None if others.patterns.len() >= MOST_PATTERNS => {
            let message =
                format!("~{text}: there are {MOST_PATTERNS} expressions of older Ingresses already");
            Some(fault(rank, message, "hosts that it matches are unknown"))
        }
        None => {
            others.patterns.push((Arc::clone(pattern), Arc::clone(host)));
            None
        }
    }
}

fn fault(rank: &Rank, message: String, kept: &str) -> Rejection {
    let key = rank.key();
    let field = annotation_field("nginx.ingress.kubernetes.io/server-alias");
    Place::of("Ingress", &key).warning(field, message).keeping(kept)
}
