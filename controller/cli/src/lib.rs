//! The command people type.
//!
//! ```text
//! args -> demo | run        -> stack (proxy, controller) -> follow -> progress (block, lines, JSON)
//!      -> status, commands  -> admin
//!      -> explain
//! ```
#![doc = include_str!("../DESIGN.md")]

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory;

use args::{Args, Command};
use stop::Stop;

pub mod admin;
pub mod args;
pub mod demo;
pub mod explain;
pub mod follow;
pub mod outcome;
pub mod problems;
pub mod programs;
pub mod progress;
pub mod run;
pub mod stack;
pub mod state;
pub mod status;
pub mod stop;
pub mod supervise;

/// Exit code where something that is needed cannot be reached (`EX_UNAVAILABLE`).
const UNAVAILABLE: u8 = 69;

/// Exit code where what was asked for cannot be right (`EX_USAGE`).
const MISCONFIGURED: u8 = 64;

/// Something that was asked for and cannot be right, in a sentence that says how to mend it.
#[derive(Debug)]
pub struct Misconfigured(pub String);

impl fmt::Display for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Misconfigured {}

/// Does what `args` ask for.
#[must_use]
pub fn main(args: Args) -> ExitCode {
    match execute(args) {
        Ok(code) => code,
        Err(error) => {
            let causes: Vec<_> = error.chain().map(ToString::to_string).collect();
            // Nobody reads it if that fails.
            let _ = writeln!(io::stderr().lock(), "weir: {}", causes.join(": "));
            ExitCode::from(if error.is::<Misconfigured>() { MISCONFIGURED } else { UNAVAILABLE })
        }
    }
}

fn execute(args: Args) -> Result<ExitCode> {
    // Everything stays on this thread: children that end with their parent end with the thread that started them.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut stop = Stop::listen()?;
        match args.command {
            Command::Demo(args) => demo::run(args, &mut stop).await,
            Command::Run(args) => run::run(args, &mut stop).await,
            Command::Status(args) => status::status(args, &mut stop).await,
            Command::Promote(args) => status::command(&args, "promote").await,
            Command::Abort(args) => status::command(&args, "abort").await,
            Command::Explain(args) => explain::run(args).await,
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Args::command(), "weir", &mut io::stdout().lock());
                Ok(ExitCode::SUCCESS)
            }
        }
    })
}
