//! Objects from files, directories and standard input, or from the cluster that the proxy would read.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, bail};
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::Ingress;
use kube::Api;
use kube::api::ListParams;
use weir_kubernetes::client::objects;
use weir_proxy::config::KubernetesArgs;
use weir_proxy::feed::{Changed, Feed, KubernetesFeed, Observed, Update, observed};
use weir_routing::external;
use weir_routing::rejection::Place;

use crate::args::ExplainArgs;
use crate::cluster::ClusterArgs;

/// How long a cluster may take to give everything.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be explained.
pub(super) enum Objects {
    /// From manifests.
    Files(Box<Observed>),
    /// From the API server.
    Cluster(Box<Changed>),
}

pub(super) async fn read(args: &ExplainArgs) -> Result<Objects> {
    if args.cluster {
        return cluster(args).await;
    }
    Ok(Objects::Files(Box::new(observed(crate::files::read(&args.file)?))))
}

async fn cluster(args: &ExplainArgs) -> Result<Objects> {
    let access =
        ClusterArgs { namespace: None, context: args.context.clone(), kubeconfig: args.kubeconfig.clone() };
    reach(&access, args.namespace.as_deref()).await?;
    let options = KubernetesArgs {
        kubernetes: true,
        namespace: args.namespace.clone(),
        claim_ingress_nginx: args.claim_ingress_nginx,
        ingress_without_class: args.ingress_without_class,
        ..KubernetesArgs::default()
    };
    let mut feed = KubernetesFeed::of(access.config().await?.0, options, false)?;
    match tokio::time::timeout(PATIENCE, feed.next()).await {
        Ok(Update::Changed(changed)) => Ok(Objects::Cluster(changed)),
        Ok(Update::Whole(whole)) => Ok(Objects::Files(whole)),
        Err(_) => bail!(
            "the API server did not give everything within {} s: may this user list ingressclasses, ingresses, services, endpointslices \
             and canaries? `kubectl auth can-i list ingresses -A` says it for one kind",
            PATIENCE.as_secs()
        ),
    }
}

/// Whether the API server answers, to this user: the watches would only try again.
async fn reach(cluster: &ClusterArgs, namespace: Option<&str>) -> Result<()> {
    let access = cluster.connect().await?;
    let ingresses: Api<Ingress> = objects(&access.client, namespace);
    let listed = ingresses.list_metadata(&ListParams::default().limit(1)).await;
    listed.map(|_| ()).map_err(|error| access.problem("list ingresses", error))
}

/// Stands for whatever the proxy finds; it is never shown.
const SOME: [IpAddr; 1] = [IpAddr::V4(Ipv4Addr::UNSPECIFIED)];

/// A slice with an address for each name.
pub(super) struct Assumed {
    pub(super) key: Arc<str>,
    pub(super) slice: EndpointSlice,
    /// What was assumed, for people.
    pub(super) note: String,
}

/// All of them.
pub(super) fn assume(objects: &Objects) -> Vec<Assumed> {
    let one = |key: Arc<str>, service: &Service| {
        let name = external::name_of(service)?;
        let note = format!(
            "Service {key} is the ExternalName {name:?}: only the proxy looks names up, so it is taken to have an address here"
        );
        Some(Assumed { key: external::key_of(&key), slice: external::slice(&key, Ok(&SOME)), note })
    };
    match objects {
        Objects::Files(all) => {
            let services = all.objects.services.iter();
            services
                .filter_map(|service| one(Place::new("Service", &service.metadata).key(), service))
                .collect()
        }
        Objects::Cluster(all) => {
            all.services.iter().filter_map(|(key, service)| one(Arc::clone(key), service.as_ref()?)).collect()
        }
    }
}
