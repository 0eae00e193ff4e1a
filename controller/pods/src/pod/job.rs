//! The Job of a stage that is a container of its own. It runs as its image has it, without rights, and sees nothing of the volume.

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{
    Capabilities, Container, EnvFromSource, PodSecurityContext, PodSpec, PodTemplateSpec, SecretEnvSource,
    SecurityContext,
};
use weir_pipeline::event::Fault;
use weir_runner::executor::Task;

use super::{STEP, Settings, deadline_seconds, image, metadata, name, resources, seccomp};

/// The Job.
///
/// # Errors
/// The stage's `resources` are none.
pub(crate) fn job(settings: &Settings, task: &Task) -> Result<Job, Fault> {
    let from = SecretEnvSource { name: name::of(&task.key), optional: Some(false) };
    let command = task.order.command.iter().map(|word| word.replace("$(", "$$(")).collect::<Vec<_>>();
    let container = Container {
        name: STEP.to_owned(),
        image: Some(image(settings, task)),
        command: Some(command).filter(|command| !command.is_empty()),
        env_from: Some(vec![EnvFromSource { secret_ref: Some(from), ..EnvFromSource::default() }]),
        resources: resources(task)?,
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            ..SecurityContext::default()
        }),
        ..Container::default()
    };
    let pod = PodSpec {
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        containers: vec![container],
        image_pull_secrets: settings.own.pull_secrets.clone(),
        restart_policy: Some("Never".to_owned()),
        security_context: Some(PodSecurityContext {
            seccomp_profile: seccomp(task),
            ..PodSecurityContext::default()
        }),
        ..PodSpec::default()
    };
    let spec = JobSpec {
        active_deadline_seconds: deadline_seconds(task),
        // Whether it is tried again its pipeline decides.
        backoff_limit: Some(0),
        template: PodTemplateSpec { metadata: None, spec: Some(pod) },
        ..JobSpec::default()
    };
    Ok(Job { metadata: metadata(settings, task), spec: Some(spec), status: None })
}
