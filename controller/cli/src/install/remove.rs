//! `weir uninstall`: everything that was installed, and nothing else.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::{Value, json};
use tokio::time::Instant;
use weir_api::Canary;
use weir_api::names::PREFIX;

use super::manifests::{self, Extra, Wanted, is, is_a};
use super::resource::Resource;
use super::{MADE_BY, is_definition, late, say, there};
use crate::Misconfigured;
use crate::args::install::{UninstallArgs, namespace};
use crate::cluster::Access;
use crate::cluster::canaries::is_going_on;

/// What an interruption of `weir uninstall` leaves, and what to do then.
pub(crate) const INTERRUPTED: &str = ": what was deleted is gone; `weir uninstall` again goes on";

/// Time between two looks at what is not gone yet.
const LOOK: Duration = Duration::from_millis(500);
/// Longest that a controller that still runs gets to put back what releases have changed, before their objects go without it.
const PUT_BACK: Duration = Duration::from_secs(30);

/// Removes what `weir install` made.
pub(crate) async fn uninstall(args: UninstallArgs) -> Result<ExitCode> {
    let access = args.cluster.connect().await?;
    let namespace = namespace(&args.cluster);
    let extras = Extra::ALL.to_vec();
    let wanted = Wanted { namespace: namespace.clone(), extras, ..Wanted::default() };
    let objects = manifests::objects(&wanted)?;
    say(&format!("weir out of namespace {namespace} of {}", access.place));
    let deadline = Instant::now() + Duration::from(args.timeout);
    let canaries = canaries(&access).await?;
    refuse_in_progress(&canaries, args.force)?;
    if args.purge {
        delete_canaries(&access, &canaries, PUT_BACK.min(Duration::from(args.timeout) / 4)).await?;
    }
    let keeps_namespace = keeps_namespace(&access, &objects).await?;
    let (kept, others): (Vec<_>, Vec<_>) = objects.iter().partition(|object| holds_work(object));
    let gone = others.into_iter().filter(|object| !(keeps_namespace && is(object, "Namespace", &namespace)));
    // The last one first: what others need goes after them.
    let gone: Vec<&Value> = gone.rev().collect();
    delete(&access, &gone, deadline).await?;
    if keeps_namespace {
        delete_leases(&access, &namespace).await?;
    }
    // Whoever held them is gone.
    free(&access, &self::canaries(&access).await?).await?;
    if args.purge {
        delete(&access, &kept, deadline).await?;
    }
    tell_what_stays(&access, &namespace, keeps_namespace, args.purge).await?;
    Ok(ExitCode::SUCCESS)
}

/// Whether what somebody made goes with it: objects of a definition, runs of pipelines.
fn holds_work(object: &Value) -> bool {
    is_definition(object)
        || is_a(object, "PersistentVolumeClaim")
        || is(object, "Namespace", manifests::PIPELINES)
}

async fn canaries(access: &Access) -> Result<Vec<Canary>> {
    let all: Api<Canary> = Api::all(access.client.clone());
    let found = there(all.list(&ListParams::default()).await);
    Ok(found
        .map_err(|error| access.problem("list canaries", error))?
        .map(|list| list.items)
        .unwrap_or_default())
}

fn key(canary: &Canary) -> String {
    format!("{}/{}", canary.namespace().unwrap_or_default(), canary.name_any())
}

/// Without a controller a release stays where it is, for ever.
fn refuse_in_progress(canaries: &[Canary], force: bool) -> Result<()> {
    let names: Vec<String> = canaries.iter().filter(|canary| is_going_on(canary)).map(key).collect();
    if names.is_empty() || force {
        return Ok(());
    }
    let names = names.join(", ");
    Err(Misconfigured(format!(
        "releases are in progress: {names}: end them first (weir abort), or say --force: what they were given stays as it is then"
    ))
    .into())
}

/// Deletes every Canary while the controller still runs, so that it puts back what it changed.
async fn delete_canaries(access: &Access, canaries: &[Canary], wait: Duration) -> Result<()> {
    for canary in canaries {
        let api = access.api::<Canary>(&canary.namespace().unwrap_or_default());
        let deleted = there(api.delete(&canary.name_any(), &DeleteParams::default()).await);
        deleted.map_err(|error| access.problem(&format!("delete Canary {}", key(canary)), error))?;
    }
    let deadline = Instant::now() + wait;
    while Instant::now() < deadline {
        if self::canaries(access).await?.is_empty() {
            break;
        }
        tokio::time::sleep(LOOK).await;
    }
    let left = self::canaries(access).await?;
    if !canaries.is_empty() {
        say(&format!("  {} Canaries deleted", canaries.len() - left.len().min(canaries.len())));
    }
    Ok(())
}

