//! What a stage printed, from a byte on.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use weir_pipeline::Key;

use crate::store::Store;

/// Most bytes of an answer; who wants more asks again.
const MOST: u64 = 1 << 20;

/// The log of an attempt, or of a service beside it, from byte `from` on. A stage without a command says what it noted.
pub(super) fn read(store: &Store, key: &Key, service: Option<&str>, from: u64) -> io::Result<Vec<u8>> {
    let attempt = store.attempt(key);
    if let Some(service) = service {
        return part(&attempt.service(service).log(), from);
    }
    let log = attempt.step().log();
    let log = if log.exists() { log } else { attempt.notes() };
    part(&log, from)
}

fn part(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
