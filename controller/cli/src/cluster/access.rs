//! A client for the cluster that the flags, the environment or the pod name.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Api, Client, Config, Resource};
use weir_api::names::nearest;
use weir_kubernetes::client::objects;
use weir_kubernetes::{causes, retry};

use super::{ClusterArgs, problem};
use crate::Misconfigured;

/// How long the API server may take to be connected to, and to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A way to a cluster.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) client: Client,
    /// Namespace of names without one.
    pub(crate) namespace: String,
    /// What people call the cluster: `context kind-dev`.
    pub(crate) place: String,
    /// Where its API server is.
    server: String,
}

impl ClusterArgs {
    /// Whether there is a cluster to talk to by default: a kubeconfig, or the service account of a pod.
    pub(crate) fn is_there(&self) -> bool {
        self.is_asked_for() || default_kubeconfig().is_some() || in_pod()
    }

    /// A client for it. Nothing is asked of the cluster yet.
    pub(crate) async fn connect(&self) -> Result<Access> {
        let (mut config, place) = self.config().await?;
        config.connect_timeout = Some(PATIENCE);
        config.read_timeout = Some(PATIENCE);
        // A connection that was idle between two looks of --watch is not one that keeps somebody waiting.
        config.reset_reader_on_write = true;
        // An API server that is away is told at once, not after a minute of attempts; where it says when to come back, that is waited for.
        config.default_retry = false;
        let namespace = self.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let server = server(&config, &place)?;
        let client = Client::try_from(config).map_err(|error| problem::unusable(&place, &error))?;
        let client = retry::where_asked(client);
        Ok(Access { client, namespace, place, server })
    }

    /// How the API server is reached, and where that was said.
    pub(crate) async fn config(&self) -> Result<(Config, String), Misconfigured> {
        let from = self.kubeconfig.clone().or_else(default_kubeconfig);
        let Some(from) = from else {
            let Ok(config) = Config::incluster() else {
                return Err(Misconfigured(
                    "there is no cluster to talk to: name a kubeconfig with --kubeconfig or KUBECONFIG, or run in a pod with a service account"
                        .to_owned(),
                ));
            };
            return Ok((config, "the cluster of this pod".to_owned()));
        };
        let kubeconfig = match &self.kubeconfig {
            Some(path) => Kubeconfig::read_from(path),
            None => Kubeconfig::read(),
        };
        let name = from.display();
        let kubeconfig = kubeconfig.map_err(|error| unreadable(&from, &error))?;
        let context = self.context.clone().or_else(|| kubeconfig.current_context.clone());
        let known: Vec<String> = kubeconfig.contexts.iter().map(|context| context.name.clone()).collect();
        let Some(context) = context else {
            return Err(Misconfigured(format!(
                "{name}: has no current context: name one with --context{}",
                among(&known)
            )));
        };
        if !known.contains(&context) {
            return Err(Misconfigured(no_context(&from, &context, &known)));
        }
        let options = KubeConfigOptions { context: Some(context.clone()), ..KubeConfigOptions::default() };
        let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
        let place = format!("context {context}");
        Ok((config.map_err(|error| Misconfigured(format!("{place} of {name}: {}", causes(&error))))?, place))
    }
}

impl Access {
    /// The objects of a kind in a namespace.
    pub(crate) fn api<K>(&self, namespace: &str) -> Api<K>
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        objects(&self.client, Some(namespace))
    }

    /// What a request that failed means, and what to do next. `doing` completes "cannot ...".
    pub(crate) fn problem(&self, doing: &str, error: kube::Error) -> anyhow::Error {
        problem::explain(&self.place, &self.server, doing, error)
    }
}

/// Where the API server is, as the kubeconfig has it. kube takes an address without a scheme, and ends the program at the first request.
fn server(config: &Config, place: &str) -> Result<String, Misconfigured> {
    let url = &config.cluster_url;
    if url.host().is_none() || !matches!(url.scheme_str(), Some("http" | "https")) {
        return Err(Misconfigured(format!(
            "{place}: its server is {url}, which is no address of an API server: give one such as https://{}",
            url.authority().map_or("HOST:6443", |authority| authority.as_str())
        )));
    }
    Ok(url.to_string().trim_end_matches('/').to_owned())
}

/// What a kubeconfig that cannot be read says; the parser's picture of the place is left out.
fn unreadable(file: &Path, error: &KubeconfigError) -> Misconfigured {
    let said = causes(error);
    let said = said.lines().next().unwrap_or_default().replace("YAML: error: line", "YAML: line");
    Misconfigured(format!("{}: {said}: name another one with --kubeconfig or KUBECONFIG", file.display()))
}

fn no_context(file: &Path, context: &str, known: &[String]) -> String {
    let meant = nearest(context, known.iter().map(String::as_str));
    let hint = meant.map_or_else(|| among(known), |meant| format!(": did you mean {meant}?"));
    format!("{}: there is no context {context}{hint}", file.display())
}

fn among(known: &[String]) -> String {
    if known.is_empty() { ": it has none".to_owned() } else { format!(": there is {}", known.join(", ")) }
}

/// The kubeconfig that is used where none is named, if it is there. Of several in `KUBECONFIG`: all of them, under the first one's name.
fn default_kubeconfig() -> Option<PathBuf> {
    let named = std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty());
    if let Some(paths) = named {
        return std::env::split_paths(&paths).find(|path| !path.as_os_str().is_empty());
    }
    let home = std::env::home_dir()?.join(".kube").join("config");
    home.is_file().then_some(home)
}

fn in_pod() -> bool {
    std::env::var_os("KUBERNETES_SERVICE_HOST").is_some()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::no_context;

    #[test]
    fn a_context_that_is_not_there_is_named_with_what_was_meant() {
        let known = ["production".to_owned(), "staging".to_owned()];
        let said = no_context(Path::new("config"), "prodcution", &known);
        assert_eq!(said, "config: there is no context prodcution: did you mean production?");
        let said = no_context(Path::new("config"), "x", &known);
        assert_eq!(said, "config: there is no context x: there is production, staging");
    }
}
