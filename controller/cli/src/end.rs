//! Which releases a command is about: those of a cluster, or those of `weir run` on this machine.
//!
//! What is named by a flag wins; without one it is the cluster of the kubeconfig if there is one, as with kubectl. It never depends on what happens to
//! run: a command that gives a release up must not find another one by chance.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::{Result, anyhow};
use serde::Deserialize;

use crate::Misconfigured;
use crate::admin::{Admin, Silent};
use crate::cluster::{Access, ClusterArgs};

/// Where `weir run` has its controller if nobody said otherwise.
const USUAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 9902);

/// An address, with what one looks like where it is none.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "is no address with its port: give one such as 127.0.0.1:9902".to_owned())
}

/// Which releases: those of a cluster, or those of this machine.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct EndArgs {
    /// The cluster.
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
    /// Releases of `weir run` whose controller's admin port is here, and not those of a cluster that no flag names
    #[arg(long, env = "WEIR_CONTROLLER", value_name = "ADDR", value_parser = address, help_heading = "Releases of this machine")]
    pub(crate) controller: Option<SocketAddr>,
    /// Releases of the `weir run` or `weir demo` with this state folder, and not those of a cluster. Without any of these flags: the cluster of the
    /// kubeconfig, and where there is none, `weir run` at its usual address
    #[arg(
        long,
        value_name = "DIR",
        help_heading = "Releases of this machine",
        conflicts_with_all = ["context", "kubeconfig"]
    )]
    pub(crate) state: Option<PathBuf>,
}

/// Where a command goes.
pub(crate) enum End {
    /// The API server of a cluster.
    Cluster(Access),
    /// The controller of this machine, and the namespace of names without one.
    Standalone(Admin, String),
}

/// A Canary, as somebody names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Named {
    /// `NAMESPACE/NAME`, or a name in `namespace`.
    pub(crate) fn parse(text: &str, namespace: &str) -> Self {
        let (namespace, name) = text.split_once('/').unwrap_or((namespace, text));
        Self { namespace: namespace.to_owned(), name: name.to_owned() }
    }
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What a request to the controller of this machine that failed means: where nobody answers, what to do about it.
pub(crate) fn unanswered(error: anyhow::Error) -> anyhow::Error {
    if !error.is::<Silent>() {
        return error;
    }
    anyhow!(
        "{error:#}: `weir run DIR` starts a controller, --controller or --state says where one is, and --context or --kubeconfig names a cluster"
    )
}

impl EndArgs {
    /// The flag that led to releases of this machine, as it was typed; empty where none was needed.
    pub(crate) fn flags_of_this_machine(&self) -> String {
        match (&self.state, self.controller) {
            (Some(state), _) => format!(" --state {}", state.display()),
            (None, Some(controller)) if controller != USUAL => format!(" --controller {controller}"),
            (None, _) => String::new(),
        }
    }

    /// Finds it.
    pub(crate) async fn find(&self) -> Result<End> {
        let namespace = || self.cluster.namespace.clone().unwrap_or_else(|| "default".to_owned());
        if let Some(state) = &self.state {
            return Ok(End::Standalone(Admin::new(announced(state)?), namespace()));
        }
        match self.controller.filter(|_| !self.cluster.is_asked_for()) {
            Some(controller) => Ok(End::Standalone(Admin::new(controller), namespace())),
            None if self.cluster.is_there() => Ok(End::Cluster(self.cluster.connect().await?)),
            None => Ok(End::Standalone(Admin::new(USUAL), namespace())),
        }
    }
}

/// The controller of a state folder.
pub(crate) fn of_state(state: &std::path::Path) -> Result<Admin> {
    Ok(Admin::new(announced(state)?))
}

/// The address that the controller of a state folder wrote down.
fn announced(state: &std::path::Path) -> Result<SocketAddr> {
    #[derive(Deserialize)]
    struct Announced {
        admin: SocketAddr,
    }
    let file = state.join("weir-controller.address.json");
    let wrong = |error: String| {
        let (state, file) = (state.display(), file.display());
        Misconfigured(format!(
            "{state} is not the state folder of a `weir run` or `weir demo` that was started: {file}: {error}"
        ))
    };
    let text = std::fs::read(&file).map_err(|error| wrong(error.to_string()))?;
    let Announced { admin } = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
    Ok(admin)
}

#[cfg(test)]
mod tests {
    use super::Named;

    #[test]
    fn a_canary_is_named_with_or_without_its_namespace() {
        assert_eq!(Named::parse("shop/api", "default").to_string(), "shop/api");
        assert_eq!(Named::parse("api", "shop").to_string(), "shop/api");
    }
}
