//! `weir-bench-peers`: Weir beside nginx, `HAProxy`, Envoy, Pingora and a raw relay, in one run.
//!
//! Every peer gets an equivalent configuration and runs at the same time; a round measures each of them once, and the rounds are
//! repeated. The main figure is CPU time per request, and only ratios of the same round are compared. The method is in
//! `benches/README.md`. Nothing here is part of Weir's programs.

use std::fs::File;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use crate::bench::Bench;
use crate::cli::{Args, Part};
use crate::install::Tools;
use crate::peer::Peer;
use crate::scenario::Scenario;

mod backend;
mod bench;
mod cli;
mod epoll;
mod gate;
mod install;
mod interrupt;
mod lane;
mod load;
mod machine;
mod peer;
mod peers;
mod process;
mod ratio;
mod ready;
mod relay;
mod report;
mod rounds;
mod scenario;
mod site;
mod table;
mod usage;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match &args.part {
        Some(Part::Relay { listen, upstream }) => relay::run(*listen, *upstream).map_err(Into::into),
        Some(Part::Backend { listen }) => backend::run(listen).map_err(Into::into),
        Some(Part::Gate(options)) => gate::run(&args, options),
        None => measure(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody reads it when that fails.
            let _ = writeln!(io::stderr(), "weir-bench-peers: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Answers every question. Tables go out as they are made: a run takes long and may be ended early.
fn measure(args: &Args) -> Result<()> {
    let cpus = std::thread::available_parallelism()?.get();
    ensure!(cpus >= 2, "two CPUs are needed, one for the proxy and one for the generator");
    let mut progress = io::stderr();
    writeln!(progress, "finding, building or installing what is to be measured")?;
    let tools = Tools::find(&args.programs)?;
    let folder = tempfile::Builder::new().prefix("weir-bench-peers-").tempdir()?;
    interrupt::watch(folder.path().to_owned())?;
    let bench = Bench::new(folder, tools, args.rounds.into(), f64::from(args.seconds))?;
    let mut output = Output::new(args)?;
    output.write(&report::head(&bench))?;
    let scenarios = if args.only.is_empty() { Scenario::all() } else { args.only.clone() };
    let peers: Vec<Peer> = Peer::ALL.into_iter().filter(|peer| args.programs.peers.contains(peer)).collect();
    for scenario in scenarios {
        write!(progress, "{} ", scenario.name())?;
        progress.flush()?;
        let text = scenario.run(&bench, &peers, &mut progress);
        writeln!(progress)?;
        let failed = |error| format!("## {}\n\n**FAILED: {error:#}**\n", scenario.name());
        output.write(&format!("\n{}", text.unwrap_or_else(failed)))?;
    }
    Ok(())
}

/// Standard output, and a file where one is wanted.
struct Output {
    file: Option<File>,
}

impl Output {
    fn new(args: &Args) -> Result<Self> {
        let create =
            |path: &std::path::PathBuf| File::create(path).with_context(|| path.display().to_string());
        Ok(Self { file: args.out.as_ref().map(create).transpose()? })
    }

    fn write(&mut self, text: &str) -> Result<()> {
        let mut standard = io::stdout().lock();
        standard.write_all(text.as_bytes())?;
        standard.flush()?;
        if let Some(file) = &mut self.file {
            file.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}
