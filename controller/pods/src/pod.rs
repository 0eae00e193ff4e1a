//! The pod of one attempt. Pure.
//!
//! ```text
//! name      by its attempt
//! job       of a stage that is a container of its own
//! service   what runs beside the command: restartable init containers
//! ```

mod job;
pub(crate) mod name;
mod service;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, Container, EmptyDirVolumeSource, NodeAffinity, NodeSelector,
    NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSecurityContext, PodSpec, ResourceRequirements,
    SeccompProfile, Secret, SecretVolumeSource, SecurityContext, Volume, VolumeMount,
};
use kube::api::ObjectMeta;
use weir_pipeline::event::{Blame, Fault};
use weir_runner::executor::Task;

use crate::own::Own;

pub(crate) use job::job;
pub(crate) use service::name as service_name;

/// Where every container of the pod finds the keeper.
const PROGRAMS: &str = "/weir/bin";
pub(crate) const KEEPER: &str = "/weir/bin/weir-step";
/// Where the keeper finds its order.
const ORDER: &str = "/weir/order";
const ORDER_FILE: &str = "order.json";
/// The container of the command.
pub(crate) const STEP: &str = "step";
/// What the stage does that makes images.
const BUILD: &str = "image";
const BRINGS_KEEPER: &str = "keeper";
/// After its stage's timeout whoever runs the pipeline ends it; after this, besides, the kubelet does.
const SLACK: Duration = Duration::from_mins(10);
/// Seconds between the request to end and the kill: the keeper ends by a file, and waits for nothing more.
const GRACE_SECONDS: i64 = 5;

/// By whose name objects are made and statuses written.
pub(crate) const MANAGER: &str = "weir-pipelines";
/// Label of everything that is made for runs.
pub(crate) const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", MANAGER);
pub(crate) const RUN_LABEL: &str = "weir.dev/run";

/// What all pods of a runner have in common.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) own: Own,
    /// Where the runner's own image has the keeper.
    pub(crate) keeper: String,
    /// Image of steps that name none.
    pub(crate) step_image: Option<String>,
}

/// The Secret with what the keeper is told: commands have secrets in their environment.
pub(crate) fn order(settings: &Settings, task: &Task) -> Result<Secret, Fault> {
    let mut order = task.order.clone();
    order.inherits = true;
    let text = serde_json::to_string(&order).map_err(|error| infrastructure(&error))?;
    Ok(Secret {
        metadata: metadata(settings, task),
        immutable: Some(true),
        string_data: Some(BTreeMap::from([(ORDER_FILE.to_owned(), text)])),
        ..Secret::default()
    })
}

/// The pod.
///
/// # Errors
/// The stage's `resources` are none.
pub(crate) fn pod(settings: &Settings, task: &Task) -> Result<Pod, Fault> {
    let own = &settings.own;
    let image = image(settings, task);
    let mut before = vec![keeper(settings)];
    before.extend(task.services.iter().map(|service| service::container(service, &image)));
    let spec = PodSpec {
        active_deadline_seconds: deadline_seconds(task),
        affinity: own.node.as_deref().map(on),
        // Nothing of it asks the API server, and nothing finds Services by variables.
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        containers: vec![step(settings, task, image)?],
        image_pull_secrets: own.pull_secrets.clone(),
        init_containers: Some(before),
        restart_policy: Some("Never".to_owned()),
        security_context: Some(PodSecurityContext {
            // Whatever a container makes on the volume, the others may change.
            fs_group: Some(own.group),
            fs_group_change_policy: Some("OnRootMismatch".to_owned()),
            seccomp_profile: seccomp(task),
            ..PodSecurityContext::default()
        }),
        termination_grace_period_seconds: Some(GRACE_SECONDS),
        volumes: Some(volumes(settings, task)),
        ..PodSpec::default()
    };
    Ok(Pod { metadata: metadata(settings, task), spec: Some(spec), status: None })
}

fn deadline_seconds(task: &Task) -> Option<i64> {
    task.timeout.map(|timeout| i64::try_from((timeout + SLACK).as_secs()).unwrap_or(i64::MAX))
}

