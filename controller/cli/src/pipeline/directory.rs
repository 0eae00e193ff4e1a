//! The directory that `weir run` serves, as the place that stages deploy to.
//!
//! ```text
//! DIR/deployed/KIND.NAMESPACE.NAME.json      what stages applied
//! STATE/deployed/KIND.NAMESPACE.NAME.json    what they changed of it since: an object that is applied anew keeps that
//! STATE/revisions/KIND.NAMESPACE.NAME.json   pod templates that a Deployment had
//! ```
//! An image of a registry is unpacked and run as a process of this machine, where no `LocalImage` says what runs in its place.
//! Files that people write stay as they are: what stands in one of them is looked at and not written.

mod revisions;
mod running;
mod standing;
mod unpacked;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use json_patch::merge;
use serde_json::Value;
use tokio::sync::Mutex;
use weir_deploy::Named;
use weir_directory::{StateDirectory, object_path_in};
use weir_expression::{Limits, yaml_documents};
use weir_pipeline::event::Fault;
use weir_runner::objects::{Answer, Objects};

use crate::Misconfigured;
use crate::end;

/// A directory of manifests, and the state folder of who serves it.
#[derive(Debug)]
pub(super) struct DirectoryObjects {
    manifests: PathBuf,
    written: StateDirectory,
    state: StateDirectory,
    /// One image at a time.
    unpacking: Mutex<()>,
}

impl DirectoryObjects {
    /// Of these folders, the second of which a `weir run` has made.
    pub(super) fn open(manifests: &Path, state: &Path) -> Result<Self> {
        if !manifests.is_dir() {
            let shown = manifests.display();
            return Err(Misconfigured(format!(
                "--deploy-to: {shown} is no directory: name the one that `weir run` serves"
            ))
            .into());
        }
        let open = |folder: &Path| StateDirectory::open(folder).with_context(|| folder.display().to_string());
        let (written, state) = (open(manifests)?, open(state)?);
        Ok(Self { manifests: manifests.to_owned(), written, state, unpacking: Mutex::default() })
    }

    /// The object as stages have written it.
    fn own(&self, named: &Named) -> Result<Option<Value>, Fault> {
        self.written.read(&path(named)).map_err(Fault::infrastructure)
    }

    /// The object, and the file of somebody else that it stands in.
    fn found(&self, named: &Named) -> Result<Option<(Value, Option<PathBuf>)>, Fault> {
        if let Some(own) = self.own(named)? {
            return Ok(Some((own, None)));
        }
        let is_it = |object: &Value| Named::of(object).is_ok_and(|other| is_same(&other, named));
        let found = self.all().map_err(Fault::infrastructure)?.into_iter().find(|(_, object)| is_it(object));
        Ok(found.map(|(file, object)| (object, Some(file))))
    }

    /// Every object with its file. One that cannot be read now is told by whoever serves it.
    fn all(&self) -> std::io::Result<Vec<(PathBuf, Value)>> {
        let mut all = Vec::new();
        for file in files(&self.manifests)? {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let documents = yaml_documents(&text, &Limits::default()).unwrap_or_default();
            let objects = documents.into_iter().flat_map(weir_deploy::manifest::objects);
            all.extend(objects.map(|object| (file.clone(), object)));
        }
        Ok(all)
    }

    /// The object, as stages may write it.
    fn to_write(&self, named: &Named) -> Result<Option<Value>, Fault> {
        match self.found(named)? {
            Some((_, Some(file))) => Err(Fault::work(format!(
                "it stands in {}, which somebody else writes: take it out there, and let a stage apply it",
                file.display()
            ))),
            found => Ok(found.map(|(object, _)| object)),
        }
    }

    fn applied(&self, manifest: &Value) -> Result<Value, Fault> {
        let named = Named::of(manifest).map_err(Fault::work)?;
        self.to_write(&named)?;
        let mut object: Value =
            self.state.read(&path(&named)).map_err(Fault::infrastructure)?.unwrap_or_default();
        merge(&mut object, manifest);
        self.put(&named, &object)?;
        Ok(object)
    }

