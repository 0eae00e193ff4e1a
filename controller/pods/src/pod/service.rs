//! What runs beside a command: restartable init containers, which start before it, in their order, and end after it (KEP-753). So a step that has
//! ended is not kept alive by its database.

use k8s_openapi::api::core::v1::{Container, EnvVar, ExecAction, Probe};
use serde_json::Value;
use weir_stages::work::{Ready, Service};

use super::{KEEPER, PROGRAMS, mount};

/// Container of a service.
pub(crate) fn name(service: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = service.chars().map(plain).take(50).collect();
    format!("service-{}", name.trim_matches('-'))
}

pub(super) fn container(service: &Service, image: &str) -> Container {
    let Service { name: _, image: own, run, command, env, ready } = service;
    // An image runs what it is made for, where nothing else is said; and as the user it is made for.
    let command = match run {
        Some(lines) => Some(["sh", "-e", "-c", lines].map(str::to_owned).to_vec()),
        None => Some(command.clone()).filter(|command| !command.is_empty()),
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let env = env.iter().map(|(name, value)| EnvVar {
        name: name.clone(),
        // What looks like `$(NAME)` is no reference.
        value: Some(text(value).replace("$(", "$$(")),
        value_from: None,
    });
    Container {
        name: name(&service.name),
        image: Some(own.clone().unwrap_or_else(|| image.to_owned())),
        command: command.map(|words| words.into_iter().map(|word| word.replace("$(", "$$(")).collect()),
        env: Some(env.collect()),
        restart_policy: Some("Always".to_owned()),
        startup_probe: ready.as_ref().map(probe),
        volume_mounts: Some(vec![mount("programs", PROGRAMS, true)]),
        ..Container::default()
    }
}

/// Asked inside, as the step will: a server that listens on localhost only is not seen from the node.
fn probe(ready: &Ready) -> Probe {
    let command = match (ready.tcp, &ready.run) {
        (Some(port), _) => vec![KEEPER.to_owned(), "--listens".to_owned(), port.to_string()],
        (None, Some(lines)) => ["sh", "-e", "-c", lines].map(str::to_owned).to_vec(),
        (None, None) => return Probe::default(),
    };
    let seconds = i32::try_from(ready.within.duration().as_secs().max(1)).unwrap_or(i32::MAX);
    Probe {
        exec: Some(ExecAction { command: Some(command) }),
        period_seconds: Some(1),
        timeout_seconds: Some(5),
        failure_threshold: Some(seconds),
        ..Probe::default()
    }
}
