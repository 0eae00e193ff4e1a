//! Removes what was made for an attempt; and what nobody looks after any more.

use std::collections::BTreeSet;
use std::time::Duration;

use kube::api::{DeleteParams, ListParams, ObjectMeta};
use weir_kubernetes::words;

use super::Pods;
use crate::pod::{MANAGED_BY, RUN_LABEL, name};

/// How often it is tried; what is left after that goes when a runner starts.
const TRIES: u32 = 5;
const AGAIN: Duration = Duration::from_secs(1);

impl Pods {
    /// Deletes a pod with its Secret. What cannot be deleted now is told, and found later.
    pub(super) async fn clear(&self, name: &str) {
        for attempt in 1..=TRIES {
            let params = DeleteParams::default();
            let pod = self.pods().delete(name, &params).await.map(drop);
            let secret = self.secrets().delete(name, &params).await.map(drop);
            let failed = [pod, secret].into_iter().filter_map(Result::err).find(|error| !is_gone(error));
            let Some(error) = failed else { return };
            if attempt == TRIES {
                tracing::warn!(pod = %name, error = %words(&error), "a pod stays for now");
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Deletes pods and orders of runs that are over: `live` are those that are not.
    ///
    /// # Errors
    /// The API server does not say which there are.
    pub async fn clear_others(&self, live: &BTreeSet<String>) -> Result<(), kube::Error> {
        let live: BTreeSet<String> = live.iter().map(|run| name::label(run)).collect();
        let (label, value) = MANAGED_BY;
        let ours = ListParams::default().labels(&format!("{label}={value}"));
        let pods = self.pods().list_metadata(&ours).await?.items.into_iter().map(|pod| pod.metadata);
        let secrets =
            self.secrets().list_metadata(&ours).await?.items.into_iter().map(|secret| secret.metadata);
        let jobs = self.jobs().list_metadata(&ours).await?.items.into_iter().map(|job| job.metadata);
        let is_of_nobody = |found: &ObjectMeta| {
            let run = found.labels.as_ref().and_then(|labels| labels.get(RUN_LABEL));
            !run.is_some_and(|run| live.contains(run))
        };
        for name in jobs.filter(is_of_nobody).filter_map(|job| job.name) {
            self.remove_job(&name).await;
        }
        // Both have the same name.
        let names: BTreeSet<String> =
            pods.chain(secrets).filter(is_of_nobody).filter_map(|found| found.name).collect();
        for name in names {
            tracing::info!(pod = %name, "nobody waits for this pod any more");
            self.clear(&name).await;
        }
        Ok(())
    }
}

fn is_gone(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}
