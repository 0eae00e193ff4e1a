//! The command people type.
//!
//! ```text
//! args -> demo | run        -> stack (proxy, controller) -> follow -> progress (block, lines, JSON)
//!      -> release, status, list, history, report, command
//!                           -> end: cluster (its API server), or standalone (admin port)
//!      -> explain, plan        -> files (manifests)
//!      -> judge                -> files, or metric stores; or reports of releases
//!      -> pipeline             -> a runner: of another program, by its socket, or of this one
//!      -> collect, kayenta      -> what others push, or ask
//!      -> install, doctor       -> cluster
//! ```
#![doc = include_str!("../DESIGN.md")]

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use weir_api::command::Command as Asked;
use weir_kubernetes::causes;
use weir_process::Stop;

use args::Command;

pub use args::{Args, command_line};

pub mod admin;
mod args;
mod cluster;
mod collect;
mod command;
mod demo;
mod doctor;
mod end;
mod explain;
mod files;
mod follow;
mod form;
mod history;
mod install;
mod judge;
mod kayenta;
mod list;
mod outcome;
mod pipeline;
mod plan;
mod progress;
mod release;
mod report;
mod run;
mod screen;
mod sources;
mod stack;
mod state;
mod status;
mod supervise;
mod terminal;

/// Exit code where what was asked for is not done, or ended badly.
const REFUSED: u8 = 1;

/// Exit code where something that is needed cannot be reached (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;

/// Exit code where what was asked for cannot be right (`EX_USAGE`).
const MISCONFIGURED: u8 = 64;

/// Exit code after Ctrl-C, as shells have it: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Exit code where whoever read the output has gone, as shells have it.
const UNREAD: u8 = 141;

/// Something that was asked for and cannot be right, in a sentence that says how to mend it.
#[derive(Debug)]
struct Misconfigured(String);

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Misconfigured {}

/// Something that was understood and not done, in a sentence that says why: exit code 1.
#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Refused {}

/// Does what `args` ask for.
#[must_use]
pub fn main(args: Args) -> ExitCode {
    match execute(args) {
        Ok(code) => code,
        // Whoever read it has gone, as with `| head`: there is nobody to tell that to.
        Err(error) if is_unread(&error) => ExitCode::from(UNREAD),
        Err(error) => {
            // Nobody reads it if that fails.
            let _ = writeln!(io::stderr().lock(), "weir: {}", causes(&*error));
            let code = if error.is::<Misconfigured>() {
                MISCONFIGURED
            } else if error.is::<Refused>() {
                REFUSED
            } else {
                UNAVAILABLE
            };
            ExitCode::from(code)
        }
    }
}

fn is_unread(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}

/// Does what has nothing to clean up when it is interrupted; what had been done by then stays, and `left` says what to do about it.
async fn brief(
    done: impl Future<Output = Result<ExitCode>>,
    left: &str,
    stop: &mut Stop,
) -> Result<ExitCode> {
    tokio::select! {
        done = Box::pin(done) => done,
        () = stop.requested() => {
            // Nobody reads it if that fails.
            let _ = writeln!(io::stderr().lock(), "weir: interrupted{left}");
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

fn execute(args: Args) -> Result<ExitCode> {
    // Everything stays on this thread: children that end with their parent end with the thread that started them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut stop = Stop::listen()?;
        Box::pin(run_command(args.command, &mut stop)).await
    })
}

async fn run_command(command: Command, stop: &mut Stop) -> Result<ExitCode> {
    const ASKED: &str = ": it may have been asked for by now; `weir status` says what became of it";
    match command {
        Command::Demo(args) => demo::run(args, stop).await,
        Command::Run(args) => run::run(args, stop).await,
        Command::Release(args) => Box::pin(release::run(args, stop)).await,
        Command::Status(args) => Box::pin(status::run(args, stop)).await,
        Command::List(args) => brief(list::run(args), "", stop).await,
        Command::History(args) => brief(history::run(args), "", stop).await,
        Command::Report(args) => brief(report::run(args), "", stop).await,
        Command::Promote(args) => brief(command::promote(args), ASKED, stop).await,
        Command::Abort(args) => brief(command::run(args, Asked::Abort), ASKED, stop).await,
        Command::Pause(args) => brief(command::run(args, Asked::Pause), ASKED, stop).await,
        Command::Resume(args) => brief(command::run(args, Asked::Resume), ASKED, stop).await,
        Command::Retry(args) => brief(command::run(args, Asked::Retry), ASKED, stop).await,
        Command::Undo(args) => brief(command::run(args, Asked::Undo), ASKED, stop).await,
        Command::SetWeight(args) => brief(command::set_weight(args), ASKED, stop).await,
        Command::Explain(args) => brief(explain::run(args), "", stop).await,
        Command::Plan(args) => plan::run(&args),
        Command::Pipeline(command) => Box::pin(pipeline::run(command, stop)).await,
        Command::Judge(args) => brief(judge::run(&args), "", stop).await,
        Command::Collect(args) => collect::run(args, stop).await,
        Command::Kayenta(args) => kayenta::run(args, stop).await,
        Command::Install(args) => brief(install::install(args), install::INTERRUPTED, stop).await,
        Command::Uninstall(args) => {
            brief(install::remove::uninstall(args), install::remove::INTERRUPTED, stop).await
        }
        Command::Doctor(args) => brief(doctor::doctor(args), "", stop).await,
        Command::Completions { shell } => {
            let name = args::program();
            clap_complete::generate(shell, &mut args::command_line(), name, &mut io::stdout().lock());
            Ok(ExitCode::SUCCESS)
        }
    }
}
