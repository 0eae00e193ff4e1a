//! A container of a pod template to what is started for it: program, arguments, environment, ports, probe. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use k8s_openapi::api::core::v1::{Container, EnvVar, Probe as PodProbe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use weir_api::LocalImageSpec;

use crate::local::record::{ContainerRecord, NamedPort, Probe, ProbeKind};

/// What a container may know about its pod.
#[derive(Debug)]
pub(super) struct Around<'a> {
    /// Name of the pod.
    pub(super) pod: &'a str,
    pub(super) namespace: &'a str,
    pub(super) address: String,
    pub(super) labels: &'a BTreeMap<String, String>,
    /// Variables of the controller that every process gets: PATH and the like.
    pub(super) inherited: &'a BTreeMap<String, String>,
}

/// Why a container cannot be started here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ContainerError {
    /// No entry point is known.
    #[error(
        "image {0:?} has no local program: add a LocalImage with spec.image: {0:?} and spec.entrypoint, or give the container a command"
    )]
    NoImage(String),
    /// An entry point without a program.
    #[error("LocalImage for {0:?}: spec.entrypoint is empty: give program and arguments")]
    NoProgram(String),
    /// The program is nowhere.
    #[error(
        "image {image:?} runs {program:?}, which is neither beside Weir's own programs nor on PATH: build it, or write its whole path"
    )]
    NotFound { image: String, program: String },
    /// A value that only a cluster has.
    #[error("container {container}: env {variable}: {what} is not available without a cluster: give a value")]
    Env {
        container: String,
        variable: String,
        /// What it refers to.
        what: String,
    },
}

/// What is started for a container.
pub(super) fn container(
    container: &Container,
    images: &BTreeMap<String, LocalImageSpec>,
    around: &Around<'_>,
    resolve: impl Fn(&str) -> Option<PathBuf>,
) -> Result<ContainerRecord, ContainerError> {
    let image_name = container.image.clone().unwrap_or_default();
    let image = images.get(&image_name);
    let env = environment(container, image, around)?;
    let own = container.args.as_deref().filter(|args| !args.is_empty());
    let run: Vec<&String> = match (&container.command, image) {
        (Some(command), _) if !command.is_empty() => command.iter().chain(own.unwrap_or_default()).collect(),
        (_, Some(image)) => image.entrypoint.iter().chain(own.unwrap_or(&image.args)).collect(),
        (_, None) => return Err(ContainerError::NoImage(image_name)),
    };
    // An image without an entry point has its program among the arguments.
    let within = image.map(|image| image.within.as_slice()).filter(|_| !run.is_empty());
    let written = within.unwrap_or_default().iter().chain(run);
    let mut expanded = written.map(|text| expand(text, &env));
    let Some(program) = expanded.next() else { return Err(ContainerError::NoProgram(image_name)) };
    let Some(found) = resolve(&program) else {
        return Err(ContainerError::NotFound { image: image_name, program });
    };
    let ports = container.ports.iter().flatten().filter_map(|port| {
        Some(NamedPort { name: port.name.clone(), number: u16::try_from(port.container_port).ok()? })
    });
    let ports: Vec<NamedPort> = ports.collect();
    Ok(ContainerRecord {
        name: container.name.clone(),
        image: image_name,
        program: found,
        arguments: expanded.collect(),
        env,
        directory: container.working_dir.as_ref().map(PathBuf::from).filter(|directory| directory.is_dir()),
        probe: probe(container, &ports),
        ports,
        process: None,
        restarts: 0,
    })
}

fn environment(
    container: &Container,
    image: Option<&LocalImageSpec>,
    around: &Around<'_>,
) -> Result<BTreeMap<String, String>, ContainerError> {
    let mut env = around.inherited.clone();
    env.extend(image.iter().flat_map(|image| image.env.clone()));
    let own = [
        ("POD_NAME", around.pod),
        ("POD_NAMESPACE", around.namespace),
        ("POD_IP", around.address.as_str()),
        ("HOSTNAME", around.pod),
    ];
    env.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    for variable in container.env.iter().flatten() {
        let value = value(container, variable, around)?;
        if let Some(value) = value {
            let value = expand(&value, &env);
            env.insert(variable.name.clone(), value);
        }
    }
    Ok(env)
}

