//! Tools of tests: what charts become, whether alerting rules are right, and a server of S3.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::go::Module;
use crate::prerequisites;

const FILES: [(&str, &str); 3] = [
    ("go.mod", include_str!("../tools/go.mod")),
    ("go.sum", include_str!("../tools/go.sum")),
    ("rules/main.go", include_str!("../tools/rules/main.go")),
];
const HELM: (&str, &str) = ("helm", "helm.sh/helm/v3/cmd/helm");
const RULES: (&str, &str) = ("rules", "./rules");

const S3: &[(&str, &str)] =
    &[("go.mod", include_str!("../tools/s3/go.mod")), ("go.sum", include_str!("../tools/s3/go.sum"))];
const VERSITYGW: (&str, &str) = ("versitygw", "github.com/versity/versitygw/cmd/versitygw");

/// A server of S3 that keeps objects in a folder, built where it is not there yet.
pub fn versitygw() -> Result<PathBuf> {
    prerequisites::program("go", "golang-go")?;
    prerequisites::program("setpriv", "util-linux")?;
    let takes = "three minutes on two cores";
    let module = Module { name: "s3", takes, files: S3, packages: &[VERSITYGW], linked: "-s -w".to_owned() };
    module.build(|_| Ok(())).map(|folder| folder.join(VERSITYGW.0))
}

/// Helm, built where it is not there yet.
pub fn helm() -> Result<PathBuf> {
    built(&[HELM], "two minutes on two cores").map(|folder| folder.join(HELM.0))
}

/// Reads a file of alerting rules as Prometheus does that loads it.
pub fn check_rules(text: &str) -> Result<()> {
    let program = built(&[RULES], "half a minute")?.join(RULES.0);
    let mut command = Command::new(&program);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().context("a piped input")?.write_all(text.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stdout).trim());
    }
    Ok(())
}

/// Each is built when it is asked for, as most tests need neither.
fn built(packages: &'static [(&'static str, &'static str)], takes: &'static str) -> Result<PathBuf> {
    Module { name: "tools", takes, files: &FILES, packages, linked: "-s -w".to_owned() }.build(|_| Ok(()))
}
