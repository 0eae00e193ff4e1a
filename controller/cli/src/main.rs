//! `weir`: arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser;
use weir_cli::args::Args;

fn main() -> ExitCode {
    weir_cli::main(Args::parse())
}
