//! From an address to the function of the sources that it was compiled from.
//!
//! Symbols are not enough: what is inlined stands under the symbol that it was inlined into, and when the compiler inlines otherwise,
//! costs move between symbols although nothing has grown. The name of a function with its file says what to look at in both cases.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::install;

/// `function (file)` for every address that the program has debug information for.
pub(super) fn functions(
    program: &Path,
    addresses: impl Iterator<Item = u64>,
    folder: &Path,
) -> Result<BTreeMap<u64, String>> {
    let mut list = String::new();
    for address in addresses {
        writeln!(list, "{address:#x}")?;
    }
    let file = folder.join("addresses");
    std::fs::write(&file, list)?;
    let mut command = Command::new(install::command("addr2line", "binutils")?);
    command.args(["--functions", "--inlines", "--demangle", "--addresses", "--exe"]).arg(program);
    let output = command.arg(format!("@{}", file.display())).output().context("addr2line")?;
    ensure!(output.status.success(), "addr2line: {}", String::from_utf8_lossy(&output.stderr));
    Ok(read(&String::from_utf8_lossy(&output.stdout)))
}

/// Three lines and more for each address: itself, then function and place, innermost first. The standard library's own functions are
/// left to whoever called them, because `next` or `lt` say nothing.
fn read(text: &str) -> BTreeMap<u64, String> {
    let mut found = BTreeMap::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(address) = address(line) else { continue };
        let mut best: Option<(&str, String)> = None;
        while let Some(function) = lines.next_if(|line| self::address(line).is_none()) {
            let file = file(lines.next().unwrap_or_default());
            if function != "??" && best.as_ref().is_none_or(|(_, file)| file.starts_with(STANDARD)) {
                best = Some((function, file));
            }
        }
        if let Some((function, file)) = best {
            found.insert(address, format!("{function} ({file})"));
        }
    }
    found
}

fn address(line: &str) -> Option<u64> {
    u64::from_str_radix(line.strip_prefix("0x")?, 16).ok()
}

/// The file of a place, the same on every machine and for every version of a dependency.
fn file(place: &str) -> String {
    let place = place.split(" (").next().unwrap_or(place);
    let path = place.rsplit_once(':').map_or(place, |(path, _)| path);
    if let Some((_, below)) = path.split_once("/registry/src/") {
        let mut parts = below.splitn(3, '/').skip(1);
        let package = parts.next().unwrap_or_default();
        let name = package.rsplit_once('-').map_or(package, |(name, _)| name);
        return format!("{name}/{}", parts.next().unwrap_or_default());
    }
    if let Some((_, below)) = path.split_once("/rustc/") {
        return below.split_once('/').map_or(below, |(_, file)| file).to_owned();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    let ours = root.and_then(|root| Path::new(path).strip_prefix(root).ok());
    let name = || Path::new(path).file_name().unwrap_or_default();
    ours.map_or_else(|| name().to_string_lossy(), Path::to_string_lossy).into_owned()
}

/// Where the files of the standard library lie.
const STANDARD: &str = "library/";

#[cfg(test)]
mod tests {
    use super::{file, read};

    #[test]
    fn the_innermost_function_that_is_not_the_standard_librarys_has_the_address() {
        let text = "0x0000000000000010\nnext\n/x/registry/src/reg-1/httparse-1.10.1/src/iter.rs:188 (discriminator 2)\nparse\n/y/lib.rs:3\n\
                    0x0000000000000020\n??\n??:0\n0x0000000000000030\nlt\n/rustc/5/library/core/src/cmp.rs:1\nmain\nmain.rs:?\nouter\nouter.rs:1\n\
                    0x0000000000000040\nlt\n/rustc/5/library/core/src/cmp.rs:1\n";
        let found = read(text);
        let found: Vec<_> = found.iter().map(|(at, name)| (*at, name.as_str())).collect();
        assert_eq!(
            found,
            [
                (0x10, "next (httparse/src/iter.rs)"),
                (0x30, "main (main.rs)"),
                (0x40, "lt (library/core/src/cmp.rs)")
            ]
        );
    }

    #[test]
    fn files_are_named_alike_everywhere() {
        assert_eq!(file("/rustc/5980/library/core/src/num/mod.rs:817"), "library/core/src/num/mod.rs");
        assert_eq!(
            file(&format!("{}/src/main.rs:5", env!("CARGO_MANIFEST_DIR"))),
            "benches/peers/src/main.rs"
        );
        assert_eq!(file("/somewhere/aws-lc/aes.c:7"), "aes.c");
    }
}
