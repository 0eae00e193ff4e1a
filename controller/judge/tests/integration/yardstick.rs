//! The yardstick: how soon the plain bet decides, and how often it is wrong.
//!
//! The table's rows are those of the definition; harm rows without a margin in their name have the margin 0 (a canary no
//! worse than its control at all).

use weir_judge::Margin;
use weir_judge::bet::{Null, Portfolio, Prior, Process};

use crate::traffic::{counts, quantile, release, show};

const SEED: u64 = 1;
const RELEASES: u64 = 1_000;
/// alpha = 0.01.
const LIMIT: f64 = 100.0;

struct Row {
    name: &'static str,
    null: Null,
    /// Requests per second of control and canary.
    rates: (f64, f64),
    /// Shares of control and canary.
    shares: (f64, f64),
    /// Common drift from 0.2 to 1.8 of the share, in waves of ten minutes.
    drift: bool,
    /// Counted from the block with the canary's first failure instead of the start: within seconds, the wait for it is a
    /// good part, and only so do the table's rows come out of its definition.
    after_failure: bool,
    seconds: u64,
    /// Median and 90th percentile, in seconds, of the table; none: it must not decide.
    expected: Option<(f64, f64)>,
}

const fn margin(relative: f64, absolute: f64) -> Margin {
    Margin { relative, absolute }
}

const NONE: Null = Null::Harm(Margin::NONE);

const fn row(
    name: &'static str,
    null: Null,
    rates: (f64, f64),
    shares: (f64, f64),
    seconds: u64,
    expected: Option<(f64, f64)>,
) -> Row {
    Row { name, null, rates, shares, drift: false, after_failure: false, seconds, expected }
}

const EVEN: (f64, f64) = (10.0, 10.0);

const ROWS: [Row; 12] = [
    row("no difference, 0.5 %, 10 + 10", NONE, EVEN, (0.005, 0.005), 1800, None),
    Row { drift: true, ..row("the same with common drift", NONE, EVEN, (0.005, 0.005), 1800, None) },
    row("at the margin r = 0.5", Null::Harm(margin(0.5, 0.0)), EVEN, (0.005, 0.0075), 1800, None),
    row("at the margin d = 0.005", Null::Harm(margin(0.0, 0.005)), EVEN, (0.005, 0.01), 1800, None),
    Row {
        after_failure: true,
        ..row("20 % errors, 5 + 5", NONE, (5.0, 5.0), (0.005, 0.2), 600, Some((9.0, 15.0)))
    },
    Row {
        after_failure: true,
        ..row("20 % errors, 5 + 95", NONE, (95.0, 5.0), (0.005, 0.2), 600, Some((3.0, 6.0)))
    },
    row("2 % against 0.5 %, 10 + 10", NONE, EVEN, (0.005, 0.02), 3600, Some((126.0, 247.0))),
    row("1 % against 0.5 %, 10 + 10", NONE, EVEN, (0.005, 0.01), 7200, Some((699.0, 1463.0))),
    row("3 % against 1 % above p99, 10 + 10", NONE, EVEN, (0.01, 0.03), 3600, Some((119.0, 216.0))),
    row(
        "non-inferior, 0.5 %, d = 0.01, 10 + 10",
        Null::NonInferiority(margin(0.0, 0.01)),
        EVEN,
        (0.005, 0.005),
        3600,
        Some((146.0, 290.0)),
    ),
    row(
        "non-inferior, 0.5 %, r = 1, 10 + 10",
        Null::NonInferiority(margin(1.0, 0.0)),
        EVEN,
        (0.005, 0.005),
        7200,
        Some((1031.0, 2192.0)),
    ),
    row(
        "non-inferiority at its margin d = 0.01",
        Null::NonInferiority(margin(0.0, 0.01)),
        EVEN,
        (0.005, 0.015),
        1800,
        None,
    ),
];

