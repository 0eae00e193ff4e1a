//! Manifests to write, and what a snapshot holds in a few words.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use weir_api::manifest::{Located, Object};
use weir_directory::{Directory, Root, Snapshot, Timing};

/// Longer than any change takes to be seen, on a busy machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// No poll that could hide a sign of change that was lost.
pub(crate) const SIGNS_ONLY: Timing = Timing {
    quiet: Duration::from_millis(20),
    longest: Duration::from_millis(200),
    poll: Duration::from_hours(1),
};

/// A directory of manifests, and what watches it.
pub(crate) struct Watched {
    pub(crate) temp: TempDir,
    pub(crate) directory: Directory,
}

impl Watched {
    /// Watches a new directory that holds these files already.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let temp = TempDir::new().unwrap();
        for (name, text) in files {
            write(&temp.path().join(name), text);
        }
        let directory = Directory::open_roots(vec![Root::required(temp.path())], SIGNS_ONLY).unwrap();
        Self { temp, directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        write(&self.path(name), text);
    }

    /// Waits until the objects are these.
    pub(crate) async fn until(&mut self, objects: &[&str]) -> Snapshot {
        until(&mut self.directory, objects).await
    }
}

/// Waits until the objects are these. One change of ours may be seen in two parts.
pub(crate) async fn until(directory: &mut Directory, objects: &[&str]) -> Snapshot {
    until_that(directory, |snapshot| names(snapshot) == objects, &format!("{objects:?}")).await
}

/// Waits for a snapshot that `is_it`.
pub(crate) async fn until_that(
    directory: &mut Directory,
    is_it: impl Fn(&Snapshot) -> bool,
    what: &str,
) -> Snapshot {
    let mut last = None;
    let waiting = async {
        loop {
            let snapshot = directory.changed().await;
            if is_it(&snapshot) {
                return snapshot;
            }
            last = Some(snapshot);
        }
    };
    if let Ok(snapshot) = tokio::time::timeout(PATIENCE, waiting).await {
        return snapshot;
    }
    let seen = last.map(|snapshot| (names(&snapshot), problems(&snapshot)));
    panic!("waited {PATIENCE:?} for {what}; last seen: {seen:?}");
}

pub(crate) fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A Service; its type tells one state of it from another.
pub(crate) fn service(name: &str, kind: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{type: {kind}}}\n")
}

/// Name and type of each Service, `name` alone of other objects.
pub(crate) fn names(snapshot: &Snapshot) -> Vec<String> {
    let name = |located: &Located| {
        let Object::Service(service) = &located.object else { return located.object.key().to_string() };
        let kind = service.spec.as_ref().and_then(|spec| spec.type_.as_deref()).unwrap_or("-");
        format!("{}:{kind}", service.metadata.name.as_deref().unwrap_or_default())
    };
    snapshot.objects.iter().map(name).collect()
}

pub(crate) fn problems(snapshot: &Snapshot) -> Vec<String> {
    snapshot.problems.iter().map(ToString::to_string).collect()
}
