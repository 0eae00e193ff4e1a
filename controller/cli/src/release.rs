//! `weir release`: an image to a Service of a cluster, by the Canary that there is, or by one that is made.
//!
//! ```text
//! target   which Service and which Deployment a name means   pure
//! canary   the Canary of a Service that has none yet         pure
//! follow   to the end of the release
//! ```

use std::process::ExitCode;

use anyhow::{Result, anyhow};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Service;
use kube::Api;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use weir_api::status::{CanaryStatus, Phase};
use weir_api::{Canary, Share};
use weir_process::Stop;

use self::target::Target;
use crate::args::ReleaseArgs;
use crate::cluster::Access;
use crate::cluster::canaries::{ATTEMPTS, MANAGER};
use crate::cluster::problem::is;
use crate::end::Named;
use crate::form::{self, print, without_managed_fields};
use crate::status::name_of;
use crate::{INTERRUPTED, Misconfigured, Refused};

mod canary;
mod follow;
mod target;

/// Releases an image.
pub(crate) async fn run(args: ReleaseArgs, stop: &mut Stop) -> Result<ExitCode> {
    let access = args.cluster.connect().await?;
    let asked = Named::parse(&args.service, &access.namespace);
    let written = tokio::select! {
        written = write(&access, &asked, &args) => written?,
        () = stop.requested() => {
            print(&format!("{asked}: interrupted: the release may have been named by now; `weir status {asked}` says so\n"))?;
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    let Some(written) = written else {
        print(&format!("{asked}: production runs {} already: there is nothing to release\n", args.image))?;
        return Ok(ExitCode::SUCCESS);
    };
    if args.dry_run {
        let object = without_managed_fields(serde_json::to_value(&written)?);
        print(&form::of(&object, args.output)?.unwrap_or_default())?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&announcement(&written, &args.image))?;
    Box::pin(follow::follow(&access, &written, &args, stop)).await
}

/// Names the release in a Canary, which is made where there is none; `None` where production runs it already.
async fn write(access: &Access, asked: &Named, args: &ReleaseArgs) -> Result<Option<Canary>> {
    match existing(access, asked).await? {
        Some(found) => change(access, &found, args).await,
        None => make(access, asked, args).await.map(Some),
    }
}

/// The Canary of that name, or the one that releases the Service or Deployment of that name.
async fn existing(access: &Access, asked: &Named) -> Result<Option<Canary>> {
    if let Some(canary) = access.find_canary(asked).await? {
        return Ok(Some(canary));
    }
    let canaries = access.canaries(Some(&asked.namespace)).await?;
    let of_it =
        |canary: &Canary| canary.spec.service == asked.name || canary.spec.target_ref.name == asked.name;
    Ok(canaries.into_iter().find(of_it))
}

/// Names another release in a Canary; `None` where production runs it already.
async fn change(access: &Access, canary: &Canary, args: &ReleaseArgs) -> Result<Option<Canary>> {
    let named = name_of(canary);
    let status = canary.status.clone().unwrap_or_default();
    let release = json!({"image": args.image, "name": args.name});
    let wanted: weir_api::canary::Release = serde_json::from_value(release.clone())?;
    let runs = status.stable.as_ref().is_some_and(|stable| stable.image == args.image);
    if runs && !status.phase.is_going_on() {
        return Ok(None);
    }
    refuse_aborted(&named, &status, &wanted)?;
    let spec = if args.steps.is_empty() {
        json!({"release": release})
    } else {
        json!({"release": release, "strategy": {"canary": {"steps": canary::steps(&args.steps)}}})
    };
    patch_spec(access, canary, &spec, args.dry_run).await.map(Some)
}

/// Changes the spec that was looked at, and no other one.
async fn patch_spec(access: &Access, canary: &Canary, spec: &Value, dry_run: bool) -> Result<Canary> {
    let named = name_of(canary);
    let parameters =
        PatchParams { dry_run, field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
    let canaries: Api<Canary> = access.api(&named.namespace);
    let mut version = canary.metadata.resource_version.clone();
    // The controller writes its status all the time, which changes the version and not the spec.
    for _ in 0..ATTEMPTS {
        let patch = json!({"metadata": {"resourceVersion": version}, "spec": spec});
        match canaries.patch(&named.name, &parameters, &Patch::Merge(patch)).await {
            Ok(written) => return Ok(written),
            Err(error) if is(&error, 409) => {
                let now = access.canary(&named).await?;
                if now.metadata.generation != canary.metadata.generation {
                    let why = "somebody else changed the Canary at this moment: look at it, and try again";
                    return Err(Refused(format!("{named}: {why}")).into());
                }
                version = now.metadata.resource_version;
            }
            Err(error) => return Err(access.problem(&format!("release to {named}"), error)),
        }
    }
    Err(anyhow!("cannot release to {named}: the Canary changes all the time: try again"))
}

/// The same release is not begun again by naming it again.
fn refuse_aborted(
    named: &Named,
    status: &CanaryStatus,
    wanted: &weir_api::canary::Release,
) -> Result<(), Refused> {
    let Some(release) = &status.release else { return Ok(()) };
    let is_same = release.name == wanted.display_name() && release.revision.image == wanted.image;
    if is_same && status.phase == Phase::Aborted {
        return Err(Refused(format!(
            "{named}: release {} was aborted: {}: `weir retry {named}` releases it again, --name gives it another name",
            release.name, release.reason
        )));
    }
    Ok(())
}

/// Makes a Canary for a Service that has none.
async fn make(access: &Access, asked: &Named, args: &ReleaseArgs) -> Result<Canary> {
    let namespace = &asked.namespace;
    let services: Api<Service> = access.api(namespace);
    let deployments: Api<Deployment> = access.api(namespace);
    let all = ListParams::default();
    let services = services.list(&all).await.map_err(|error| access.problem("list services", error))?.items;
    let deployments =
        deployments.list(&all).await.map_err(|error| access.problem("list deployments", error))?.items;
    let target = Target::find(asked, &services, &deployments)
        .map_err(|problem| Misconfigured(format!("{problem} (namespace {namespace}, {})", access.place)))?;
    target.takes(&args.image).map_err(Misconfigured)?;
    let steps = if args.steps.is_empty() { canary::default() } else { args.steps.clone() };
    let canary = canary::new(&target, &canary::steps(&steps), &args.image, args.name.as_deref())?;
    let canaries: Api<Canary> = access.api(namespace);
    let parameters = PostParams { dry_run: args.dry_run, field_manager: Some(MANAGER.to_owned()) };
    let made = canaries.create(&parameters, &canary).await;
    made.map_err(|error| {
        access.problem(&format!("make a Canary for Service {namespace}/{}", target.service), error)
    })
}

/// What is released where, and how.
fn announcement(canary: &Canary, image: &str) -> String {
    let before = canary.status.as_ref().and_then(|status| status.stable.as_ref());
    let from = before.map(|stable| format!("{} -> ", stable.image)).unwrap_or_default();
    format!("release to {}: {from}{image}   {}\n", name_of(canary), weights(canary))
}

fn weights(canary: &Canary) -> String {
    let spec = serde_json::to_value(&canary.spec).unwrap_or_default();
    let steps = spec.pointer("/strategy/canary/steps").and_then(Value::as_array);
    let weights = steps
        .into_iter()
        .flatten()
        .filter_map(|step| serde_json::from_value::<Share>(step.get("setWeight")?.clone()).ok());
    let weights: Vec<String> =
        weights.map(|share| share.to_string().trim_end_matches(" %").to_owned()).collect();
    if weights.is_empty() { String::new() } else { format!("{} %, guard on", weights.join(" -> ")) }
}
