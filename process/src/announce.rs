//! A file that says which addresses were bound, for whoever started the program with port 0.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;

/// Writes `addresses` to `file` as one line of JSON. It is written beside it and renamed: who waits for the file never reads half of it.
///
/// # Errors
///
/// The file cannot be written, or not renamed.
pub fn announce(file: &Path, addresses: &impl Serialize) -> io::Result<()> {
    let line = serde_json::to_string(addresses)? + "\n";
    let mut partial = file.as_os_str().to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    fs::write(&partial, line)?;
    fs::rename(&partial, file)
}

#[cfg(test)]
mod tests {
    use super::announce;

    #[test]
    fn the_file_is_whole_and_nothing_lies_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("addresses.json");
        for port in [1, 2] {
            announce(&file, &[format!("127.0.0.1:{port}")]).unwrap();
            assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("[\"127.0.0.1:{port}\"]\n"));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
