//! The result.

use statrs::distribution::{Beta, ContinuousCDF};

use crate::End;
use crate::judges::{NAMES, Outcome};
use crate::scenario::Scenario;

/// What a cell says of one judge.
type Cell = fn(&[End], usize) -> String;

/// How often the healthy are aborted, how often the bad are promoted, and how soon the bad are aborted.
pub(crate) fn print(results: &[(&Scenario, Vec<Vec<End>>)], releases: usize) {
    let tables: [(bool, &str, Cell); 3] = [
        (
            false,
            "Healthy releases aborted, % (at most so many, 95 % sure); promoted after, median s",
            of_healthy,
        ),
        (true, "Bad releases promoted, % / not decided, %", missed),
        (true, "Bad releases aborted after, median / p90 s; requests failed or slow by then, median", of_bad),
    ];
    for (is_bad, title, cell) in tables {
        println!("{title}\n\n| scenario | {} |\n|---{}|", NAMES.join(" | "), "|---".repeat(NAMES.len()));
        for (scenario, judges) in results.iter().filter(|(scenario, _)| scenario.is_bad == is_bad) {
            let cells: Vec<String> = judges.iter().map(|ends| cell(ends, releases)).collect();
            println!("| {} | {} |", scenario.name, cells.join(" | "));
        }
        println!();
    }
}

fn of_healthy(ends: &[End], releases: usize) -> String {
    let aborted = count(ends, Outcome::Abort);
    let promoted = median(ends, Outcome::Promote, 0.5, |end| u64::from(end.at));
    format!("{} ({:.1}); {promoted}", percent(aborted, releases), 100.0 * upper_bound(aborted, releases))
}

fn missed(ends: &[End], releases: usize) -> String {
    let share = |outcome| percent(count(ends, outcome), releases);
    format!("{} / {}", share(Outcome::Promote), share(Outcome::Undecided))
}

fn of_bad(ends: &[End], _: usize) -> String {
    let at = |share| median(ends, Outcome::Abort, share, |end| u64::from(end.at));
    format!("{} / {}; {}", at(0.5), at(0.9), median(ends, Outcome::Abort, 0.5, |end| end.harmed))
}

fn count(ends: &[End], outcome: Outcome) -> usize {
    ends.iter().filter(|end| end.outcome == outcome).count()
}

fn percent(count: usize, of: usize) -> String {
    format!("{:.1}", 100.0 * count as f64 / of as f64)
}

/// Of those that ended so.
fn median(ends: &[End], outcome: Outcome, share: f64, value: impl Fn(&End) -> u64) -> String {
    let mut values: Vec<u64> = ends.iter().filter(|end| end.outcome == outcome).map(value).collect();
    values.sort_unstable();
    let rank = (share * values.len() as f64) as usize;
    values.get(rank).map_or_else(|| "-".to_owned(), u64::to_string)
}

/// The one-sided 95 % upper bound of Clopper and Pearson.
fn upper_bound(count: usize, of: usize) -> f64 {
    if count >= of {
        return 1.0;
    }
    let beta = Beta::new((count + 1) as f64, (of - count) as f64).expect("both are positive");
    beta.inverse_cdf(0.95)
}