    fn patched(&self, named: &Named, patch: &Value) -> Result<Value, Fault> {
        let mut object = self.to_write(named)?.ok_or_else(|| Fault::work("there is none"))?;
        let mut changed: Value =
            self.state.read(&path(named)).map_err(Fault::infrastructure)?.unwrap_or_default();
        merge(&mut changed, patch);
        merge(&mut object, patch);
        self.state.write(&path(named), &changed).map_err(Fault::infrastructure)?;
        self.put(named, &object)?;
        Ok(object)
    }

    fn put(&self, named: &Named, object: &Value) -> Result<(), Fault> {
        revisions::remember(&self.state, named, object).map_err(Fault::infrastructure)?;
        self.written.write(&path(named), object).map(|_| ()).map_err(Fault::infrastructure)
    }

    fn removed(&self, named: &Named) -> Result<bool, Fault> {
        let was_there = self.to_write(named)?.is_some();
        self.written.remove(&path(named)).map_err(Fault::infrastructure)?;
        self.state.remove(&path(named)).map_err(Fault::infrastructure)?;
        revisions::forget(&self.state, named).map_err(Fault::infrastructure)?;
        Ok(was_there)
    }

    /// The object with its status, as far as whoever serves it says one.
    fn looked_at(&self, named: &Named) -> Result<Option<Value>, Fault> {
        let Some((mut object, _)) = self.found(named)? else { return Ok(None) };
        match named.kind.as_str() {
            "Canary" => {
                if let Some(status) = standing::canary(&self.state, named).map_err(Fault::infrastructure)? {
                    object.as_object_mut().and_then(|object| object.insert("status".to_owned(), status));
                }
            }
            "Deployment" => {
                let all = self.all().map_err(Fault::infrastructure)?;
                if let Some(canary) = canary_of(&all, named) {
                    let status = standing::canary(&self.state, &canary).map_err(Fault::infrastructure)?;
                    standing::released(&mut object, &status.unwrap_or_default());
                }
                let is_served = is_served(&all, named, &object);
                standing::deployment(&self.state, named, is_served, &mut object)
                    .map_err(Fault::infrastructure)?;
            }
            _ => {}
        }
        Ok(Some(object))
    }
}

impl Objects for DirectoryObjects {
    fn get<'a>(&'a self, which: &'a Named) -> Answer<'a, Option<Value>> {
        Box::pin(async move { self.looked_at(which) })
    }

    fn apply<'a>(&'a self, manifest: &'a Value, _: bool) -> Answer<'a, Value> {
        Box::pin(async move {
            self.run_images(manifest).await?;
            self.applied(manifest)
        })
    }

    fn patch<'a>(&'a self, which: &'a Named, patch: &'a Value) -> Answer<'a, Value> {
        Box::pin(async move {
            self.run_images(patch).await?;
            self.patched(which, patch)
        })
    }

    fn delete<'a>(&'a self, which: &'a Named) -> Answer<'a, bool> {
        Box::pin(async move { self.removed(which) })
    }

    fn revisions<'a>(&'a self, deployment: &'a Named) -> Answer<'a, Vec<(u64, Value)>> {
        Box::pin(async move {
            let all = self.all().map_err(Fault::infrastructure)?;
            if let Some(canary) = canary_of(&all, deployment) {
                let mend = format!("`weir undo {}/{}` goes back to it", namespace(&canary), canary.name);
                return Err(Fault::work(format!("the version before was released by a Canary: {mend}")));
            }
            revisions::revisions(&self.state, deployment).map_err(Fault::infrastructure)
        })
    }

    fn pods<'a>(&'a self, workload: &'a Value) -> Answer<'a, Vec<Value>> {
        Box::pin(async move {
            let named = Named::of(workload).map_err(Fault::work)?;
            standing::pods(&self.state, &named).map_err(Fault::infrastructure)
        })
    }

    fn abort<'a>(&'a self, canary: &'a Named, _: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let admin = end::of_state(self.state.root()).map_err(Fault::infrastructure)?;
            let path = format!("/v1/canaries/{}/{}/abort", namespace(canary), canary.name);
            admin.post(&path).await.map(|_| ()).map_err(Fault::infrastructure)
        })
    }
}

