//! The shared libraries of a program, and the loader that finds them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Files that `program` needs to start; none for one that is linked statically.
pub(super) fn of(program: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output().context("cannot start ldd")?;
    let listed = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || listed.contains("statically linked") {
        let said = String::from_utf8_lossy(&output.stderr);
        if listed.contains("statically linked") || said.contains("not a dynamic executable") {
            return Ok(Vec::new());
        }
        bail!("ldd {}: {}", program.display(), said.trim());
    }
    parse(&listed)
}

/// Lines such as `libc.so.6 => /lib/libc.so.6 (0x7f..)` and `/lib64/ld-linux-x86-64.so.2 (0x7f..)`. The kernel's own has no path.
fn parse(listed: &str) -> Result<Vec<PathBuf>> {
    let mut libraries = Vec::new();
    for line in listed.lines().map(str::trim) {
        if line.ends_with("not found") {
            bail!("a library is missing: {line}");
        }
        let path = line.split_once("=> ").map_or(line, |(_, path)| path);
        let path = path.split_once(" (").map_or(path, |(path, _)| path);
        if path.starts_with('/') {
            libraries.push(PathBuf::from(path));
        }
    }
    Ok(libraries)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn libraries_and_the_loader_are_found_and_the_kernels_own_is_not() {
        let listed = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibc.so.6 => /lib/libc.so.6 (0x00007f53)\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f54)\n";
        let found = parse(listed).unwrap();
        assert_eq!(found, ["/lib/libc.so.6", "/lib64/ld-linux-x86-64.so.2"].map(std::path::PathBuf::from));
        assert!(parse("libz.so.1 => not found").is_err());
    }
}
