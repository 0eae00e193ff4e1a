//! Questions that are answered by sending requests in rounds: CPU time, rate and latency.

use std::fmt::Write as _;
use std::io::Write;

use anyhow::Result;

use crate::bench::Bench;
use crate::lane::Lane;
use crate::load::Load;
use crate::peer::Peer;
use crate::rounds;
use crate::scenario::Scenario;
use crate::scenario::compare::{self, Row};
use crate::site::{Shape, Site};

/// A kept-alive connection of wrk with small answers; most questions change one thing of it.
const SMALL: Load = Load::Wrk { connections: 64, path: "/", close: false, random: false };
const RANDOM: Load = Load::Wrk { connections: 64, path: "/", close: false, random: true };
const PLAIN: Site = Site::new(Shape::Plain);

/// What is sent to what.
#[derive(Debug)]
pub(crate) struct Plan {
    title: &'static str,
    /// The first one is what the others are compared with.
    variants: Vec<Variant>,
    /// Whether the backend alone is measured too.
    direct: bool,
    /// Whether time to load and memory belong to the answer.
    growth: bool,
    note: &'static str,
}

#[derive(Debug)]
struct Variant {
    label: &'static str,
    site: Site,
    load: Load,
}

/// The plan of a question.
pub(crate) fn plan(scenario: Scenario) -> Plan {
    let wrk = |connections, path, close| Load::Wrk { connections, path, close, random: false };
    match scenario {
        Scenario::H1Medium => single("HTTP/1.1 keep-alive, 10 KiB", PLAIN, wrk(64, "/10k", false)),
        Scenario::H1Large => single("HTTP/1.1 keep-alive, 1 MiB", PLAIN, wrk(16, "/1m", false)),
        Scenario::H1Close => single("HTTP/1.1, a connection per request", PLAIN, wrk(32, "/", true)),
        Scenario::TlsH1 => single("TLS 1.3, HTTP/1.1 keep-alive, 128 B", PLAIN.tls(), SMALL),
        Scenario::TlsFull => {
            single("TLS 1.3, a full handshake and one request per connection", PLAIN.tls(), Load::Handshakes)
        }
        Scenario::TlsResumed => {
            single("TLS 1.3, a connection per request, sessions resumed", PLAIN.tls(), wrk(32, "/", true))
        }
        Scenario::TlsH2 => single("TLS 1.3, HTTP/2, 128 B", PLAIN.tls(), Load::H2),
        Scenario::Grpc => single("gRPC, unary, clear text on both sides", Site::new(Shape::Grpc), Load::H2),
        Scenario::Split => Plan {
            note: "The share of the second row includes a second pool of upstream connections.",
            ..several("90/10 split", [("off", PLAIN, SMALL), ("90/10", Site::new(Shape::Split), SMALL)])
        },
        Scenario::Hosts => growth("Hosts", Shape::Hosts),
        Scenario::Paths => growth("Path prefixes", Shape::Paths),
        Scenario::Rate => Plan {
            direct: true,
            note: "Below saturation wake-ups are the bill, and the tail is the machine's: read the p50 beside that of direct.",
            ..several(
                "Latency at fixed rates",
                [
                    ("5,000/s", PLAIN, Load::Rate { per_second: 5_000 }),
                    ("15,000/s", PLAIN, Load::Rate { per_second: 15_000 }),
                ],
            )
        },
        Scenario::Workers => Plan {
            note: "Two workers share the second CPU with generator and backend, so requests per second cannot double on two \
                   CPUs; CPU per request shows what the workers cost each other.",
            ..several("Two workers", [("1", PLAIN, SMALL), ("2", Site { workers: 2, ..PLAIN }, SMALL)])
        },
        Scenario::H1Small
        | Scenario::Memory
        | Scenario::Reload
        | Scenario::Instructions
        | Scenario::Churn
        | Scenario::Syscalls => single("HTTP/1.1 keep-alive, 128 B", PLAIN, SMALL),
    }
}

fn single(title: &'static str, site: Site, load: Load) -> Plan {
    several(title, [("", site, load)])
}

fn several(title: &'static str, variants: impl IntoIterator<Item = (&'static str, Site, Load)>) -> Plan {
    let variants = variants.into_iter().map(|(label, site, load)| Variant { label, site, load }).collect();
    Plan { title, variants, direct: false, growth: false, note: "" }
}

fn growth(title: &'static str, shape: fn(u32) -> Shape) -> Plan {
    let sizes = [("10", 10), ("1,000", 1_000), ("10,000", 10_000)];
    Plan {
        growth: true,
        ..several(title, sizes.map(|(label, size)| (label, Site::new(shape(size)), RANDOM)))
    }
}

/// Starts every peer in every variant, measures them in rounds, and compares.
pub(crate) fn run(bench: &Bench, plan: &Plan, peers: &[Peer], progress: &mut impl Write) -> Result<String> {
    let (mut lanes, mut rows, mut faults, mut without) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for peer in peers.iter().filter(|peer| plan.direct || **peer != Peer::Direct) {
        for (index, variant) in plan.variants.iter().enumerate() {
            let label = if variant.label.is_empty() {
                peer.name().to_owned()
            } else {
                format!("{}, {}", peer.name(), variant.label)
            };
            match Lane::start(bench, *peer, variant.site, &[]) {
                Ok(Some(lane)) => {
                    let first_answer = lane.first_answer;
                    rows.push(Row { label, peer: *peer, variant: index, first_answer, pss: lane.pss_kib()? });
                    lanes.push((lane, variant.load));
                }
                Ok(None) => without.push(label),
                Err(error) => faults.push(format!("{label}: {error:#}")),
            }
        }
    }
    let mut rounds = rounds::run(bench, &lanes, progress)?;
    rounds.faults.splice(0..0, faults);
    let loads: Vec<String> = plan.variants.iter().map(|variant| variant.load.describe()).collect();
    let mut text = format!("## {}\n\n", plan.title);
    let mut loads: Vec<&str> = loads.iter().map(String::as_str).collect();
    loads.dedup();
    text.push_str(&compare::head(&loads.join("; "), &rounds, bench));
    text.push_str(
        &compare::table(&rows, &rounds, plan.variants.len() > 1, plan.growth).without_empty().markdown(),
    );
    if !without.is_empty() {
        let _ = writeln!(text, "\nCannot do this: {}.", without.join("; "));
    }
    if !plan.note.is_empty() {
        let _ = writeln!(text, "\n{}", plan.note);
    }
    Ok(text)
}
