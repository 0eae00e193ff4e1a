//! How commands are written, and what they said last.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of the end of a log that are looked at.
const TAIL: u64 = 4_096;
/// Longest last line that is told, characters.
const TOLD: usize = 300;

/// The command of lines, or of a list; `None` where there is neither.
pub(crate) fn command(run: Option<&str>, command: &[String]) -> Option<Vec<String>> {
    match run {
        Some(lines) => Some(["sh", "-e", "-c", lines].map(str::to_owned).to_vec()),
        None => Some(command.to_vec()).filter(|command| !command.is_empty()),
    }
}

/// `: ` and the last line of a log that says something, where there is one.
pub(crate) fn last_line(log: &Path) -> String {
    let tail = || -> std::io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let tail = tail().unwrap_or_default();
    let line = tail.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let line: String = line.chars().take(TOLD).collect();
    if line.is_empty() { line } else { format!(": {line}") }
}
