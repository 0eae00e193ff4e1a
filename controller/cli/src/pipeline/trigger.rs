//! What starts a run by hand: who, and what is known of the sources in this folder.

use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use super::user;
use crate::args::RunPipelineArgs;

/// The trigger that expressions see.
pub(super) fn here(args: &RunPipelineArgs) -> Map<String, Value> {
    let repository = args.repository.clone().or_else(|| git(&["rev-parse", "--show-toplevel"]));
    let is_here = args.repository.is_none();
    let own = |arguments: &[&str]| if is_here { git(arguments) } else { None };
    let branch = args.branch.clone().or_else(|| own(&["symbolic-ref", "--short", "-q", "HEAD"]));
    let commit = args.commit.clone().or_else(|| {
        let of = args.branch.as_deref().unwrap_or("HEAD");
        own(&["rev-parse", "--verify", "-q", &format!("{of}^{{commit}}")])
    });
    let known = [("repository", repository), ("branch", branch), ("commit", commit)];
    let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value?))));
    let told = [("type".to_owned(), json!("manual")), ("user".to_owned(), json!(user()))];
    told.into_iter().chain(known).collect()
}

/// What git says of this folder; `None`: it is no repository, or there is no git.
fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}
