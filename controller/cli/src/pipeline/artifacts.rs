//! Images of runs, and where they went.

use std::process::ExitCode;

use anyhow::Result;
use weir_runner::Artifact;
use weir_runner::artifacts::{Deployed, of_runs};

use super::show;
use crate::args::ListArtifactsArgs;
use crate::form::print;

/// A line an image, and one for each place that it was deployed to.
pub(super) async fn list(args: ListArtifactsArgs) -> Result<ExitCode> {
    // Any pipeline may have deployed what another one has published.
    let runs = show::all(&args.kept, None, usize::MAX).await?;
    let mut all = of_runs(&runs);
    all.retain(|one| args.pipeline.as_ref().is_none_or(|pipeline| one.pipeline == *pipeline));
    let text = if args.json {
        serde_json::to_string_pretty(&all)? + "\n"
    } else if all.is_empty() {
        let folder = args.kept.runs.state.display();
        format!("no run in {folder} has published or found an image with a digest\n")
    } else {
        all.iter().map(lines).collect()
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn lines(artifact: &Artifact) -> String {
    let Artifact { tag, commit, run, stage, found, at, deployed, .. } = artifact;
    let how = if *found { "found" } else { "published" };
    let tag = tag.as_ref().map(|tag| format!(", tag {tag}")).unwrap_or_default();
    let commit = commit.as_ref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
    let head = format!("{}\n  {how} by {run} ({stage}) at {at:.0}{tag}{commit}\n", artifact.image());
    head + &deployed.iter().map(place).collect::<String>()
}

fn place(deployed: &Deployed) -> String {
    let Deployed { at, run, stage, namespaces } = deployed;
    let namespaces: Vec<&str> = namespaces.iter().map(String::as_str).collect();
    let to = if namespaces.is_empty() { String::new() } else { format!(" to {}", namespaces.join(", ")) };
    format!("  deployed{to} by {run} ({stage}) at {at:.0}\n")
}
