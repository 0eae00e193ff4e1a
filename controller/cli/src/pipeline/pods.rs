//! What a runner in a pod has of its cluster: its steps, definitions, secrets and runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use kube::{Client, Config};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use weir_kubernetes::client::client;
use weir_kubernetes::words;
use weir_pods::{ClusterObjects, Definitions, Own, Pods, Runs, Secrets};
use weir_runner::Runner;
use weir_runner::triggers::Triggers;

use super::hand::Surroundings;
use crate::args::PodArgs;
use crate::{Misconfigured, supervise};

/// The cluster of this pod.
pub(super) struct Kubernetes {
    client: Client,
    namespace: String,
    pods: Arc<Pods>,
    /// Whoever reads the folder of definitions, once he does.
    triggers: Arc<OnceLock<Arc<Triggers>>>,
    /// What goes on for as long as this is there.
    kept: JoinSet<()>,
}

impl Kubernetes {
    /// Looks at this pod, and begins to watch those of steps.
    pub(super) async fn connect(args: &PodArgs, state: &Path) -> Result<Self> {
        let missing = |what: &str| {
            Misconfigured(format!(
                "--kubernetes: {what} is not set: the manifest sets it from the pod's own fields"
            ))
        };
        let pod = args.pod.as_deref().ok_or_else(|| missing("POD_NAME"))?;
        let namespace = args.pod_namespace.clone().ok_or_else(|| missing("POD_NAMESPACE"))?;
        let config = Config::infer().await.context("there is no cluster to talk to")?;
        let client = client(config)?;
        std::fs::create_dir_all(state).with_context(|| state.display().to_string())?;
        let state = state.canonicalize().with_context(|| state.display().to_string())?;
        let own = Own::look(&client, &namespace, pod, &state)
            .await
            .map_err(|error| Misconfigured(error.to_string()))?;
        let keeper = supervise::find("weir-step")?.to_string_lossy().into_owned();
        let pods = Arc::new(Pods::new(client.clone(), own, keeper, args.step_image.clone()));
        let mut kept = JoinSet::new();
        let watching = Arc::clone(&pods);
        kept.spawn(async move { watching.watch().await });
        Ok(Self { client, namespace, pods, triggers: Arc::default(), kept })
    }

    /// Where steps run, and what stages deploy to: this cluster, with the rights of this pod.
    pub(super) fn surroundings(&self) -> Surroundings {
        let pods: Arc<Pods> = Arc::clone(&self.pods);
        (pods, Some(Arc::new(ClusterObjects::new(self.client.clone()))))
    }

    /// Fills the folders of secrets and definitions, and keeps them as the cluster has them.
    pub(super) async fn keep_folders(&mut self, secrets: PathBuf, pipelines: PathBuf) -> Result<()> {
        let shown = |folder: &Path| folder.display().to_string();
        let (client, namespace) = (self.client.clone(), self.namespace.clone());
        let (told, are_listed) = once();
        let folder = Secrets::new(secrets.clone()).with_context(|| shown(&secrets))?;
        self.kept.spawn(async move { folder.keep(&client, &namespace, told).await });
        are_listed.await?;
        let (mut told, are_listed) = once();
        let triggers = Arc::clone(&self.triggers);
        let written = move || {
            told();
            // A status that says that a pipeline is ready shall be true.
            if let Some(triggers) = triggers.get() {
                triggers.refresh();
            }
        };
        let folder = Definitions::new(pipelines.clone(), self.client.clone(), self.namespace.clone())
            .with_context(|| shown(&pipelines))?;
        self.kept.spawn(folder.keep(written));
        Ok(are_listed.await?)
    }

    /// Starts what objects ask for, and shows all runs; removes what is left of runs that are over.
    pub(super) async fn keep_runs(&mut self, runner: Arc<Runner>) -> Result<()> {
        let views = runner.store().list(None, usize::MAX)?;
        let live: BTreeSet<String> =
            views.into_iter().filter(|view| !view.status.is_complete()).map(|view| view.id).collect();
        if let Err(error) = self.pods.clear_others(&live).await {
            tracing::warn!(error = %words(&error), "pods of runs that are over may be left");
        }
        self.kept.spawn(Runs::new(self.client.clone(), self.namespace.clone(), runner).keep());
        Ok(())
    }

    /// Tells from now on of definitions that have changed.
    pub(super) fn tell(&self, triggers: Arc<Triggers>) {
        // There is one.
        let _first = self.triggers.set(triggers);
    }

    /// Ends all of it. Pods go on by themselves.
    pub(super) async fn close(mut self) {
        self.kept.shutdown().await;
    }
}

/// What is called each time, and what waits for the first one.
fn once() -> (impl FnMut() + Send, oneshot::Receiver<()>) {
    let (told, hears) = oneshot::channel();
    let mut told = Some(told);
    let tell = move || {
        if let Some(told) = told.take() {
            // Whoever waited may be gone.
            let _gone = told.send(());
        }
    };
    (tell, hears)
}
