//! `weir history`: how the last releases ended, and the versions that a workload ran.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Context, Result};
use k8s_openapi::api::apps::v1::ReplicaSet;
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use serde::Serialize;
use weir_api::Canary;
use weir_api::status::PastRelease;
use weir_controller::template;

use crate::args::HistoryArgs;
use crate::cluster::Access;
use crate::end::{End, Named};
use crate::form;
use crate::progress::words::{count, day_and_time, took};
use crate::status::views;

/// Annotation by which Kubernetes numbers the versions of a Deployment.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// What is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct History {
    canary: String,
    /// How it stands now, in one sentence.
    now: String,
    /// What production runs.
    production: Option<String>,
    /// What `weir undo` goes back to.
    previous: Option<String>,
    /// How the last releases ended, the latest first.
    releases: Vec<PastRelease>,
    /// The versions of the Deployment, oldest first.
    versions: Vec<Version>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    revision: u64,
    image: String,
    replica_set: String,
    pods: i32,
    made: String,
}

/// Shows it.
pub(crate) async fn run(args: HistoryArgs) -> Result<ExitCode> {
    let history = match args.view.end.find().await? {
        End::Cluster(access) => {
            let named = Named::parse(&args.canary, &access.namespace);
            of_cluster(&access, &named).await?
        }
        End::Standalone(admin, namespace) => {
            let named = Named::parse(&args.canary, &namespace);
            let view = views(admin, &namespace, Some(&args.canary)).await?.into_iter().next();
            let view = view.with_context(|| format!("there is no Canary {named}"))?;
            History {
                canary: named.to_string(),
                now: view.message,
                production: view.stable_image,
                previous: view.previous_image,
                releases: view.history,
                versions: Vec::new(),
            }
        }
    };
    form::show(&history, args.view.output, text)?;
    Ok(ExitCode::SUCCESS)
}

async fn of_cluster(access: &Access, named: &Named) -> Result<History> {
    let canary = access.canary(named).await?;
    let sets: Api<ReplicaSet> = access.api(&named.namespace);
    // Who may not see them sees the releases.
    let sets = sets.list(&ListParams::default()).await.map(|list| list.items).unwrap_or_default();
    let status = canary.status.clone().unwrap_or_default();
    let mut versions: Vec<Version> = sets.iter().filter_map(|set| version(&canary, set)).collect();
    versions.sort_by_key(|version| version.revision);
    Ok(History {
        canary: named.to_string(),
        now: status.message,
        production: status.stable.map(|stable| stable.image),
        previous: status.previous.map(|previous| previous.image),
        releases: status.history,
        versions,
    })
}

fn version(canary: &Canary, set: &ReplicaSet) -> Option<Version> {
    let owners = set.metadata.owner_references.iter().flatten();
    let target = &canary.spec.target_ref.name;
    owners.into_iter().find(|owner| owner.kind == "Deployment" && owner.name == *target)?;
    let spec = set.spec.as_ref()?;
    let like = canary.spec.release.as_ref().map(|release| release.image.as_str());
    Some(Version {
        revision: set.annotations().get(REVISION)?.parse().ok()?,
        image: template::image(spec.template.as_ref()?, like)?.to_owned(),
        replica_set: set.name_any(),
        pods: spec.replicas.unwrap_or_default(),
        made: set.creation_timestamp().map(|time| time.0.to_string()).unwrap_or_default(),
    })
}

fn text(history: &History, wide: bool) -> String {
    let History { canary, now, production, previous, releases, versions } = history;
    let runs = production.as_deref().unwrap_or("nothing yet");
    let undo = previous.as_ref().map(|image| format!("; undo goes back to {image}")).unwrap_or_default();
    let mut text = format!("{canary}   production runs {runs}{undo}\nnow: {now}\n");
    // Writing to a String cannot fail.
    if releases.is_empty() {
        text.push_str("no release has ended yet\n");
    } else {
        let width = releases.iter().map(|past| past.name.chars().count()).max().unwrap_or(0).max(7);
        let _ = writeln!(
            text,
            "{:<22} {:<width$} {:<9} {:>9} {:>9} {:>7}   BECAUSE",
            "ENDED", "RELEASE", "OUTCOME", "TOOK", "REQUESTS", "FAILED"
        );
        for past in releases {
            let _ = writeln!(
                text,
                "{:<22} {:<width$} {:<9} {:>9} {:>9} {:>7}   {}{}",
                day_and_time(past.finished_at),
                past.name,
                past.outcome,
                took(past.finished_at.since(past.started_at)),
                count(past.requests),
                count(past.failed_requests),
                past.reason,
                if past.unproven { " (not every step was proven)" } else { "" }
            );
        }
    }
    if wide && !versions.is_empty() {
        let _ = writeln!(text, "\n{:<10} {:<6} {:<22} IMAGE", "REVISION", "PODS", "SINCE");
        for Version { revision, image, replica_set: _, pods, made } in versions {
            let _ = writeln!(text, "{revision:<10} {pods:<6} {made:<22} {image}");
        }
    }
    text
}
