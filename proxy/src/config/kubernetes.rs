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
    /// Serve Ingresses that name no class.
    #[arg(long, env = "WEIR_INGRESS_WITHOUT_CLASS", requires = "kubernetes")]
    pub ingress_without_class: bool,
}
