//! The program `weir-load`: arguments, exit code.

use std::process::ExitCode;

use clap::Parser;
use weir_load::cli::Cli;

fn main() -> ExitCode {
    weir_load::cli::main(Cli::parse()).into()
}
