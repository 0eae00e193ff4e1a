//! What is read from a cluster's API server.

/// Objects from the API server.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Kubernetes")]
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
    /// Serve Ingresses that name no class.
    #[arg(long, env = "WEIR_INGRESS_WITHOUT_CLASS", requires = "kubernetes")]
    pub ingress_without_class: bool,
}
