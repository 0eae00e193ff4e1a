//! What is read from a cluster's API server.

/// Objects from the API server.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Kubernetes")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the command line")]
pub struct KubernetesArgs {
    /// Read Ingresses, Services, EndpointSlices and Canaries from the API server: that of the pod's service account, or of KUBECONFIG.
    #[arg(long, env = "WEIR_KUBERNETES", conflicts_with = "objects")]
    pub kubernetes: bool,
    /// Only objects of this namespace. Default: of all.
    #[arg(long, value_name = "NAME", env = "WEIR_NAMESPACE", requires = "kubernetes")]
    pub namespace: Option<String>,
    /// Serve the Ingresses of ingress-nginx as well: those whose IngressClass has the controller `k8s.io/ingress-nginx`, or whose
    /// annotation kubernetes.io/ingress.class is nginx.
    #[arg(long, env = "WEIR_CLAIM_INGRESS_NGINX", requires = "kubernetes")]
    pub claim_ingress_nginx: bool,
    /// Service whose addresses are written into the status of Ingresses, as NAMESPACE/NAME or NAME.
    #[arg(long, value_name = "SERVICE", env = "WEIR_PUBLISH_SERVICE", requires = "kubernetes")]
    pub publish_service: Option<String>,
    /// Address or name that is written into the status of Ingresses. May be given more than once.
    #[arg(
        long,
        value_name = "ADDR",
        env = "WEIR_PUBLISH_STATUS_ADDRESS",
        value_delimiter = ',',
        requires = "kubernetes",
        conflicts_with = "publish_service"
    )]
    pub publish_status_address: Vec<String>,
    /// Remove the addresses from the status of Ingresses when the last proxy ends in an orderly way: when nobody takes the lease that it gives up, and the
    /// Service of --publish-service has no pod that was not told to end.
    #[arg(
        long,
        value_name = "BOOL",
        env = "WEIR_UPDATE_STATUS_ON_SHUTDOWN",
        requires = "kubernetes",
        default_value_t = true,
        default_missing_value = "true",
        num_args = 0..=1,
        action = clap::ArgAction::Set
    )]
    pub update_status_on_shutdown: bool,
    /// Serve Ingresses that name no class.
    #[arg(long, env = "WEIR_INGRESS_WITHOUT_CLASS", requires = "kubernetes")]
    pub ingress_without_class: bool,
}

impl KubernetesArgs {
    /// Key of the Service that Ingresses are published at; one without a namespace is in that of the proxies.
    pub(crate) fn published(&self, namespace: &str) -> Option<String> {
        let name = self.publish_service.as_deref()?;
        Some(if name.contains('/') { name.to_owned() } else { format!("{namespace}/{name}") })
    }
}
