//! `weir-step FOLDER`: keeps one step. Its order comes by standard input; `kept` on standard output says that it has begun.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use weir_step::{Folder, Order, keeper};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started it reads this, or is gone.
            let _gone = writeln!(io::stdout(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> io::Result<()> {
    let usage = || {
        io::Error::other("usage: weir-step FOLDER < ORDER.json: keeps a step of a pipeline; Weir starts it")
    };
    let folder = std::env::args_os().nth(1).map(Folder::at).ok_or_else(usage)?;
    let mut order = String::new();
    io::stdin().read_to_string(&mut order)?;
    let order: Order = serde_json::from_str(&order)?;
    keeper::keep(&folder, &order, || {
        let _gone = writeln!(io::stdout(), "kept");
    })
}