fn value(
    container: &Container,
    variable: &EnvVar,
    around: &Around<'_>,
) -> Result<Option<String>, ContainerError> {
    let unavailable = |what: String| {
        Err(ContainerError::Env { container: container.name.clone(), variable: variable.name.clone(), what })
    };
    let Some(source) = &variable.value_from else { return Ok(variable.value.clone()) };
    if let Some(field) = &source.field_ref {
        let label = |path: &str| {
            let name = path.strip_prefix("metadata.labels['")?.strip_suffix("']")?;
            Some(around.labels.get(name).cloned().unwrap_or_default())
        };
        return match field.field_path.as_str() {
            "metadata.name" => Ok(Some(around.pod.to_owned())),
            "metadata.namespace" => Ok(Some(around.namespace.to_owned())),
            "status.podIP" | "status.podIPs" | "status.hostIP" => Ok(Some(around.address.clone())),
            "spec.nodeName" => Ok(Some("localhost".to_owned())),
            other => {
                label(other).map_or_else(|| unavailable(format!("field {other}")), |value| Ok(Some(value)))
            }
        };
    }
    if let Some(reference) = &source.config_map_key_ref {
        let what = format!("ConfigMap {} key {}", reference.name, reference.key);
        return if reference.optional == Some(true) { Ok(None) } else { unavailable(what) };
    }
    if let Some(reference) = &source.secret_key_ref {
        let what = format!("Secret {} key {}", reference.name, reference.key);
        return if reference.optional == Some(true) { Ok(None) } else { unavailable(what) };
    }
    unavailable("its source".to_owned())
}

/// `$(NAME)` is replaced where the name is known and stays where it is not; `$$` is a dollar sign. As in Kubernetes.
pub(super) fn expand(text: &str, env: &BTreeMap<String, String>) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        expanded.push_str(before);
        let named = after.strip_prefix('(').and_then(|after| after.split_once(')'));
        match named {
            _ if after.starts_with('$') => {
                expanded.push('$');
                rest = after.get(1..).unwrap_or_default();
            }
            Some((name, after)) if env.contains_key(name) => {
                expanded.push_str(env.get(name).map_or("", String::as_str));
                rest = after;
            }
            Some(_) | None => {
                expanded.push('$');
                rest = after;
            }
        }
    }
    expanded.push_str(rest);
    expanded
}

/// The readiness probe, else the liveness probe, else a connection to the first port.
fn probe(container: &Container, ports: &[NamedPort]) -> Probe {
    let written = container.readiness_probe.as_ref().or(container.liveness_probe.as_ref());
    let kind = written.and_then(|probe| probe_kind(probe, ports));
    let first = ports.first().map(|port| ProbeKind::Tcp { port: port.number });
    let number = |value: Option<i32>, default: u64| {
        value.and_then(|value| u64::try_from(value).ok()).filter(|value| *value > 0).unwrap_or(default)
    };
    Probe {
        kind: kind.or(first).unwrap_or(ProbeKind::Running),
        period_seconds: number(written.and_then(|probe| probe.period_seconds), 10),
        timeout_seconds: number(written.and_then(|probe| probe.timeout_seconds), 1),
        failures: u32::try_from(number(written.and_then(|probe| probe.failure_threshold), 3)).unwrap_or(3),
    }
}

fn probe_kind(probe: &PodProbe, ports: &[NamedPort]) -> Option<ProbeKind> {
    let number = |port: &IntOrString| match port {
        IntOrString::Int(number) => u16::try_from(*number).ok(),
        IntOrString::String(name) => {
            ports.iter().find(|port| port.name.as_ref() == Some(name)).map(|port| port.number)
        }
    };
    if let Some(http) = &probe.http_get {
        let port = number(&http.port)?;
        // A certificate cannot be checked for a loopback address: that something listens has to do.
        let encrypted = http.scheme.as_deref().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
        let path = http.path.clone().unwrap_or_else(|| "/".to_owned());
        return Some(if encrypted { ProbeKind::Tcp { port } } else { ProbeKind::Http { port, path } });
    }
    let tcp = probe.tcp_socket.as_ref()?;
    Some(ProbeKind::Tcp { port: number(&tcp.port)? })
}

#[cfg(test)]
mod tests;
