//! What there is to see of an installation: one look, and no judgement.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use kube::api::{DynamicObject, PostParams};
use kube::{Api, Client, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::Value;
use weir_api::Canary;
use weir_kubernetes::causes;
use weir_telemetry::wire::Report;

use super::ask::{self, Answer, get, list, why};
use super::rights::{Right, rights};
use crate::cluster::Access;
use crate::install::resource::Resource;

/// A pod of ours, and what its admin port says.
#[derive(Debug)]
pub(crate) struct Asked<T> {
    /// Name of the pod.
    pub(crate) pod: String,
    /// What it says.
    pub(crate) said: Answer<T>,
    /// Whether its metrics can be had.
    pub(crate) metrics: Answer<()>,
}

/// An installation.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) namespace: String,
    /// What it should be made of, and what there is of each.
    pub(crate) objects: Vec<(Value, Answer<Option<DynamicObject>>)>,
    /// What the programs need, and whether they may.
    pub(crate) rights: Answer<Vec<(Right, bool)>>,
    /// The programs.
    pub(crate) deployments: Answer<Vec<Deployment>>,
    /// Pods of the namespace.
    pub(crate) pods: Answer<Vec<Pod>>,
    /// The epochs that each ready proxy serves.
    pub(crate) proxies: Vec<Asked<BTreeMap<String, u64>>>,
    /// The problems that each ready controller has.
    pub(crate) controllers: Vec<Asked<Vec<String>>>,
    /// Who leads.
    pub(crate) lease: Answer<Option<Lease>>,
    /// The Service of the proxies.
    pub(crate) service: Answer<Option<Service>>,
    /// Who is behind it.
    pub(crate) slices: Answer<Vec<EndpointSlice>>,
    /// Every class.
    pub(crate) classes: Answer<Vec<IngressClass>>,
    /// Every Ingress.
    pub(crate) ingresses: Answer<Vec<Ingress>>,
    /// Every Canary.
    pub(crate) canaries: Answer<Vec<Canary>>,
    /// Workloads of ingress-nginx that have pods: namespace/name.
    pub(crate) nginx: Answer<Vec<String>>,
    /// What is said to a Canary that cannot be followed. `None`: it is taken.
    pub(crate) refusal: Answer<Option<String>>,
}

impl Seen {
    /// Looks at everything.
    pub(crate) async fn look(access: &Access, namespace: &str, wanted: Vec<Value>) -> Self {
        let client = &access.client;
        let mut objects = Vec::new();
        for object in wanted {
            let there = match Resource::of(&object) {
                Some(resource) => resource.get(client).await.map_err(|error| why(&error)),
                None => Ok(None),
            };
            objects.push((object, there));
        }
        let pods = list::<Pod>(access.api(namespace), "").await;
        let behind = "kubernetes.io/service-name=weir-proxy";
        Self {
            namespace: namespace.to_owned(),
            rights: may(client, namespace, &objects).await,
            deployments: list(access.api(namespace), "").await,
            proxies: ask(client, namespace, &pods, ("weir-proxy", 9901, "report/v1"), |report: Report| {
                report.epochs
            })
            .await,
            controllers: ask(
                client,
                namespace,
                &pods,
                ("weir-controller", 9902, "v1/problems"),
                |problems| problems,
            )
            .await,
            lease: get(access.api(namespace), "weir-controller").await,
            service: get(access.api(namespace), "weir-proxy").await,
            slices: list(access.api(namespace), behind).await,
            classes: list(Api::all(client.clone()), "").await,
            ingresses: list(Api::all(client.clone()), "").await,
            canaries: list(Api::all(client.clone()), "").await,
            nginx: nginx(client).await,
            refusal: ask::refusal(client, namespace).await,
            objects,
            pods,
        }
    }
}

/// Asks the admin port of each pod of a program that is ready, by way of the API server.
async fn ask<A: DeserializeOwned, T>(
    client: &Client,
    namespace: &str,
    pods: &Answer<Vec<Pod>>,
    (program, port, page): (&str, u16, &str),
    of: impl Fn(A) -> T,
) -> Vec<Asked<T>> {
    let mut asked = Vec::new();
    let of_program =
        |pod: &&Pod| pod.labels().get("app.kubernetes.io/name").is_some_and(|name| name == program);
    for pod in pods.iter().flatten().filter(of_program).filter(|pod| is_ready(pod)) {
        let name = pod.name_any();
        let base = format!("/api/v1/namespaces/{namespace}/pods/{name}:{port}/proxy");
        let said = ask::page(client, &format!("{base}/{page}")).await;
        let said = said.and_then(|text| serde_json::from_str(&text).map(&of).map_err(|error| causes(&error)));
        let metrics = ask::page(client, &format!("{base}/metrics")).await;
        let metrics = metrics.and_then(|text| {
            if text.contains("weir_") { Ok(()) } else { Err("no metric of Weir in it".to_owned()) }
        });
        asked.push(Asked { pod: name, said, metrics });
    }
    asked
}

/// Whether a pod's condition says so, and it was not told to end.
pub(crate) fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.iter().flat_map(|status| status.conditions.iter().flatten());
    pod.metadata.deletion_timestamp.is_none()
        && conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

/// Asks for every right that the manifests give.
async fn may(
    client: &Client,
    namespace: &str,
    objects: &[(Value, Answer<Option<DynamicObject>>)],
) -> Answer<Vec<(Right, bool)>> {
    let api: Api<SubjectAccessReview> = Api::all(client.clone());
    let mut answers = Vec::new();
    for right in rights(objects.iter().map(|(object, _)| object), namespace) {
        let attributes = ResourceAttributes {
            group: Some(right.group.clone()),
            resource: Some(right.resource.clone()),
            subresource: right.subresource.clone(),
            verb: Some(right.verb.clone()),
            name: right.name.clone(),
            namespace: right.namespace.clone(),
            ..ResourceAttributes::default()
        };
        let spec = SubjectAccessReviewSpec {
            user: Some(format!("system:serviceaccount:{namespace}:{}", right.account)),
            resource_attributes: Some(attributes),
            ..SubjectAccessReviewSpec::default()
        };
        let review = SubjectAccessReview { spec, ..SubjectAccessReview::default() };
        let answer = api.create(&PostParams::default(), &review).await.map_err(|error| why(&error))?;
        answers.push((right, answer.status.is_some_and(|status| status.allowed)));
    }
    Ok(answers)
}

/// Workloads of ingress-nginx by the label that its manifests and its chart give.
async fn nginx(client: &Client) -> Answer<Vec<String>> {
    const LABEL: &str = "app.kubernetes.io/name=ingress-nginx";
    let name = |meta: &kube::core::ObjectMeta| {
        format!("{}/{}", meta.namespace.clone().unwrap_or_default(), meta.name.clone().unwrap_or_default())
    };
    let deployments = list::<Deployment>(Api::all(client.clone()), LABEL).await?;
    let sets = list::<DaemonSet>(Api::all(client.clone()), LABEL).await?;
    let ready = |deployment: &&Deployment| {
        deployment.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or_default() > 0
    };
    let mut names: Vec<String> = deployments.iter().filter(ready).map(|one| name(&one.metadata)).collect();
    let runs = |set: &&DaemonSet| set.status.as_ref().is_some_and(|status| status.number_ready > 0);
    names.extend(sets.iter().filter(runs).map(|one| name(&one.metadata)));
    Ok(names)
}
