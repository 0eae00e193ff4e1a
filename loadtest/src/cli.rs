//! The command line: arguments as typed, made into plans and options, and the exit code of each ending.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

mod progress;
mod run;
mod serve;

/// Open-loop HTTP load, and an upstream to aim it at.
#[derive(Debug, Parser)]
#[command(name = "weir-load", version, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(Box<run::Args>),
    Serve(Box<serve::Args>),
}

/// How the program ended, by the exit codes that all programs of Weir share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: done, and a threshold failed.
    Failed,
    /// 64: an argument that was well-formed but makes no sense.
    Configuration,
    /// 69: an address that cannot be reached, listened on or written to.
    Unavailable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Failed => Self::from(1),
            Exit::Configuration => Self::from(64),
            Exit::Unavailable => Self::from(69),
        }
    }
}

/// Runs the command to its end; errors have been told on standard error.
#[must_use]
pub fn main(cli: Cli) -> Exit {
    match cli.command {
        Command::Run(args) => run::main(*args),
        Command::Serve(args) => serve::main(*args),
    }
}

/// Tells an error with its causes, in one line.
fn tell(error: &dyn std::error::Error) {
    let mut line = format!("weir-load: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        source = cause.source();
    }
    complain(&line);
}

/// One line on standard error; nobody reads it when that fails.
fn complain(line: &str) {
    drop(writeln!(io::stderr(), "{line}"));
}

/// The runtime for `workers` threads; a single one is cheaper without work stealing.
fn runtime(workers: usize) -> io::Result<tokio::runtime::Runtime> {
    let mut builder = if workers > 1 {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(workers);
        builder
    } else {
        tokio::runtime::Builder::new_current_thread()
    };
    builder.enable_all().build()
}