pub(crate) fn metadata(settings: &Settings, task: &Task) -> ObjectMeta {
    let label = |name: &str, value: &str| (name.to_owned(), name::label(value));
    let labels = BTreeMap::from([
        label(MANAGED_BY.0, MANAGED_BY.1),
        label("weir.dev/pipeline", &task.pipeline),
        label(RUN_LABEL, &task.key.run),
        label("weir.dev/stage", &task.key.stage),
        label("weir.dev/attempt", &task.key.attempt.to_string()),
    ]);
    ObjectMeta {
        name: Some(name::of(&task.key)),
        namespace: Some(settings.own.namespace.clone()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

/// Checkouts, builds and loads need programs that come with Weir.
fn image(settings: &Settings, task: &Task) -> String {
    let own = || settings.own.image.clone();
    match task.kind {
        "step" | "job" => {
            task.container.image.clone().or_else(|| settings.step_image.clone()).unwrap_or_else(own)
        }
        _ => own(),
    }
}

/// Brings the keeper from the runner's image to where containers of all images find it.
fn keeper(settings: &Settings) -> Container {
    Container {
        name: BRINGS_KEEPER.to_owned(),
        image: Some(settings.own.image.clone()),
        image_pull_policy: settings.own.pull_policy.clone(),
        command: Some([&settings.keeper, "--install", KEEPER].map(str::to_owned).to_vec()),
        security_context: Some(SecurityContext {
            read_only_root_filesystem: Some(true),
            ..unprivileged(&settings.own)
        }),
        volume_mounts: Some(vec![mount("programs", PROGRAMS, false)]),
        ..Container::default()
    }
}

fn step(settings: &Settings, task: &Task, image: String) -> Result<Container, Fault> {
    let resources = resources(task)?;
    let folder = task.attempt.step();
    let command = [KEEPER, &folder.path().to_string_lossy(), "--order", &format!("{ORDER}/{ORDER_FILE}")];
    let mut mounts = vec![mount("programs", PROGRAMS, true), mount("order", ORDER, true)];
    mounts.extend(task.folders.iter().map(|folder| at(&settings.own, folder)));
    Ok(Container {
        name: STEP.to_owned(),
        image: Some(image),
        image_pull_policy: (task.kind != "step").then(|| settings.own.pull_policy.clone()).flatten(),
        command: Some(command.map(str::to_owned).to_vec()),
        resources,
        security_context: Some(match task.kind {
            BUILD => builder(&settings.own),
            _ => unprivileged(&settings.own),
        }),
        volume_mounts: Some(mounts),
        ..Container::default()
    })
}

fn resources(task: &Task) -> Result<Option<ResourceRequirements>, Fault> {
    let Some(written) = &task.container.resources else { return Ok(None) };
    serde_json::from_value(written.clone()).map(Some).map_err(|error| Fault {
        blame: Blame::Work,
        message: format!("its `resources` are not those of a container: {error}"),
    })
}

/// The runner's own user: what one makes, the other can read and remove.
fn unprivileged(own: &Own) -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        run_as_user: Some(own.user),
        run_as_group: Some(own.group),
        run_as_non_root: Some(own.user != 0),
        ..SecurityContext::default()
    }
}

/// Builders of images make user namespaces, which runtimes' default profile forbids. Where nothing is said most have none; Pod Security's `baseline` takes both.
fn seccomp(task: &Task) -> Option<SeccompProfile> {
    let default = SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None };
    (task.kind != BUILD).then_some(default)
}

/// The map of a builder's user namespace is written by programs with these two capabilities; nothing of them is left inside.
fn builder(own: &Own) -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(true),
        capabilities: Some(Capabilities {
            drop: Some(vec!["ALL".to_owned()]),
            add: Some(["SETUID", "SETGID"].map(str::to_owned).to_vec()),
        }),
        ..unprivileged(own)
    }
}

fn volumes(settings: &Settings, task: &Task) -> Vec<Volume> {
    let secret = SecretVolumeSource {
        secret_name: Some(name::of(&task.key)),
        default_mode: Some(0o440),
        ..SecretVolumeSource::default()
    };
    vec![
        Volume {
            name: "programs".to_owned(),
            empty_dir: Some(EmptyDirVolumeSource::default()),
            ..Volume::default()
        },
        Volume { name: "order".to_owned(), secret: Some(secret), ..Volume::default() },
        Volume { name: "state".to_owned(), ..settings.own.volume.clone() },
    ]
}

fn mount(volume: &str, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount {
        name: volume.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(read_only),
        ..VolumeMount::default()
    }
}

/// A folder of the state, at the place that it has for the runner. It must be there: the kubelet would make it as root.
fn at(own: &Own, folder: &Path) -> VolumeMount {
    let inside = folder.strip_prefix(&own.mount.mount_path).unwrap_or(folder);
    let part = Path::new(own.mount.sub_path.as_deref().unwrap_or_default()).join(inside);
    VolumeMount {
        sub_path: Some(part.to_string_lossy().into_owned()),
        ..mount("state", &folder.to_string_lossy(), false)
    }
}

fn on(node: &str) -> Affinity {
    let field = NodeSelectorRequirement {
        key: "metadata.name".to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![node.to_owned()]),
    };
    let term = NodeSelectorTerm { match_fields: Some(vec![field]), match_expressions: None };
    let required = Some(NodeSelector { node_selector_terms: vec![term] });
    let node = NodeAffinity {
        required_during_scheduling_ignored_during_execution: required,
        ..NodeAffinity::default()
    };
    Affinity { node_affinity: Some(node), ..Affinity::default() }
}

pub(crate) fn infrastructure(error: &dyn std::fmt::Display) -> Fault {
    Fault { blame: Blame::Infrastructure, message: error.to_string() }
}

#[cfg(test)]
mod tests;
