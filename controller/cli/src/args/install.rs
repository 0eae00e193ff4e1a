//! `weir install`, `weir uninstall` and `weir doctor`, as typed.

use crate::args::Output;
use crate::cluster::ClusterArgs;
use crate::install::manifests::{Extra, NAMESPACE, Wanted};

/// Arguments of `weir install`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir install --image-registry registry.example/weir
  weir install --with network-policy,monitoring --dry-run > weir.yaml

It may be run again: to change what is asked for here, and to upgrade.

Exit codes: 0 all is ready, 2 wrong usage, 64 wrong configuration or rights, 69 not reachable or not ready in time, 130 interrupted.")]
pub(crate) struct InstallArgs {
    /// Cluster and namespace.
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
    /// Where the images weir-proxy and weir-controller are, such as registry.example/weir [default: their bare names]
    #[arg(
        long,
        value_name = "REGISTRY",
        env = "WEIR_IMAGE_REGISTRY",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) image_registry: String,
    /// Tag of the images
    #[arg(long, value_name = "TAG", default_value = env!("CARGO_PKG_VERSION"))]
    pub(crate) image_tag: String,
    /// What is optional; several with commas between
    #[arg(long, value_name = "EXTRA", value_enum, value_delimiter = ',')]
    pub(crate) with: Vec<Extra>,
    /// Print what would be applied, as YAML, and ask no cluster
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Longest wait until everything is ready
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub(crate) timeout: weir_api::Duration,
}

impl InstallArgs {
    /// What is asked for.
    pub(crate) fn wanted(&self) -> Wanted {
        let Self { cluster, image_registry, image_tag, with, dry_run: _, timeout: _ } = self;
        let mut extras = with.clone();
        extras.sort_unstable();
        extras.dedup();
        Wanted {
            namespace: namespace(cluster),
            registry: image_registry.clone(),
            version: image_tag.clone(),
            extras,
        }
    }
}

/// Arguments of `weir uninstall`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir uninstall             programs, rights and namespace; Canaries and their definition stay
  weir uninstall --purge     these too

Exit codes: 0 all is gone, 2 wrong usage, 64 wrong configuration or rights, or releases in progress, 69 not reachable or not gone in time, 130 interrupted.")]
pub(crate) struct UninstallArgs {
    /// Cluster and namespace.
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
    /// Remove Canaries and the definitions of Weir's own kinds as well
    #[arg(long)]
    pub(crate) purge: bool,
    /// Do it although releases are in progress: their canaries lose their traffic at once
    #[arg(long)]
    pub(crate) force: bool,
    /// Longest wait until everything is gone
    #[arg(long, value_name = "DURATION", default_value = "2m")]
    pub(crate) timeout: weir_api::Duration,
}

/// Arguments of `weir doctor`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir doctor
  weir doctor -o json | jq '.[] | select(.state != \"ok\")'

Exit codes: 0 nothing is broken, 1 something is, 2 wrong usage, 64 wrong configuration or credentials, 69 the cluster does not answer.")]
pub(crate) struct DoctorArgs {
    /// Cluster and namespace.
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
}

/// Weir's own namespace, which is no matter of the context.
pub(crate) fn namespace(cluster: &ClusterArgs) -> String {
    cluster.namespace.clone().unwrap_or_else(|| NAMESPACE.to_owned())
}
