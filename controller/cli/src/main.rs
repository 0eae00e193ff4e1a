//! `weir`: arguments in, exit code out.

use std::process::ExitCode;

use clap::FromArgMatches;
use weir_cli::{Args, command_line};

fn main() -> ExitCode {
    let matches = command_line().get_matches();
    weir_cli::main(Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit()))
}
