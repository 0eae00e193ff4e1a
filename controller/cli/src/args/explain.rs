//! The command line of `weir explain`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::Result;
use weir_proxy::config::IngressArgs;
use weir_routing::explain::Request;

use super::Output;
use crate::Misconfigured;

/// Arguments of `weir explain`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir explain -f manifests/                           what becomes of every Ingress in there
  weir explain -f shop.yaml https://shop.example/cart  and where this request goes
  kubectl get ingress,svc,endpointslices -A -o yaml | weir explain -f -
  weir explain --cluster --claim-ingress-nginx         the cluster's, with those of ingress-nginx
  weir explain --cluster https://shop.example/ -H 'X-Canary: always'

Exit codes: 0 all is served as it is written, 1 something of an Ingress is refused or a manifest is broken, 2 wrong usage, 64 a file or kubeconfig that cannot be read, 69 the \
cluster does not answer.")]
pub(crate) struct ExplainArgs {
    /// File or directory of manifests; - is standard input. May be given several times
    #[arg(short, long, value_name = "FILE", required_unless_present = "cluster")]
    pub(crate) file: Vec<PathBuf>,
    /// Read a cluster instead
    #[arg(long, conflicts_with = "file")]
    pub(crate) cluster: bool,
    /// Context of the kubeconfig [default: the current one]
    #[arg(long, requires = "cluster", value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// The kubeconfig [default: KUBECONFIG, else ~/.kube/config, else the service account of the pod that this runs in]
    #[arg(long, requires = "cluster", value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Only this namespace of the cluster
    #[arg(short, long, requires = "cluster", value_name = "NAME")]
    pub(crate) namespace: Option<String>,
    /// Take ingress-nginx's Ingresses for ours
    #[arg(long, requires = "cluster")]
    pub(crate) claim_ingress_nginx: bool,
    /// Take Ingresses without a class for ours
    #[arg(long, requires = "cluster")]
    pub(crate) ingress_without_class: bool,
    /// A request, by its URL
    #[arg(value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Method of the request
    #[arg(short = 'X', long, default_value = "GET", value_name = "METHOD")]
    pub(crate) method: String,
    /// Header of the request, as Name: Value. May be given several times
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub(crate) header: Vec<String>,
    /// Address that the request comes from
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDR")]
    pub(crate) client: IpAddr,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// How the proxy reads Ingresses.
    #[command(flatten)]
    pub(crate) ingresses: IngressArgs,
}

impl ExplainArgs {
    /// The request that is asked for; `None`: none is.
    pub(crate) fn request(&self) -> Result<Option<Request>> {
        let Some(url) = &self.url else { return Ok(None) };
        let wrong = |why: String| Misconfigured(format!("{url}: {why}"));
        let (is_https, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
            Some((scheme, _)) => return Err(wrong(format!("{scheme} is neither http nor https")).into()),
            None => (false, url.as_str()),
        };
        let (host, path) =
            rest.split_at_checked(rest.find(['/', '?']).unwrap_or(rest.len())).unwrap_or((rest, ""));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let request =
            Request { method: self.method.clone(), is_https, client: self.client, ..Request::default() };
        let request = request.to_host(host).and_then(|request| request.to_path(&path)).map_err(wrong)?;
        let with = |request: Request, header: &String| request.with_header(header).map_err(Misconfigured);
        Ok(Some(self.header.iter().try_fold(request, with)?))
    }
}