/// Seconds until the limit for one simulated release: of the plain bet, and of the portfolio that the judge uses.
fn decide(row: &Row, number: u64) -> [Option<f64>; 2] {
    let mut rng = release(SEED, number);
    let mut plain = Process::new(row.null);
    let mut mixed = match row.null {
        Null::Harm(_) => Portfolio::harm(Prior::RARE),
        Null::NonInferiority(_) => Portfolio::pass(Prior::around(0.005, 20.0)),
    };
    let mut decided = [None; 2];
    let mut first = None;
    for second in 1..=row.seconds {
        let wave = (second as f64 / 600.0 + number as f64 * 0.618).fract() * std::f64::consts::TAU;
        let drift = if row.drift { 1.0 + 0.8 * wave.sin() } else { 1.0 };
        let control = counts(&mut rng, row.rates.0, row.shares.0 * drift);
        let canary = counts(&mut rng, row.rates.1, row.shares.1 * drift);
        if first.is_none() && (!row.after_failure || canary.k > 0) {
            first = Some(if row.after_failure { second } else { 0 });
        }
        plain.observe(control, canary);
        mixed.observe(row.null, control, canary, 1.0);
        for (time, e) in decided.iter_mut().zip([plain.e_value(), mixed.evidence().e_value()]) {
            if time.is_none() && e >= LIMIT {
                *time = Some((second - first.unwrap_or(0)) as f64);
            }
        }
        if decided.iter().all(Option::is_some) {
            break;
        }
    }
    decided
}

/// What one method made of all releases of a row.
struct Outcome {
    decided: f64,
    median: Option<f64>,
    p90: Option<f64>,
}

impl Outcome {
    fn of(times: &[Option<f64>]) -> Self {
        Self {
            decided: times.iter().flatten().count() as f64 / times.len() as f64,
            median: quantile(times, 0.5),
            p90: quantile(times, 0.9),
        }
    }

    /// The sampling error of the median and of the 90th percentile over 1,000 releases is about 3 and 4 %; times are whole
    /// seconds, so half of one is rounding.
    fn meets(&self, expected: Option<(f64, f64)>) -> bool {
        let within = |value: Option<f64>, limit: f64| value.is_some_and(|value| value <= limit * 1.06 + 0.5);
        expected.map_or(self.decided <= 0.01, |(median, p90)| {
            self.decided >= 0.999 && within(self.median, median) && within(self.p90, p90)
        })
    }

    fn text(&self, expected: Option<(f64, f64)>) -> String {
        let times =
            expected.map_or_else(String::new, |_| format!("{} / {}", show(self.median), show(self.p90)));
        format!("{:>6.2} % {times:>16}", self.decided * 100.0)
    }
}

#[test]
fn the_plain_bet_and_the_portfolios_meet_the_yardstick() {
    let mut missed = Vec::new();
    println!(
        "{:<40} {:>25} {:>25} {:>15}",
        "case (canary + control, requests/s)", "definition: median/p90 s", "judge: median/p90 s", "yardstick"
    );
    for row in &ROWS {
        let times: Vec<[Option<f64>; 2]> = (0..RELEASES).map(|number| decide(row, number)).collect();
        let outcome =
            |method: usize| Outcome::of(&times.iter().map(|times| times[method]).collect::<Vec<_>>());
        let (plain, mixed) = (outcome(0), outcome(1));
        let target =
            row.expected.map_or_else(|| "<= 1 %".to_owned(), |(median, p90)| format!("{median} / {p90}"));
        println!(
            "{:<40} {:>25} {:>25} {target:>15}",
            row.name,
            plain.text(row.expected),
            mixed.text(row.expected)
        );
        for (method, outcome) in [("definition", &plain), ("judge", &mixed)] {
            if !outcome.meets(row.expected) {
                missed.push(format!("{method}: {}", row.name));
            }
        }
    }
    assert!(missed.is_empty(), "rows missed with seed {SEED}: {missed:?}");
}
