//! The head of a report: when, where, and what was measured.

use std::fmt::Write as _;
use std::process::Command;

use crate::bench::Bench;
use crate::machine;

/// Title, machine, versions, and what is missing.
pub(crate) fn head(bench: &Bench) -> String {
    let now = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
    let mut text = format!("# Weir beside its peers, {now}\n\n");
    let pinned = if rustix::process::geteuid().is_root() { "nice -19" } else { "not root, so no priority" };
    let _ = writeln!(text, "- machine: {}", machine::description());
    let _ = writeln!(text, "- commit: {}", commit());
    let _ = writeln!(text, "- load average before: {}", machine::load_average());
    let _ = writeln!(text, "- proxy on CPU 0, generator and backend on CPU 1; {pinned}; loopback");
    let _ = writeln!(
        text,
        "- CPU: run time of all threads of the peer (schedstat) / requests. Ratios: medians over rounds of ratios within a round. \
         added: (CPU - relay's) / (opponent's - relay's)"
    );
    for (name, version) in bench.tools.versions() {
        let _ = writeln!(text, "- {name}: {version}");
    }
    for missing in &bench.tools.missing {
        let _ = writeln!(text, "\n**{missing}**");
    }
    text
}

/// The commit of the sources that this was built from.
fn commit() -> String {
    let git = |args: &[&str]| {
        let output = Command::new("git").args(["-C", env!("CARGO_MANIFEST_DIR")]).args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let changed = git(&["status", "--porcelain"]).is_some_and(|status| !status.is_empty());
    if changed { format!("{commit} with changes") } else { commit }
}