/// Takes Weir's own finalizers from Canaries: nobody is there any more who would.
async fn free(access: &Access, canaries: &[Canary]) -> Result<()> {
    for canary in canaries {
        let held = canary.finalizers();
        let others: Vec<&String> = held.iter().filter(|name| !name.starts_with(PREFIX)).collect();
        if others.len() == held.len() {
            continue;
        }
        let patch = json!({"metadata": {"finalizers": others, "resourceVersion": canary.resource_version()}});
        let api = access.api::<Canary>(&canary.namespace().unwrap_or_default());
        let patched = api.patch(&canary.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await;
        there(patched).map_err(|error| access.problem(&format!("free Canary {}", key(canary)), error))?;
        say(&format!("  Canary {} freed of its finalizer", key(canary)));
    }
    Ok(())
}

/// Whether the namespace was there before `weir install`.
async fn keeps_namespace(access: &Access, objects: &[Value]) -> Result<bool> {
    let namespace = objects.iter().find(|object| is_a(object, "Namespace"));
    let Some(resource) = namespace.and_then(Resource::of) else { return Ok(true) };
    let found = resource.get(&access.client).await;
    let found = found.map_err(|error| access.problem("read the namespace", error))?;
    let labels = found.and_then(|found| found.metadata.labels).unwrap_or_default();
    Ok(labels.get(MADE_BY.0).is_none_or(|by| by != MADE_BY.1))
}

/// Deletes objects, and waits until they are gone.
async fn delete(access: &Access, objects: &[&Value], deadline: Instant) -> Result<()> {
    let resources: Vec<Resource<'_>> = objects.iter().filter_map(|object| Resource::of(object)).collect();
    let mut waited = Vec::new();
    for resource in &resources {
        if is_anothers(access, resource).await? {
            continue;
        }
        let deleted = resource.delete(&access.client).await;
        if deleted.map_err(|error| access.problem(&format!("delete {}", resource.title()), error))? {
            say(&format!("  {} deleted", resource.title()));
            waited.push(resource);
        }
    }
    for resource in waited {
        loop {
            let found = resource.get(&access.client).await;
            if found.map_err(|error| access.problem(&format!("read {}", resource.title()), error))?.is_none()
            {
                break;
            }
            if Instant::now() >= deadline {
                return Err(late(&format!("{} is not gone yet", resource.title())));
            }
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}

/// Of the two metrics APIs a cluster has one each, and it may lead to an adapter.
async fn is_anothers(access: &Access, resource: &Resource<'_>) -> Result<bool> {
    let leads_to = |object: &Value| object.pointer("/spec/service").cloned();
    if !is_a(resource.object, "APIService") {
        return Ok(false);
    }
    let found = resource.get(&access.client).await;
    let found = found.map_err(|error| access.problem(&format!("read {}", resource.title()), error))?;
    let found = found.and_then(|found| leads_to(&found.data));
    let same = |field: &str| {
        let of = |service: &Option<Value>| service.as_ref()?.get(field).cloned();
        of(&found) == of(&leads_to(resource.object))
    };
    Ok(!(same("name") && same("namespace")))
}

/// What the programs made for themselves in a namespace that stays.
async fn delete_leases(access: &Access, namespace: &str) -> Result<()> {
    for name in super::wait::PROGRAMS {
        let deleted = access.api::<Lease>(namespace).delete(name, &DeleteParams::default()).await;
        there(deleted).map_err(|error| access.problem(&format!("delete Lease {name}"), error))?;
    }
    Ok(())
}

async fn tell_what_stays(access: &Access, namespace: &str, keeps_namespace: bool, purge: bool) -> Result<()> {
    let mut stays = Vec::new();
    if keeps_namespace {
        stays.push(format!("namespace {namespace}, which was not made by weir install"));
    }
    if !purge {
        let canaries = canaries(access).await?.len();
        stays.push(format!(
            "the definitions of Weir's kinds, {canaries} Canaries, and what pipelines have (--purge removes them)"
        ));
    }
    if stays.is_empty() {
        say("Weir is gone, and nothing of it stays.");
    } else {
        say(&format!("Weir is gone. What stays: {}.", stays.join("; ")));
    }
    say(
        "Ingresses of its class are served by nobody now; annotations weir.dev/* of yours stay where you put them.",
    );
    Ok(())
}
