//! A Kubernetes cluster, named as kubectl names it, for every command that talks to one.
//!
//! ```text
//! access   kubectl's own flags -> a client, a namespace, and what to call the cluster
//! canaries Canaries by name, and what is asked of them
//! problem  what the API server refused, and what to do next      pure
//! ```

use std::path::PathBuf;

pub(crate) mod access;
pub(crate) mod canaries;
pub(crate) mod problem;

pub(crate) use access::Access;

const HEADING: &str = "Cluster";

/// Which cluster, and which namespace of it. Flattened into every command that talks to a cluster.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ClusterArgs {
    /// Namespace for names without one [default: that of the context, else default]
    #[arg(short, long, value_name = "NAME", help_heading = HEADING)]
    pub(crate) namespace: Option<String>,
    /// Context of the kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME", help_heading = HEADING)]
    pub(crate) context: Option<String>,
    /// The kubeconfig [default: KUBECONFIG, else ~/.kube/config, else the service account of the pod that this runs in]
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    pub(crate) kubeconfig: Option<PathBuf>,
}

impl ClusterArgs {
    /// Whether a flag asks for a cluster and leaves no doubt.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.context.is_some() || self.kubeconfig.is_some()
    }
}
