//! What a figure depends on besides the sources: compiler, C library, valgrind, and the CPU that valgrind shows to the program.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// Where figures were taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Environment {
    rustc: String,
    libc: String,
    valgrind: String,
    /// Architecture and the widest vectors that valgrind knows: C library and cryptography choose their code by them.
    cpu: String,
}

impl Environment {
    /// This machine.
    pub(super) fn here() -> Result<Self> {
        Ok(Self {
            rustc: said("rustc", "--version")?,
            libc: said("getconf", "GNU_LIBC_VERSION")?,
            valgrind: said("valgrind", "--version")?,
            cpu: format!("{} {}", std::env::consts::ARCH, vectors(&fs::read_to_string("/proc/cpuinfo")?)),
        })
    }

    /// What differs, one line each.
    pub(super) fn differences(&self, recorded: &Self) -> Vec<String> {
        let Self { rustc, libc, valgrind, cpu } = self;
        let pairs = [
            (rustc, &recorded.rustc),
            (libc, &recorded.libc),
            (valgrind, &recorded.valgrind),
            (cpu, &recorded.cpu),
        ];
        let differ = pairs.into_iter().filter(|(here, there)| here != there);
        differ.map(|(here, there)| format!("{here} here, {there} in the baseline")).collect()
    }
}

fn said(program: &str, argument: &str) -> Result<String> {
    let output = Command::new(program).arg(argument).output().context(program.to_owned())?;
    ensure!(output.status.success(), "{program} {argument}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn vectors(cpuinfo: &str) -> &'static str {
    let flags = cpuinfo.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    let has = |flag| flags.split_whitespace().any(|it| it == flag);
    if has("avx2") {
        "avx2"
    } else if has("avx") {
        "avx"
    } else {
        "baseline"
    }
}

#[cfg(test)]
mod tests {
    use super::{Environment, vectors};

    #[test]
    fn what_differs_is_said() {
        let there = Environment {
            rustc: "rustc 1.95.0".into(),
            libc: "glibc 2.36".into(),
            valgrind: "valgrind-3.19.0".into(),
            cpu: "x86_64 avx2".into(),
        };
        assert_eq!(there.differences(&there), Vec::<String>::new());
        let here = Environment { rustc: "rustc 1.96.0".into(), ..there.clone() };
        assert_eq!(here.differences(&there), ["rustc 1.96.0 here, rustc 1.95.0 in the baseline"]);
    }

    #[test]
    fn the_widest_vectors_are_those_of_the_flags() {
        assert_eq!(vectors("flags\t: fpu avx avx2 avx512f\n"), "avx2");
        assert_eq!(vectors("flags\t: fpu avx\n"), "avx");
        assert_eq!(vectors(""), "baseline");
    }
}
