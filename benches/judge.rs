//! What does it cost to judge one metric as `NetflixACAJudge-v1.0` or sequentially, with so many samples a side, and to guard so many canaries for a second?

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use weir_judge::netflix::comparison::{Comparison, Level};
use weir_judge::netflix::options::Options;
use weir_judge::netflix::quirks::Quirks;
use weir_judge::series::{self, judge_metric};
use weir_judge::{Block, Criteria, Sequential, Threshold, TrackBlock};

/// Tells how much memory a canary's judge takes.
#[global_allocator]
static MEMORY: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Samples from `least` to a hundred above it, always the same.
fn samples(seed: u64, count: usize, least: f64) -> Vec<f64> {
    let mut random = StdRng::seed_from_u64(seed);
    (0..count).map(|_| least + 100.0 * random.random::<f64>()).collect()
}

#[divan::bench(args = [73, 1_000, 10_000])]
fn kayenta(bencher: Bencher<'_, '_>, count: usize) {
    judged(bencher, count, Quirks::KAYENTA);
}

#[divan::bench(args = [73, 1_000, 10_000])]
fn fixed(bencher: Bencher<'_, '_>, count: usize) {
    judged(bencher, count, Quirks::FIXED);
}

fn judged(bencher: Bencher<'_, '_>, count: usize, quirks: Quirks) {
    let (control, experiment) = (samples(1, count, 0.0), samples(2, count, 3.0));
    let options = Options::default();
    let comparison = Comparison {
        name: "latency",
        control: &control,
        experiment: &experiment,
        options: &options,
        level: Level::with(quirks),
    };
    bencher.bench(|| comparison.classify());
}

#[divan::bench(args = [73, 1_000, 10_000])]
fn sequential(bencher: Bencher<'_, '_>, count: usize) {
    let (control, experiment) = (samples(1, count, 0.0), samples(2, count, 3.0));
    let options = Options::default();
    bencher.bench(|| judge_metric("latency", (&control, &experiment), &options, series::Level::default(), 1));
}

/// Latency thresholds of a control, microseconds.
fn thresholds() -> Vec<Threshold> {
    let micros = [20_000, 30_000, 43_000, 54_000, 81_000, 128_000];
    Threshold::QUANTILES
        .into_iter()
        .zip(micros)
        .map(|(quantile, micros)| Threshold { quantile, micros })
        .collect()
}

/// Ten requests of a second.
fn track(failed: u64) -> TrackBlock {
    TrackBlock { requests: 10, errors: failed, timed: 10, above: vec![5, 3, 1, 1, 0, 0] }
}

fn guarded() -> Sequential {
    let mut judge = Sequential::new(Criteria::default(), thresholds());
    for second in 0..60_u64 {
        judge.observe(&Block { control: track(0), canary: track(u64::from(second == 30)), stable: None });
    }
    judge
}

/// A second of so many canaries with intervals, and its verdicts.
#[divan::bench(args = [1, 1_000])]
fn guard(bencher: Bencher<'_, '_>, count: usize) {
    let mut judges: Vec<Sequential> = (0..count).map(|_| guarded()).collect();
    let block = Block { control: track(0), canary: track(0), stable: None };
    bencher.counter(ItemsCount::new(count)).bench_local(|| {
        for judge in &mut judges {
            judge.observe(&block);
            divan::black_box(judge.verdict());
        }
    });
}

/// What one canary's judge takes in memory: see `alloc` of this one.
#[divan::bench]
fn memory() -> Sequential {
    Sequential::new(Criteria::default(), thresholds())
}
