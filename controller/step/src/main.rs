//! `weir-step FOLDER`: keeps one step. Its order comes by standard input; `kept` on standard output says that it has begun.
//!
//! In a container it is the container's program: `weir-step FOLDER --order FILE` ends as its step does, and `weir-step --install PATH` puts the program where a
//! container of any image finds it. `weir-step --listens PORT` succeeds once somebody listens there on localhost.

use std::env::args_os;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;

use weir_step::{End, Folder, Order, keeper};

const USAGE: &str = "usage: weir-step FOLDER < ORDER.json, weir-step FOLDER --order FILE, weir-step --install PATH, or weir-step --listens PORT: keeps a step of a pipeline; Weir starts it";

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        // Whoever started it reads this, or is gone.
        let _gone = writeln!(io::stdout(), "{error}");
        ExitCode::FAILURE
    })
}

fn run() -> io::Result<ExitCode> {
    let arguments: Vec<OsString> = args_os().skip(1).collect();
    match arguments.as_slice() {
        [install, path] if install == "--install" => {
            fs::copy(std::env::current_exe()?, path).map(|_| ExitCode::SUCCESS)
        }
        // As a probe of a container that has no program to ask with: whether anybody listens.
        [listens, port] if listens == "--listens" => {
            let port = port.to_str().and_then(|port| port.parse::<u16>().ok());
            let port = port.ok_or_else(|| io::Error::other(USAGE))?;
            TcpStream::connect(("localhost", port)).map(|_| ExitCode::SUCCESS)
        }
        [folder] => {
            let mut order = String::new();
            io::stdin().read_to_string(&mut order)?;
            let order: Order = serde_json::from_str(&order)?;
            keeper::keep(&Folder::at(folder), &order, || {
                let _gone = writeln!(io::stdout(), "kept");
            })?;
            Ok(ExitCode::SUCCESS)
        }
        [folder, order, path] if order == "--order" => {
            let order: Order = serde_json::from_slice(&fs::read(path)?)?;
            let folder = Folder::at(folder);
            keeper::keep(&folder, &order, || {})?;
            Ok(code(folder.end()?.as_ref()))
        }
        _ => Err(io::Error::other(USAGE)),
    }
}

/// The step's own code, for whoever looks at its container.
fn code(end: Option<&End>) -> ExitCode {
    match end {
        Some(End::Exited { code }) => u8::try_from(*code).map_or(ExitCode::FAILURE, ExitCode::from),
        Some(_) | None => ExitCode::FAILURE,
    }
}
