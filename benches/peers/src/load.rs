//! The generators: how each is called, and what it found.

use std::net::SocketAddr;

use anyhow::Result;

use crate::bench::Bench;
use crate::site::Site;

mod h2load;
mod rate;
mod wrk;

/// A way to send requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// wrk: HTTP/1.1, as fast as the other side answers.
    Wrk {
        /// How many connections.
        connections: u32,
        /// What is asked for.
        path: &'static str,
        /// A connection for each request; over TLS wrk resumes its sessions.
        close: bool,
        /// Another one of the site's hosts or paths for each request.
        random: bool,
    },
    /// h2load, HTTP/2: 8 connections with 32 streams each.
    H2,
    /// h2load, HTTP/1.1: 200 connections that each make a full TLS handshake and one request, again and again.
    Handshakes,
    /// weir-load: so many a second whatever the other side does; latency counts from when a request was due.
    Rate {
        /// Requests per second.
        per_second: u32,
    },
}

/// What it is sent to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    /// Where.
    pub(crate) address: SocketAddr,
    /// As what it is configured.
    pub(crate) site: Site,
}

impl Target {
    /// The URL of `path`.
    fn url(self, path: &str) -> String {
        format!("{}://{}{path}", self.site.scheme(), self.address)
    }
}

/// What a generator found.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Found {
    /// Requests answered with 2xx or 3xx.
    pub(crate) succeeded: u64,
    /// Requests that were not.
    pub(crate) failed: u64,
    /// For how long it sent.
    pub(crate) seconds: f64,
    /// Median latency in microseconds.
    pub(crate) p50: Option<f64>,
    /// Latency that 1 % exceeds.
    pub(crate) p99: Option<f64>,
}

impl Load {
    /// Sends for about `seconds`.
    pub(crate) fn run(self, bench: &Bench, target: Target, seconds: f64) -> Result<Found> {
        match self {
            Self::Wrk { connections, path, close, random } => {
                let wrk = wrk::Wrk { connections, path, close, random };
                wrk.run(bench, target, seconds)
            }
            Self::H2 => h2load::streams(bench, target, seconds),
            Self::Handshakes => h2load::handshakes(bench, target, seconds),
            Self::Rate { per_second } => rate::run(bench, target, per_second, seconds),
        }
    }

    /// The generator and how it is used, for the head of a table.
    pub(crate) fn describe(self) -> String {
        match self {
            Self::Wrk { connections, path, close, random } => format!(
                "wrk, {connections} connections, {}{}",
                if random { "random host or path" } else { path },
                if close { ", one request each" } else { "" }
            ),
            Self::H2 => "h2load, 8 connections x 32 streams".to_owned(),
            Self::Handshakes => "h2load --h1, 200 connections of one request, repeated".to_owned(),
            Self::Rate { per_second } => format!("weir-load, {per_second}/s, open loop, 64 connections"),
        }
    }
}

/// Exactly `requests` over `connections` kept-alive connections in HTTP/1.1, for instruments.
pub(crate) fn exactly(bench: &Bench, target: Target, requests: u32, connections: u32) -> Result<Found> {
    h2load::exactly(bench, target, requests, connections)
}

/// Exactly `requests` in HTTP/2, with so many `streams` at a time on each of `connections`.
pub(crate) fn exactly_streams(
    bench: &Bench,
    target: Target,
    requests: u32,
    [connections, streams]: [u32; 2],
) -> Result<Found> {
    h2load::exactly_streams(bench, target, requests, [connections, streams])
}

/// One request in whatever the site speaks; an error while it is not answered.
pub(crate) fn probe(bench: &Bench, target: Target) -> Result<()> {
    h2load::probe(bench, target)
}
