//! The figures: what is measured, and under which name.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::{Context, Error, Result};

use crate::bench::Bench;
use crate::gate::profile::{self, Profile};
use crate::peer::Peer;
use crate::scenario::instruments::Instrument;
use crate::site::{Shape, Site};

/// HTTP/1.1 keep-alive, a small GET, 90/10 split: the request that everything is about.
pub(super) const H1: &str = "h1Instructions";
/// On one connection, where each request does exactly what the one before did: only then differences mean something.
const WITH_SPLIT: &str = "oneWithSplitInstructions";
const WITHOUT_SPLIT: &str = "oneWithoutSplitInstructions";
const SPLIT_ADDS: &str = "splitAddsInstructions";
const FEW_HOSTS: &str = "oneTenHostsInstructions";
const MANY_HOSTS: &str = "oneTenThousandHostsInstructions";
const HOSTS_ADD: &str = "hostsAddInstructions";
/// Over TLS and HTTP/2, one connection with one stream at a time.
const ONE_TLS_H2: &str = "oneTlsH2Instructions";
/// The same with several of both.
const TLS_H2: &str = "tlsH2Instructions";
/// A unary gRPC call in clear text, HTTP/2 on both sides, one connection with one stream at a time.
const ONE_GRPC: &str = "oneGrpcInstructions";
/// Allocations of [`H1`].
pub(super) const ALLOCATIONS: &str = "h1Allocations";
const SYSTEM_CALLS: &str = "h1SystemCalls";

const H1_CONNECTIONS: u32 = 16;
/// Connections, and streams at a time on each.
const ONE: [u32; 2] = [1, 1];
const H2: [u32; 2] = [4, 8];
/// With several streams it depends on time how many frames come and go in one record, and with it some percent of the instructions: the least of so many
/// measurements counts.
const H2_TIMES: usize = 2;

/// What was measured.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// By name.
    pub(super) figures: BTreeMap<&'static str, f64>,
    /// What figures consist of, by their names.
    pub(super) profiles: BTreeMap<&'static str, Profile>,
}

/// Measures every figure.
pub(super) fn measure(bench: &Bench, progress: &mut impl Write) -> Result<Measured> {
    let split = Site { single: true, ..Site::new(Shape::Split) };
    let shaped = |shape| Site { shape, ..split };
    let mut profile = |name: &str, site, at_a_time| -> Result<Profile> {
        write!(progress, "{name} ")?;
        progress.flush()?;
        profile::measure(bench, site, at_a_time).with_context(|| name.to_owned())
    };
    let h1 = profile(H1, split, [H1_CONNECTIONS, 1])?;
    let one_h2 = profile(ONE_TLS_H2, split.tls(), ONE)?;
    let one_grpc = profile(ONE_GRPC, shaped(Shape::Grpc), ONE)?;
    let mut h2 = f64::INFINITY;
    for _ in 0..H2_TIMES {
        h2 = h2.min(profile(TLS_H2, split.tls(), H2)?.instructions);
    }
    let one = profile(WITH_SPLIT, split, ONE)?;
    let with = one.instructions;
    let mut alone = |name, shape| Ok::<_, Error>(profile(name, shaped(shape), ONE)?.instructions);
    let without = alone(WITHOUT_SPLIT, Shape::Plain)?;
    let few = alone(FEW_HOSTS, Shape::Hosts(10))?;
    let many = alone(MANY_HOSTS, Shape::Hosts(10_000))?;
    write!(progress, "{SYSTEM_CALLS} ")?;
    progress.flush()?;
    let calls = Instrument::strace()?.per_request(bench, Peer::Weir, split)?;
    writeln!(progress)?;
    let figures = BTreeMap::from([
        (H1, h1.instructions),
        (WITH_SPLIT, with),
        (WITHOUT_SPLIT, without),
        (SPLIT_ADDS, with - without),
        (FEW_HOSTS, few),
        (MANY_HOSTS, many),
        (HOSTS_ADD, many - few),
        (ONE_TLS_H2, one_h2.instructions),
        (TLS_H2, h2),
        (ONE_GRPC, one_grpc.instructions),
        // A latency that was not seen before makes a block of a histogram, now and then; what requests allocate is in both.
        (ALLOCATIONS, h1.allocations.min(one.allocations).max(0.0)),
        (SYSTEM_CALLS, calls.context("no system calls")?),
    ]);
    Ok(Measured { figures, profiles: BTreeMap::from([(H1, h1), (ONE_TLS_H2, one_h2), (ONE_GRPC, one_grpc)]) })
}
