//! `weir install` and `weir uninstall`.
//!
//! ```text
//! manifests   what this program carries -> objects            pure
//! resource    one object of any kind, at the API server
//! wait        until the programs are ready; rollout says why they are not (pure)
//! remove      uninstall
//! ```

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use kube::api::DynamicObject;
use serde_json::Value;
use weir_api::yaml;

use crate::args::install::InstallArgs;
use crate::cluster::{Access, problem};
use crate::form::print;

pub(crate) mod manifests;
pub(crate) mod remove;
pub(crate) mod resource;
pub(crate) mod rollout;
pub(crate) mod wait;

use manifests::is_a;
use resource::Resource;

/// Label of a namespace that was made by `weir install`: with it goes what is in it.
pub(crate) const MADE_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "weir-install");

/// What an interruption of `weir install` leaves, and what to do then.
pub(crate) const INTERRUPTED: &str =
    ": what was applied stays; `weir install` again goes on, `weir doctor` says what is missing";

/// Installs Weir, or changes what is installed.
pub(crate) async fn install(args: InstallArgs) -> Result<ExitCode> {
    let wanted = args.wanted();
    let mut objects = manifests::objects(&wanted)?;
    if args.dry_run {
        print(&objects.iter().map(yaml::of).collect::<String>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let access = args.cluster.connect().await?;
    say(&format!("weir {} into namespace {} of {}", wanted.version, wanted.namespace, access.place));
    claim_namespace(&access, &mut objects).await?;
    let (mut made, mut changed) = (0, 0);
    for resource in objects.iter().filter_map(Resource::of) {
        let failed = |error| access.problem(&format!("apply {}", resource.title()), error);
        let before = resource.get(&access.client).await.map_err(failed)?;
        let after = resource.apply(&access.client).await.map_err(failed)?;
        match before {
            None => {
                made += 1;
                say(&format!("  {} made", resource.title()));
            }
            Some(before) if !is_same(&before, &after) => {
                changed += 1;
                say(&format!("  {} changed", resource.title()));
            }
            Some(_) => {}
        }
    }
    say(&format!(
        "{} objects: {made} made, {changed} changed, {} as they were",
        objects.len(),
        objects.len() - made - changed
    ));
    wait::until_ready(&access, &wanted.namespace, Duration::from(args.timeout), say).await?;
    say(&format!(
        "Weir is ready. Next: Ingresses with `ingressClassName: weir` are served; `weir release NAMESPACE/SERVICE --image IMAGE` releases;\n`weir doctor -n {}` says what is wrong, if anything is.",
        wanted.namespace
    ));
    Ok(ExitCode::SUCCESS)
}

/// Whether nothing was changed that an installation is about: a status changes by itself.
fn is_same(one: &DynamicObject, other: &DynamicObject) -> bool {
    let fields = |object: &DynamicObject| {
        let mut data = object.data.clone();
        if let Some(data) = data.as_object_mut() {
            data.remove("status");
        }
        (data, object.metadata.labels.clone(), object.metadata.annotations.clone())
    };
    fields(one) == fields(other)
}

/// A namespace that is there already and that this command did not make stays as it is: others may live in it.
async fn claim_namespace(access: &Access, objects: &mut Vec<Value>) -> Result<()> {
    let Some(at) = objects.iter().position(|object| is_a(object, "Namespace")) else { return Ok(()) };
    let object = objects.get_mut(at).context("it was just found")?;
    if let Some(labels) = object.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.insert(MADE_BY.0.to_owned(), MADE_BY.1.into());
    }
    let Some(resource) = Resource::of(object) else { return Ok(()) };
    let found = resource.get(&access.client).await;
    let found = found.map_err(|error| access.problem("read the namespace", error))?;
    let is_anothers = found.is_some_and(|found| {
        found.metadata.labels.unwrap_or_default().get(MADE_BY.0).is_none_or(|by| by != MADE_BY.1)
    });
    if is_anothers {
        say("  the namespace is there already and stays as it is");
        objects.remove(at);
    }
    Ok(())
}

pub(crate) fn say(text: &str) {
    // Nobody reads it if that fails.
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// An answer of the API server that says that something is not there, as `None`.
pub(crate) fn there<T>(answer: kube::Result<T>) -> kube::Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if problem::is(&error, 404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What did not come in time.
pub(crate) fn late(what: &str) -> anyhow::Error {
    anyhow!("{what}: `weir doctor` says more; what was applied stays")
}

/// Whether an object is the definition of a kind.
pub(crate) fn is_definition(object: &Value) -> bool {
    is_a(object, "CustomResourceDefinition")
}
