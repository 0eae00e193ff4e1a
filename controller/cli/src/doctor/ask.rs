//! One question to the API server: what it answers, or why there is no answer.

use std::fmt::Debug;

use kube::api::{ListParams, PostParams};
use kube::{Api, Client};
use serde::de::DeserializeOwned;
use serde_json::json;
use weir_api::Canary;
use weir_kubernetes::{causes, words};

use crate::cluster::problem::is_kind_unknown;
use crate::install::there;

/// What was answered, or why there was no answer.
pub(crate) type Answer<T> = Result<T, String>;

/// Every object of a kind, with this label where one is named.
pub(super) async fn list<K>(api: Api<K>, labelled: &str) -> Answer<Vec<K>>
where
    K: Clone + DeserializeOwned + Debug,
{
    let found = api.list(&ListParams::default().labels(labelled)).await;
    found.map(|list| list.items).map_err(|error| why(&error))
}

/// One object, if it is there.
pub(super) async fn get<K>(api: Api<K>, name: &str) -> Answer<Option<K>>
where
    K: Clone + DeserializeOwned + Debug,
{
    there(api.get(name).await).map_err(|error| why(&error))
}

/// A page of a pod's admin port, by way of the API server.
pub(super) async fn page(client: &Client, path: &str) -> Answer<String> {
    let request = http::Request::get(path).body(Vec::new()).map_err(|error| causes(&error))?;
    client.request_text(request).await.map_err(|error| why(&error))
}

/// Why there was no answer.
pub(super) fn why(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error
        && is_kind_unknown(status)
    {
        return "the API server does not know the kind: its definition is not there".to_owned();
    }
    words(error)
}

/// What the webhook says to a Canary whose analysis is shorter at most than at least, which no schema can see. `None`: the Canary would be taken.
pub(super) async fn refusal(client: &Client, namespace: &str) -> Answer<Option<String>> {
    let canary = json!({
        "apiVersion": "weir.dev/v1alpha1",
        "kind": "Canary",
        "metadata": {"name": "weir-doctor", "namespace": namespace},
        "spec": {
            "targetRef": {"name": "weir-doctor"},
            "service": "weir-doctor",
            "strategy": {"canary": {"steps": [
                {"setWeight": 5},
                {"analysis": {"minDuration": "2m", "maxDuration": "1m"}},
            ]}},
        },
    });
    let canary: Canary = serde_json::from_value(canary).map_err(|error| causes(&error))?;
    let api: Api<Canary> = Api::namespaced(client.clone(), namespace);
    match api.create(&PostParams { dry_run: true, ..PostParams::default() }, &canary).await {
        Ok(_) => Ok(None),
        Err(kube::Error::Api(status)) if status.message.contains("admission webhook") => {
            Ok(Some(status.message.clone()))
        }
        Err(error) => Err(why(&error)),
    }
}
