//! The program `weir-load`: logging, arguments, exit code.

use std::{io, process::ExitCode};

use clap::Parser;
use tracing_subscriber::EnvFilter;
use weir_load::cli::Cli;

fn main() -> ExitCode {
    // Standard output carries reports and announcements only.
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn")))
        .init();
    weir_load::cli::main(Cli::parse()).into()
}
