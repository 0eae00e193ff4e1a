//! The gate: figures of the hot path that no machine moves, against a baseline in the repository.
//!
//! Instructions and allocations are counted by callgrind and system calls by strace, of the program as it is released. The rules are in
//! `benches/README.md`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anyhow::{Context, Result, bail};

use crate::bench::Bench;
use crate::cli::{Args, Gate};
use crate::gate::baseline::Baseline;
use crate::gate::compare::Verdict;
use crate::gate::environment::Environment;
use crate::gate::figures::{ALLOCATIONS, H1, Measured};
use crate::gate::profile::Profile;
use crate::install::Tools;
use crate::interrupt;
use crate::table::Table;

mod baseline;
mod callgrind;
mod compare;
mod environment;
mod figures;
mod profile;
mod source;

/// Another compiler or C library moves figures by itself; by more than this it does not, as far as is known.
const ELSEWHERE_PERCENT: f64 = 10.0;
/// Functions that are named where requests allocate.
const ALLOCATING: usize = 15;

/// Measures, and compares or records.
pub(crate) fn run(args: &Args, options: &Gate) -> Result<()> {
    let baseline = Baseline::load(&options.baseline)?;
    let tools = Tools::for_gate(&args.programs)?;
    let environment = Environment::here()?;
    let folder = tempfile::Builder::new().prefix("weir-gate-").tempdir()?;
    interrupt::watch(folder.path().to_owned())?;
    let bench = Bench::new(folder, tools, 1, 1.0)?;
    let measured = figures::measure(&bench, &mut io::stderr())?;
    drop(bench);
    let mut output = io::stdout().lock();
    if options.functions > 0 {
        list(&measured, options.functions, &mut output)?;
    }
    if options.record {
        let date = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
        baseline.recorded(&measured, environment, date).save(&options.baseline)?;
        writeln!(output, "recorded in {}: commit it with the reason", options.baseline.display())?;
        return Ok(());
    }
    compare(&baseline, &environment, &measured, &mut output)
}

/// Writes the tables; an error when a figure fails.
fn compare(
    baseline: &Baseline,
    environment: &Environment,
    measured: &Measured,
    output: &mut impl Write,
) -> Result<()> {
    let differences = environment.differences(&baseline.environment);
    let tolerance = if differences.is_empty() { 0.0 } else { ELSEWHERE_PERCENT };
    for difference in &differences {
        writeln!(output, "{difference}: up to {tolerance} % more is taken for its doing; make gate-record")?;
    }
    let mut table = Table::new(["per request", "recorded", "now", "change", "limit", "verdict"]);
    let mut failed = Vec::new();
    for (name, now) in &measured.figures {
        let figure = baseline.figures.get(*name);
        let figure = figure.with_context(|| format!("the baseline has no {name}: make gate-record"))?;
        let verdict = Verdict::of(figure, *now, tolerance);
        table.row(compare::row(name, figure, *now, verdict));
        if verdict.fails() {
            failed.push(*name);
        }
    }
    writeln!(output, "{}", table.markdown())?;
    if failed.is_empty() {
        return Ok(());
    }
    explain(baseline, measured, &failed, output)?;
    bail!(
        "weir-proxy's hot path costs more than it may ({}): look at the functions above. Growth that is worth it is recorded with \"make gate-record\" and \
         committed with the reason; a ceiling is changed by hand, in the baseline",
        failed.join(", ")
    )
}

/// Names what has grown. The request that everything is about speaks for figures that have no functions of their own.
fn explain(
    baseline: &Baseline,
    measured: &Measured,
    failed: &[&'static str],
    output: &mut impl Write,
) -> Result<()> {
    let nothing = BTreeMap::new();
    let mut names: Vec<_> = failed.iter().copied().filter(|name| *name != ALLOCATIONS).collect();
    names =
        names.into_iter().map(|name| if measured.profiles.contains_key(name) { name } else { H1 }).collect();
    names.dedup();
    for name in names {
        let Some(profile) = measured.profiles.get(name) else { continue };
        let recorded = baseline.functions.get(name).unwrap_or(&nothing);
        let table = compare::growth_table(recorded, &profile.functions);
        writeln!(output, "{name}, instructions of each function itself:\n\n{}", table.markdown())?;
    }
    if let (true, Some(h1)) = (failed.contains(&ALLOCATIONS), measured.profiles.get(H1)) {
        writeln!(output, "{}", allocating(h1))?;
    }
    Ok(())
}

/// Who allocates for a request, most first.
fn allocating(profile: &Profile) -> String {
    let mut table = Table::new(["function that allocates", "per request"]);
    for (name, count) in profile::dearest(&profile.allocating).into_iter().take(ALLOCATING) {
        table.row([name.to_owned(), format!("{count:.4}")]);
    }
    table.markdown()
}

/// The functions that cost most, of every figure that has them.
fn list(measured: &Measured, count: usize, output: &mut impl Write) -> Result<()> {
    for (name, profile) in &measured.profiles {
        let mut table = Table::new([&format!("{name}: function"), "instructions", "%"]);
        for (function, cost) in profile::dearest(&profile.functions).into_iter().take(count) {
            let share = 100.0 * cost / profile.instructions;
            table.row([function.to_owned(), format!("{cost:.1}"), format!("{share:.1}")]);
        }
        writeln!(output, "{}\n{}", table.markdown(), allocating(profile))?;
    }
    Ok(())
}
