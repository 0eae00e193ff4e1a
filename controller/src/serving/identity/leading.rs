//! The objects that lead the API server here, and tell it what to trust.

use std::fmt::Debug;
use std::future::ready;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use k8s_openapi::ByteString;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1::APIService;
use kube::api::{Patch, PatchParams};
use kube::core::PartialObjectMeta;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{WatchStreamExt, watcher as watch};
use kube::{Api, Client, Resource};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use weir_api::names::FIELD_MANAGER;

use super::{IdentityError, Names, permitted};

/// Whenever one of them is made or changed.
pub(super) fn changed(client: &Client, names: &Names) -> BoxStream<'static, ()> {
    let services = Api::<PartialObjectMeta<APIService>>::all(client.clone());
    let webhooks = Api::<PartialObjectMeta<ValidatingWebhookConfiguration>>::all(client.clone());
    let apis = names.apis.iter().map(|name| changes(services.clone(), name));
    stream::select_all(apis.chain([changes(webhooks, &names.webhooks)])).boxed()
}

/// Tells the API server what to trust, where it does not know.
pub(super) async fn tell(client: &Client, names: &Names, authorities: &str) -> Result<(), IdentityError> {
    let bundle = ByteString(authorities.as_bytes().to_vec());
    let parameters = PatchParams::apply(FIELD_MANAGER);
    let services = Api::<APIService>::all(client.clone());
    for name in &names.apis {
        let error = |error| IdentityError::Api("APIService", error);
        let there = permitted(services.get_opt(name).await).map_err(error)?.and_then(|there| there.spec);
        if there.is_some_and(|there| there.ca_bundle.as_ref() != Some(&bundle)) {
            let patch = json!({"spec": {"caBundle": bundle, "insecureSkipTLSVerify": null}});
            services.patch(name, &parameters, &Patch::Merge(patch)).await.map_err(error)?;
        }
    }
    let error = |error| IdentityError::Api("ValidatingWebhookConfiguration", error);
    let configurations = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    let there = permitted(configurations.get_opt(&names.webhooks).await).map_err(error)?;
    let webhooks = there.and_then(|there| there.webhooks).unwrap_or_default();
    let unaware = webhooks.iter().filter(|webhook| webhook.client_config.ca_bundle.as_ref() != Some(&bundle));
    let patches: Vec<Value> =
        unaware.map(|webhook| json!({"name": webhook.name, "clientConfig": {"caBundle": bundle}})).collect();
    if !patches.is_empty() {
        let patch = Patch::Strategic(json!({"webhooks": patches}));
        configurations.patch(&names.webhooks, &parameters, &patch).await.map_err(error)?;
    }
    Ok(())
}

fn changes<K>(api: Api<PartialObjectMeta<K>>, name: &str) -> BoxStream<'static, ()>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + Debug + Send + 'static,
{
    let only = watcher::Config::default().fields(&format!("metadata.name={name}"));
    let seen = watch(api, only).default_backoff();
    seen.filter_map(|event| ready(matches!(event, Ok(Event::Apply(_) | Event::InitApply(_))).then_some(())))
        .boxed()
}
