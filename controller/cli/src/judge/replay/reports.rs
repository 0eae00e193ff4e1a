//! Reports of releases: in files and directories, in a state folder, or at a controller.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use kube::ResourceExt;
use weir_api::status::PastRelease;
use weir_controller::report::Report;

use crate::Misconfigured;
use crate::args::ReplayArgs;
use crate::cluster::Access;
use crate::end::{End, Named};
use crate::report::{fetch, path};
use crate::status::views;

/// What was taken for a report.
pub(super) struct Found {
    /// A file, or a release by its name.
    pub(super) place: String,
    /// The report.
    pub(super) report: Result<Box<Report>, Unusable>,
}

/// Why there is no report.
pub(super) enum Unusable {
    /// What was named is none.
    NoReport(String),
    /// The controller remembers the release and has not kept its report.
    Gone(String),
}

/// All that the command line means.
pub(super) async fn find(args: &ReplayArgs) -> Result<Vec<Found>> {
    if !args.paths.is_empty() {
        return Ok(args.paths.iter().flat_map(|path| of_path(path)).collect());
    }
    if let Some(state) = &args.end.state {
        let folder = state.join("reports");
        let files = listed(&folder).map_err(|error| {
            Misconfigured(format!(
                "{} cannot be read: {error}: name the state folder of a `weir run` or `weir demo` that has released something",
                folder.display()
            ))
        })?;
        return Ok(files.iter().map(|file| of_file(file)).collect());
    }
    match args.end.find().await? {
        End::Cluster(access) => of_cluster(&access).await,
        End::Standalone(admin, namespace) => {
            let mut found = Vec::new();
            for view in views(admin, &namespace, None).await? {
                let named = Named { namespace: view.namespace, name: view.name };
                let last = view.release.into_iter().map(|release| release.name);
                for release in names(last, view.history) {
                    let report = admin.get(&path(&named, Some(&release))).await.map(Box::new);
                    found.push(Found { place: format!("{named}/{release}"), report: or_gone(report)? });
                }
            }
            Ok(found)
        }
    }
}

async fn of_cluster(access: &Access) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for canary in access.canaries(Some(&access.namespace)).await? {
        let named = Named { namespace: access.namespace.clone(), name: canary.name_any() };
        let status = canary.status.unwrap_or_default();
        let last = status.release.into_iter().map(|release| release.name);
        for release in names(last, status.history) {
            let text = fetch(access, &path(&named, Some(&release))).await;
            let report = or_gone(text)?.and_then(|text| parse(text.as_bytes()));
            found.push(Found { place: format!("{named}/{release}"), report });
        }
    }
    Ok(found)
}

/// What a controller answered. One that says that it has no such report is believed; one that says nothing ends the command.
fn or_gone<T>(answered: Result<T>) -> Result<Result<T, Unusable>> {
    match answered {
        Ok(answer) => Ok(Ok(answer)),
        Err(error) if error.is::<Misconfigured>() => Ok(Err(Unusable::Gone(format!("{error:#}")))),
        Err(error) => Err(error),
    }
}

/// Each name once: the report of a name is that of its last release.
fn names(last: impl Iterator<Item = String>, past: Vec<PastRelease>) -> BTreeSet<String> {
    last.chain(past.into_iter().map(|past| past.name)).collect()
}

fn of_path(path: &Path) -> Vec<Found> {
    if !path.is_dir() {
        return vec![of_file(path)];
    }
    match listed(path) {
        Ok(files) => files.iter().map(|file| of_file(file)).collect(),
        Err(error) => {
            let report = Err(unreadable(&error));
            vec![Found { place: path.display().to_string(), report }]
        }
    }
}

/// Files of a directory that may be reports: pages lie beside them.
fn listed(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn of_file(path: &Path) -> Found {
    let bytes = std::fs::read(path).map_err(|error| unreadable(&error));
    Found { place: path.display().to_string(), report: bytes.and_then(|bytes| parse(&bytes)) }
}

fn unreadable(error: &std::io::Error) -> Unusable {
    Unusable::NoReport(format!("cannot be read: {error}"))
}

fn parse(text: &[u8]) -> Result<Box<Report>, Unusable> {
    let report = serde_json::from_slice(text).map(Box::new);
    report.map_err(|error| Unusable::NoReport(format!("is no report of a release: {error}")))
}
