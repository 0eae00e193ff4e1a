//! What the status of a pod says of its step. Pure.

use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod, PodStatus};
use weir_pipeline::event::{Blame, Fault};
use weir_stages::work::Service;
use weir_step::End;

use crate::pod::{STEP, service_name};

/// How the step of a pod stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    /// Not started: what it waits for, where that is known.
    Waiting(Option<String>),
    /// It will never start.
    Refused(Fault),
    /// It runs.
    Running,
    /// Nothing of it runs any more. The end is what is known where its keeper has written nothing down.
    Over(End),
}

/// Reasons of containers that wait for nothing that would come.
const HOPELESS: [&str; 3] = ["InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"];

/// How it stands.
pub(crate) fn standing(pod: &Pod, services: &[Service]) -> Standing {
    let Some(status) = &pod.status else { return Standing::Waiting(None) };
    let step = find(status.container_statuses.as_deref(), STEP);
    let state = step.and_then(|step| step.state.as_ref());
    if let Some(ended) = state.and_then(|state| state.terminated.as_ref()) {
        let reason = ended.reason.as_deref().unwrap_or_default();
        let message = ended.message.as_deref().unwrap_or_default().trim();
        return Standing::Over(match reason {
            "StartError" | "ContainerCannotRun" => End::NotStarted { reason: message.to_owned() },
            "OOMKilled" => {
                taken("it used more memory than its limit, and was killed: give it more by `resources`")
            }
            _ => {
                taken(&whole(status).unwrap_or_else(|| {
                    format!("its container ended with code {} ({reason})", ended.exit_code)
                }))
            }
        });
    }
    if matches!(status.phase.as_deref(), Some("Failed" | "Succeeded")) {
        return Standing::Over(taken(&whole(status).unwrap_or_else(|| "its pod has ended".to_owned())));
    }
    if state.is_some_and(|state| state.running.is_some()) {
        return Standing::Running;
    }
    let beside = status.init_container_statuses.as_deref();
    if let Some(fault) = services.iter().find_map(|service| failed(service, beside)) {
        return Standing::Refused(fault);
    }
    let all = beside.into_iter().flatten().chain(step);
    waits(status, all)
}

fn taken(reason: &str) -> End {
    End::TakenAway { reason: reason.to_owned() }
}

fn find<'s>(statuses: Option<&'s [ContainerStatus]>, name: &str) -> Option<&'s ContainerStatus> {
    statuses.into_iter().flatten().find(|status| status.name == name)
}

/// What is said of the pod as a whole: that it was evicted, that its time is over.
fn whole(status: &PodStatus) -> Option<String> {
    let reason = status.reason.as_deref()?;
    let message = status.message.as_deref().unwrap_or_default();
    Some(format!("{reason}: {message}").trim_end_matches([':', ' ']).to_owned())
}

/// A service that ended before the step began, or was never ready.
fn failed(service: &Service, beside: Option<&[ContainerStatus]>) -> Option<Fault> {
    let status = find(beside, &service_name(&service.name))?;
    let ended = |state: Option<&ContainerState>| state.and_then(|state| state.terminated.clone());
    let ended = ended(status.state.as_ref()).or_else(|| ended(status.last_state.as_ref()))?;
    let lasted = ended.finished_at.zip(ended.started_at).map(|(end, begin)| end.0.duration_since(begin.0));
    let within = service.ready.as_ref().map(|ready| ready.within);
    let name = &service.name;
    if let Some(within) = within
        && ended.exit_code == 137
        && lasted.is_some_and(|lasted| {
            lasted.as_secs() >= i64::try_from(within.duration().as_secs()).unwrap_or(i64::MAX)
        })
    {
        let message = format!("service {name:?} is not ready after {within}: see its log");
        return Some(Fault { blame: Blame::Infrastructure, message });
    }
    let message = format!("service {name:?} has ended: exit code {}: see its log", ended.exit_code);
    Some(Fault { blame: Blame::Work, message })
}

fn waits<'s>(status: &PodStatus, containers: impl Iterator<Item = &'s ContainerStatus>) -> Standing {
    for container in containers {
        let Some(waiting) = container.state.as_ref().and_then(|state| state.waiting.as_ref()) else {
            continue;
        };
        let (Some(reason), message) = (&waiting.reason, waiting.message.as_deref().unwrap_or_default())
        else {
            continue;
        };
        let said = format!("{reason}: {message}").trim_end_matches([':', ' ']).to_owned();
        if HOPELESS.contains(&reason.as_str()) {
            let message = format!("container {}: {said}", container.name);
            return Standing::Refused(Fault { blame: Blame::Work, message });
        }
        if !matches!(reason.as_str(), "ContainerCreating" | "PodInitializing") {
            return Standing::Waiting(Some(format!("container {}: {said}", container.name)));
        }
    }
    let conditions = status.conditions.iter().flatten();
    let unscheduled = conditions
        .into_iter()
        .find(|condition| condition.type_ == "PodScheduled" && condition.status == "False");
    Standing::Waiting(
        unscheduled.and_then(|condition| condition.message.clone()).map(|said| format!("no node: {said}")),
    )
}

#[cfg(test)]
mod tests;
