//! The command line of `weir explain`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use anyhow::Result;
use weir_proxy::config::IngressArgs;
use weir_routing::target::{self, Policy};

use super::Output;
use crate::Misconfigured;

/// Arguments of `weir explain`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Examples:
  weir explain -f manifests/                                    what becomes of every Ingress in there
  weir explain -f shop.yaml https://shop.example/cart           and where this request goes
  kubectl get ingress,svc,endpointslices -A -o yaml | weir explain -f -
  weir explain --cluster --claim-ingress-nginx                  the cluster of KUBECONFIG, with ingress-nginx's Ingresses
  weir explain --cluster https://shop.example/ -H 'X-Canary: always'

Exit code: 0, or 1 where something is refused.")]
pub struct ExplainArgs {
    /// File or directory of manifests; - is standard input. May be given several times
    #[arg(short, long, value_name = "FILE", required_unless_present = "cluster")]
    pub file: Vec<PathBuf>,
    /// Read the cluster of KUBECONFIG instead
    #[arg(long, conflicts_with = "file")]
    pub cluster: bool,
    /// Only this namespace of the cluster
    #[arg(short, long, requires = "cluster", value_name = "NAME")]
    pub namespace: Option<String>,
    /// Take ingress-nginx's Ingresses for ours
    #[arg(long, requires = "cluster")]
    pub claim_ingress_nginx: bool,
    /// Take Ingresses without a class for ours
    #[arg(long, requires = "cluster")]
    pub ingress_without_class: bool,
    /// A request, by its URL
    #[arg(value_name = "URL")]
    pub url: Option<String>,
    /// Method of the request
    #[arg(short = 'X', long, default_value = "GET", value_name = "METHOD")]
    pub method: String,
    /// Header of the request, as Name: Value. May be given several times
    #[arg(short = 'H', long, value_name = "HEADER")]
    pub header: Vec<String>,
    /// Address that the request comes from
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), value_name = "ADDR")]
    pub client: IpAddr,
    /// How the proxy reads Ingresses.
    #[command(flatten)]
    pub ingresses: IngressArgs,
    /// Form of the output
    #[arg(short, long, value_enum, default_value_t = Output::Text)]
    pub output: Output,
}

/// A request as the rules see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its method.
    pub method: String,
    /// Whether it comes by TLS.
    pub is_https: bool,
    /// Host, normalised.
    pub host: String,
    /// Path, normalised.
    pub path: String,
    /// What stands behind the question mark.
    pub query: Option<String>,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Where it comes from.
    pub client: IpAddr,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            method: "GET".to_owned(),
            is_https: false,
            host: String::new(),
            path: "/".to_owned(),
            query: None,
            headers: Vec::new(),
            client: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }
}

impl ExplainArgs {
    /// The request that is asked for; `None`: none is.
    pub fn request(&self) -> Result<Option<Request>> {
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
        let host = target::host(host.as_bytes()).map_err(|error| wrong(format!("host: {error}")))?;
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let target = target::normalise(path.as_bytes(), &Policy::default())
            .map_err(|error| wrong(format!("path: {error}")))?;
        let header = |text: &String| match text.split_once(':') {
            Some((name, value)) => Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            None => Err(Misconfigured(format!("--header {text:?}: not Name: Value"))),
        };
        Ok(Some(Request {
            method: self.method.clone(),
            is_https,
            host: host.into_owned(),
            path: target.path.into_owned(),
            query: target.query.map(std::borrow::Cow::into_owned),
            headers: self.header.iter().map(header).collect::<Result<_, _>>()?,
            client: self.client,
        }))
    }
}
