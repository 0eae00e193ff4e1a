//! Interleaved rounds: A B C … A B C, and which of them count.

use std::io::Write;

use anyhow::Result;

use crate::bench::Bench;
use crate::lane::{Lane, Sample};
use crate::load::Load;

/// More steal than this, in percent, in any measurement of a round, and the round does not count.
const MOST_STEAL: f64 = 2.0;

/// What the rounds gave.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    /// For each lane, its sample of each round that counts; `None` where it failed.
    pub(crate) samples: Vec<Vec<Option<Sample>>>,
    /// Rounds that were thrown away because of steal.
    pub(crate) discarded: usize,
    /// Every round had steal, so that all of them count after all.
    pub(crate) all_stolen: bool,
    /// Most steal of a round that counts, in percent.
    pub(crate) steal: f64,
    /// What went wrong.
    pub(crate) faults: Vec<String>,
}

/// Measures every lane in every round, until enough rounds count or twice as many were tried.
pub(crate) fn run(bench: &Bench, lanes: &[(Lane, Load)], progress: &mut impl Write) -> Result<Rounds> {
    let mut rounds = Rounds { samples: vec![Vec::new(); lanes.len()], ..Rounds::default() };
    for (lane, load) in lanes {
        // Fills the pools of connections and the caches; a fault shows in the rounds too.
        let _ = lane.measure(bench, *load, bench.seconds.min(1.0));
    }
    let mut stolen = Vec::new();
    while rounds.count() < bench.rounds && rounds.discarded < bench.rounds {
        let round = one(bench, lanes, &mut rounds.faults);
        let steal = round.iter().flatten().map(|sample| sample.steal).fold(0.0, f64::max);
        write!(progress, ".")?;
        progress.flush()?;
        if steal > MOST_STEAL {
            rounds.discarded += 1;
            stolen.push((round, steal));
        } else {
            rounds.keep(round, steal);
        }
    }
    if rounds.count() == 0 {
        rounds.all_stolen = true;
        for (round, steal) in stolen {
            rounds.keep(round, steal);
        }
    }
    rounds.faults.dedup();
    Ok(rounds)
}

fn one(bench: &Bench, lanes: &[(Lane, Load)], faults: &mut Vec<String>) -> Vec<Option<Sample>> {
    let measure = |(lane, load): &(Lane, Load)| match lane.measure(bench, *load, bench.seconds) {
        Ok(sample) => Some(sample),
        Err(error) => {
            faults.push(format!("{}: {error:#}", lane.peer.name()));
            None
        }
    };
    lanes.iter().map(measure).collect()
}

impl Rounds {
    fn count(&self) -> usize {
        self.samples.first().map_or(usize::MAX, Vec::len)
    }

    fn keep(&mut self, round: Vec<Option<Sample>>, steal: f64) {
        for (samples, sample) in self.samples.iter_mut().zip(round) {
            samples.push(sample);
        }
        self.steal = self.steal.max(steal);
    }

    /// One figure of a lane in each round.
    pub(crate) fn series(&self, lane: usize, figure: impl Fn(&Sample) -> Option<f64>) -> Vec<Option<f64>> {
        let samples = self.samples.get(lane).map(Vec::as_slice).unwrap_or_default();
        samples.iter().map(|sample| sample.as_ref().and_then(&figure)).collect()
    }
}
