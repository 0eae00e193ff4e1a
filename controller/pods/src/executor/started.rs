//! Makes the pod of an attempt, and the Secret with its order.

use std::fmt::Debug;
use std::fs;
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use kube::Api;
use kube::api::PostParams;
use serde::Serialize;
use serde::de::DeserializeOwned;
use weir_kubernetes::{is_about_one, words};
use weir_pipeline::event::{Blame, Fault};
use weir_runner::executor::Task;

use super::Pods;
use crate::pod::{infrastructure, order, pod};

/// Until the API server is asked again.
const AGAIN: Duration = Duration::from_secs(1);

impl Pods {
    /// Whether there is such a pod. As long as nobody answers, it may be there.
    pub(super) async fn exists(&self, name: &str) -> bool {
        match self.pods().get_metadata_opt(name).await {
            Ok(found) => found.is_some(),
            Err(error) => {
                tracing::warn!(pod = %name, error = %words(&error), "the API server does not say whether a pod is there");
                tokio::time::sleep(AGAIN).await;
                true
            }
        }
    }

    /// Makes both.
    pub(super) async fn start(&self, task: &Task) -> Result<(), Fault> {
        fs::create_dir_all(task.attempt.step().path()).map_err(|error| infrastructure(&error))?;
        let (secret, pod) = (order(&self.settings, task)?, pod(&self.settings, task)?);
        match self.make(&secret, &self.pods(), &pod).await {
            Err(error) => {
                let said = words(&error);
                if is_about_one(&error) {
                    return Err(refused(&error, &said));
                }
                tracing::warn!(run = %task.key.run, stage = %task.key.stage, %said, "a pod cannot be made, and is tried again");
                tokio::time::sleep(AGAIN).await;
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Makes an attempt's Secret, and then what reads it. Of what is there already it is known that it was made for the same attempt: by its name.
    pub(super) async fn make<K>(&self, secret: &Secret, objects: &Api<K>, object: &K) -> kube::Result<()>
    where
        K: Clone + DeserializeOwned + Serialize + Debug,
    {
        let params = PostParams::default();
        unless_there(self.secrets().create(&params, secret).await)?;
        unless_there(objects.create(&params, object).await)
    }
}

fn unless_there<T>(made: kube::Result<T>) -> kube::Result<()> {
    match made {
        Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
        made => made.map(drop),
    }
}

/// A quota may have room later, and rights may be given; what is no pod stays none.
fn refused(error: &kube::Error, said: &str) -> Fault {
    let is_forbidden = matches!(error, kube::Error::Api(status) if status.code == 403);
    let blame = if is_forbidden { Blame::Infrastructure } else { Blame::Work };
    Fault { blame, message: format!("its pod was refused: {said}") }
}
