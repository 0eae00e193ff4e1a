//! Objects from watched directories.

use std::path::PathBuf;

use weir_api::manifest::{self, Located, Object};
use weir_directory::{Directory, DirectoryError, Root, Snapshot, Timing};
use weir_routing::Objects;

use super::{Differences, Feed, Observed, Places, Update};
use crate::problems::{Problem, Severity};

/// Objects from watched directories.
#[derive(Debug)]
pub struct DirectoryFeed {
    directory: Directory,
    first: bool,
}

impl DirectoryFeed {
    /// Watches directories. The first one has to be there; the others may be made later by another program.
    pub fn open(paths: &[PathBuf]) -> Result<Self, DirectoryError> {
        let mut roots: Vec<Root> = paths.iter().map(Root::optional).collect();
        if let (Some(root), Some(path)) = (roots.first_mut(), paths.first()) {
            *root = Root::required(path);
        }
        Ok(Self { directory: Directory::open_roots(roots, Timing::default())?, first: true })
    }
}

impl Feed for DirectoryFeed {
    async fn next(&mut self) -> Update {
        let first = std::mem::replace(&mut self.first, false);
        let snapshot = if first { self.directory.read() } else { self.directory.changed().await };
        Update::Whole(Box::new(observed(snapshot)))
    }

    fn again(&mut self) {
        self.first = true;
    }
}

/// Everything in a snapshot.
#[must_use]
pub fn observed(snapshot: Snapshot) -> Observed {
    let mut objects = Objects::default();
    let mut places = Places::default();
    for Located { object, origin } in snapshot.objects {
        let key = object.key();
        match object {
            Object::Ingress(ingress) => objects.ingresses.push(*ingress),
            Object::Secret(secret) => objects.secrets.push(*secret),
            Object::ConfigMap(map) => objects.config_maps.push(*map),
            Object::Service(service) => objects.services.push(*service),
            Object::EndpointSlice(slice) => objects.endpoint_slices.push(*slice),
            Object::Canary(canary) => objects.canaries.push(*canary),
            Object::CanaryStatus { namespace, name, status } => {
                objects.statuses.insert(format!("{namespace}/{name}"), *status);
            }
            // Kinds that others read.
            Object::Deployment(_)
            | Object::CanaryConfig(_)
            | Object::FeatureFlag(_)
            | Object::LocalImage(_)
            | Object::Other { .. } => continue,
        }
        places.insert(&key.kind, key.namespace.as_deref().unwrap_or_default(), &key.name, origin);
    }
    let problems = snapshot.problems.into_iter().map(problem).collect();
    Observed { objects, resolved: Differences::new(), problems, places }
}

fn problem(problem: manifest::Problem) -> Problem {
    let manifest::Problem { file, line, column, field, message, help, severity, object: _ } = problem;
    Problem {
        severity: match severity {
            manifest::Severity::Error => Severity::Error,
            manifest::Severity::Warning => Severity::Warning,
        },
        file,
        line: (line > 0).then_some(line),
        column,
        field,
        message,
        help,
    }
}
