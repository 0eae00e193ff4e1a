//! `weir status`: how releases stand, once or until interrupted.
//!
//! ```text
//! gather   a Canary of a cluster, with its Deployments and pods
//! tree     that, as text                                          pure
//! details  what stands below it                                   pure
//! watch    again and again: redrawn on a terminal, and where there is none a line for each change
//! ```
//! In a cluster the figures are those of the Canary's own status: one right shows them, and no way to the controller is needed.

use std::process::ExitCode;

use anyhow::Result;
use kube::ResourceExt;
use serde_json::{Value, json};
use weir_api::Canary;
use weir_controller::view::ReleaseView;
use weir_process::Stop;

use crate::admin::Admin;
use crate::args::{Form, StatusArgs};
use crate::end::{End, Named, unanswered};
use crate::follow::now;
use crate::form::{self, print, without_managed_fields};
use crate::progress::block;
use tree::Shape;

pub(crate) mod details;
pub(crate) mod gather;
pub(crate) mod tree;
mod watch;

/// Shows how releases stand.
pub(crate) async fn run(args: StatusArgs, stop: &mut Stop) -> Result<ExitCode> {
    let end = args.view.end.find().await?;
    if args.watch {
        return Box::pin(watch::run(&end, &args, stop)).await;
    }
    let releases = look(&end, &args).await?;
    print(&match releases.for_programs(args.view.output)? {
        Some(text) => text,
        None => releases.for_people(&end, &args).await,
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Releases at one moment.
enum Releases {
    /// Of a cluster.
    Cluster(Vec<Canary>),
    /// Of this machine.
    Standalone(Vec<ReleaseView>),
}

async fn look(end: &End, args: &StatusArgs) -> Result<Releases> {
    Ok(match (end, &args.canary) {
        (End::Cluster(access), Some(canary)) => {
            Releases::Cluster(vec![access.canary(&Named::parse(canary, &access.namespace)).await?])
        }
        (End::Cluster(access), None) => {
            let namespace = Some(&access.namespace).filter(|_| !args.all_namespaces);
            Releases::Cluster(access.canaries(namespace.map(String::as_str)).await?)
        }
        (End::Standalone(admin, namespace), canary) => {
            Releases::Standalone(views(*admin, namespace, canary.as_deref()).await?)
        }
    })
}

impl Releases {
    fn for_programs(&self, output: Form) -> Result<Option<String>> {
        match self {
            Self::Cluster(canaries) => objects(canaries, output),
            Self::Standalone(views) => form::of(views, output),
        }
    }

    /// In a cluster it takes another look, at Deployments and pods.
    async fn for_people(&self, end: &End, args: &StatusArgs) -> String {
        let shape = Shape::of_stdout(args.view.output == Form::Wide);
        let mut parts = Vec::new();
        match (self, end) {
            (Self::Cluster(canaries), End::Cluster(access)) => {
                for canary in canaries {
                    parts.push(tree::of(&gather::seen(access, canary.clone()).await, now(), shape));
                }
            }
            (Self::Standalone(views), _) => {
                let flags = args.view.end.flags_of_this_machine();
                parts.extend(views.iter().map(|view| describe(view, &flags, shape)));
            }
            (Self::Cluster(_), End::Standalone(..)) => {}
        }
        if parts.is_empty() { nothing(end, args) } else { parts.join("\n") }
    }
}

/// What is said where there is no release at all.
fn nothing(end: &End, args: &StatusArgs) -> String {
    match end {
        End::Cluster(access) => {
            let place = if args.all_namespaces {
                "any namespace".to_owned()
            } else {
                format!("namespace {}", access.namespace)
            };
            format!(
                "there is no Canary in {place} of {}: `weir release SERVICE --image IMAGE` makes one\n",
                access.place
            )
        }
        End::Standalone(..) => "there is no Canary in these manifests: add one to the directory\n".to_owned(),
    }
}

/// Canaries for programs, as kubectl has them: one by itself, several in a list.
pub(crate) fn objects(canaries: &[Canary], output: Form) -> Result<Option<String>> {
    if matches!(output, Form::Text | Form::Wide) {
        return Ok(None);
    }
    let mut items = Vec::with_capacity(canaries.len());
    for canary in canaries {
        items.push(without_managed_fields(serde_json::to_value(canary)?));
    }
    let list: Value = json!({"apiVersion": "v1", "kind": "List", "items": items});
    form::of(&list, output)
}

/// Releases of this machine, or one of them.
pub(crate) async fn views(admin: Admin, namespace: &str, canary: Option<&str>) -> Result<Vec<ReleaseView>> {
    let asked = match canary {
        None => admin.get("/v1/canaries").await,
        Some(canary) => {
            let path = format!("/v1/canaries/{}", Named::parse(canary, namespace));
            admin.get(&path).await.map(|view| vec![view])
        }
    };
    asked.map_err(unanswered)
}

/// One release of this machine as text. `flags`: what leads there, so that what may be typed next does as well.
fn describe(view: &ReleaseView, flags: &str, shape: Shape) -> String {
    let since = view.release.as_ref().map_or(view.at, |release| release.started_at);
    let until = view.release.as_ref().and_then(|release| release.decided_at).unwrap_or_else(now);
    let release =
        view.release.as_ref().map(|release| format!("   release {}", release.name)).unwrap_or_default();
    let named = format!("{}/{}", view.namespace, view.name);
    format!(
        "{named}   {}   production runs {}{release}\n{}{}",
        view.phase,
        view.stable_image.as_deref().unwrap_or("nothing yet"),
        block::block(view, until.since(since), shape.colour),
        details::outlook(&view.outlook, &format!("{named}{flags}"), now(), shape.columns)
    )
}

pub(crate) fn name_of(canary: &Canary) -> Named {
    Named { namespace: canary.namespace().unwrap_or_default(), name: canary.name_any() }
}