/// The objects of a kind that are where a Deployment is.
fn beside<'a>(
    all: &'a [(PathBuf, Value)],
    deployment: &'a Named,
    kind: &'a str,
) -> impl Iterator<Item = (Named, &'a Value)> {
    let named = all.iter().filter_map(|(_, object)| Some((Named::of(object).ok()?, object)));
    named.filter(move |(named, _)| named.kind == kind && namespace(named) == namespace(deployment))
}

/// The Canary that releases a Deployment.
fn canary_of(all: &[(PathBuf, Value)], deployment: &Named) -> Option<Named> {
    let target = |object: &Value| {
        object.pointer("/spec/targetRef/name").and_then(Value::as_str) == Some(&deployment.name)
    };
    beside(all, deployment, "Canary").find(|(_, object)| target(object)).map(|(named, _)| named)
}

/// Whether a Service leads to the pods of a Deployment.
fn is_served(all: &[(PathBuf, Value)], deployment: &Named, object: &Value) -> bool {
    let labels = object.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
    let selects = |service: &Value| {
        let selector = service.pointer("/spec/selector").and_then(Value::as_object);
        selector.is_some_and(|selector| {
            let mut pairs = selector.iter();
            !selector.is_empty() && pairs.all(|(key, value)| labels.and_then(|it| it.get(key)) == Some(value))
        })
    };
    beside(all, deployment, "Service").any(|(_, service)| selects(service))
}

fn namespace(named: &Named) -> &str {
    named.namespace.as_deref().unwrap_or("default")
}

fn is_same(one: &Named, other: &Named) -> bool {
    (&one.kind, &one.name, namespace(one)) == (&other.kind, &other.name, namespace(other))
}

fn path(named: &Named) -> String {
    object_path_in("deployed", &named.kind, namespace(named), &named.name)
}

/// Manifests of people, subdirectories included.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let is_manifest =
            path.extension().is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|one| ending == *one));
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if is_manifest {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use weir_deploy::Named;

    use super::DirectoryObjects;

    fn canary(image: Option<&str>) -> serde_json::Value {
        let mut canary = json!({"apiVersion": "weir.dev/v1alpha1", "kind": "Canary", "metadata": {"namespace": "n", "name": "a"}, "spec": {"service": "a"}});
        if let Some(image) = image {
            canary["spec"]["release"] = json!({"image": image});
        }
        canary
    }

    #[test]
    fn what_was_changed_stays_when_it_is_applied_anew() {
        let folder = tempfile::tempdir().unwrap();
        let objects = DirectoryObjects::open(folder.path(), &folder.path().join(".state")).unwrap();
        let named = Named::canary("n", "a");
        assert!(objects.patched(&named, &json!({})).unwrap_err().message.contains("there is none"));
        objects.applied(&canary(None)).unwrap();
        objects.patched(&named, &json!({"spec": {"release": {"image": "a:2"}}})).unwrap();
        assert_eq!(objects.applied(&canary(None)).unwrap(), canary(Some("a:2")));
        assert_eq!(objects.applied(&canary(Some("a:3"))).unwrap(), canary(Some("a:3")));
        assert!(objects.removed(&named).unwrap() && !objects.removed(&named).unwrap());
        assert_eq!(objects.applied(&canary(None)).unwrap(), canary(None));
    }

    #[test]
    fn what_people_write_is_looked_at_and_not_written() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("canary.yaml");
        std::fs::write(&file, canary(None).to_string()).unwrap();
        let objects = DirectoryObjects::open(folder.path(), &folder.path().join(".state")).unwrap();
        assert_eq!(objects.looked_at(&Named::canary("n", "a")).unwrap(), Some(canary(None)));
        let refused = objects.applied(&canary(Some("a:2"))).unwrap_err().message;
        assert!(refused.contains("canary.yaml, which somebody else writes"), "{refused}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), canary(None).to_string());
    }
}
