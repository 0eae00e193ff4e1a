//! Lanes of the same rounds beside each other.

use std::fmt::Write as _;
use std::time::Duration;

use crate::bench::Bench;
use crate::lane::Sample;
use crate::machine;
use crate::peer::Peer;
use crate::ratio::{added, float, median, range, same_round};
use crate::rounds::Rounds;
use crate::scenario::told;
use crate::table::{Table, number};

/// What CPU time is divided by.
const REFERENCES: [Peer; 3] = [Peer::Relay, Peer::Nginx, Peer::Haproxy];
/// Whose addition to the relay's CPU time ours is divided by.
const OPPONENTS: [Peer; 3] = [Peer::Nginx, Peer::Haproxy, Peer::Envoy];

/// A lane in a table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) label: String,
    pub(super) peer: Peer,
    /// Rows of different variants are compared with the first one of the same peer only.
    pub(super) variant: usize,
    pub(super) first_answer: Duration,
    pub(super) pss: Option<u64>,
}

/// How it was measured, under the title.
pub(super) fn head(load: &str, rounds: &Rounds, bench: &Bench) -> String {
    let counted = rounds.samples.first().map_or(0, Vec::len);
    let mut text = format!(
        "{load}; {counted} rounds of {} s; steal at most {:.1} % a measurement; load average after {}.\n",
        bench.seconds,
        rounds.steal,
        machine::load_average()
    );
    if rounds.all_stolen {
        text.push_str("\n**EVERY round had more than 2 % steal; these are the figures of all of them and no evidence.**\n");
    } else if rounds.discarded > 0 {
        let _ = writeln!(text, "\n**{} rounds were thrown away: more than 2 % steal.**", rounds.discarded);
    }
    text + &told(&rounds.faults) + "\n"
}

/// One row for each lane.
pub(super) fn table(rows: &[Row], rounds: &Rounds, variants: bool, growth: bool) -> Table {
    let mut head =
        ["peer", "req/s", "p50 us", "p99 us", "CPU us/req", "least", "most"].map(str::to_owned).to_vec();
    head.extend(REFERENCES.map(|peer| format!("÷ {}", peer.name())));
    head.extend(OPPONENTS.map(|peer| format!("added ÷ {}'s", peer.name())));
    if variants {
        head.push("÷ own first".to_owned());
    }
    if growth {
        head.extend(["first 200 s", "PSS MiB"].map(str::to_owned));
    }
    head.extend(["failed", "load CPU %"].map(str::to_owned));
    let mut table = Table::new(head);
    for (lane, row) in rows.iter().enumerate() {
        let mut cells = figures(rounds, lane, row);
        cells.extend(comparisons(rows, rounds, lane, row));
        if variants {
            let first = rows.iter().position(|other| other.peer == row.peer && other.variant == 0);
            cells.push(number(first.and_then(|first| same_round(&cpu(rounds, lane), &cpu(rounds, first)))));
        }
        if growth {
            cells.push(number(Some(row.first_answer.as_secs_f64())));
            cells.push(number(row.pss.map(|kib| float(kib) / 1024.0)));
        }
        let failed: u64 =
            rounds.samples.get(lane).into_iter().flatten().flatten().map(|sample| sample.found.failed).sum();
        cells.push(failed.to_string());
        cells.push(number(of(rounds, lane, |sample| Some(sample.load))));
        table.row(cells);
    }
    table
}

fn figures(rounds: &Rounds, lane: usize, row: &Row) -> Vec<String> {
    let rate = |sample: &Sample| {
        (sample.found.seconds > 0.0).then(|| float(sample.found.succeeded) / sample.found.seconds)
    };
    let cpu: Vec<f64> = cpu(rounds, lane).into_iter().flatten().collect();
    let ends = range(&cpu);
    vec![
        row.label.clone(),
        number(of(rounds, lane, rate)),
        number(of(rounds, lane, |sample| sample.found.p50)),
        number(of(rounds, lane, |sample| sample.found.p99)),
        format!("**{}**", number(median(&cpu))),
        number(ends.map(|(least, _)| least)),
        number(ends.map(|(_, most)| most)),
    ]
}

fn comparisons(rows: &[Row], rounds: &Rounds, lane: usize, row: &Row) -> Vec<String> {
    let ours = cpu(rounds, lane);
    let of_peer = |peer: Peer| {
        let lane = rows.iter().position(|other| other.peer == peer && other.variant == row.variant);
        lane.map(|lane| cpu(rounds, lane))
    };
    let ratios = REFERENCES.map(|peer| number(of_peer(peer).and_then(|theirs| same_round(&ours, &theirs))));
    let floor = of_peer(Peer::Relay);
    let shares = OPPONENTS.map(|peer| {
        let share =
            of_peer(peer).zip(floor.as_ref()).and_then(|(theirs, floor)| added(&ours, &theirs, floor));
        number(share.filter(|_| row.peer != Peer::Relay))
    });
    ratios.into_iter().chain(shares).collect()
}

fn cpu(rounds: &Rounds, lane: usize) -> Vec<Option<f64>> {
    rounds.series(lane, |sample| sample.cpu)
}

/// Median of a figure.
fn of(rounds: &Rounds, lane: usize, figure: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
    median(&rounds.series(lane, figure).into_iter().flatten().collect::<Vec<_>>())
}
