//! Writes the corpus of the tests as seeds of every target: `cargo run --example seeds` in this crate's folder.

use std::fs;
use std::path::Path;

#[path = "../../tests/codec/corpus.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod corpus;
#[path = "../../tests/codec/message.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod message;
#[path = "../../tests/codec/ours.rs"]
#[expect(dead_code, reason = "also the tests' own")]
mod ours;

use ours::Side;

/// Longer ones only slow it down.
const MOST_BYTES: usize = 4096;

fn main() {
    for (number, case) in
        corpus::cases().into_iter().enumerate().filter(|(_, case)| case.bytes.len() <= MOST_BYTES)
    {
        let (target, way) = match case.side {
            Side::Requests => ("request", b'>'),
            Side::Response { to_head: false } => ("response", b'<'),
            Side::Response { to_head: true } => ("response", b'^'),
        };
        let differential = [&[way][..], &case.bytes].concat();
        let chunked = b"Transfer-Encoding: chunked\r\n\r\n";
        let body = case.bytes.windows(chunked.len()).position(|window| window == chunked);
        let body = body.map(|at| case.bytes[at + chunked.len()..].to_vec());
        let seeds = [(target, Some(case.bytes)), ("differential", Some(differential)), ("chunked", body)];
        for (target, bytes) in seeds {
            let folder = Path::new("corpus").join(target);
            fs::create_dir_all(&folder).expect("a folder for seeds");
            if let Some(bytes) = bytes {
                fs::write(folder.join(format!("seed-{number:03}")), bytes).expect("a seed is written");
            }
        }
    }
}
