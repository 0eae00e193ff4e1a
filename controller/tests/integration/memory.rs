//! Ends in memory: everything that happens to them is in one log, in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use kube::core::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use weir_api::{Canary, CanaryStatus, FeatureFlag, FeatureFlagStatus, Timestamp, Track};
use weir_controller::catalog::{Catalog, Key};
use weir_controller::ends::{PodEvent, Store, Workloads};
use weir_controller::fleet::{Fleet, Pod, Wanted};

#[derive(Debug, thiserror::Error)]
#[error("state/{0}: cannot be written: the disk is full")]
pub(crate) struct Full(&'static str);

#[derive(Default)]
pub(crate) struct Contents {
    /// What was changed, in order: `status Progressing 5 %`, `report name`, `pods canary v2 x1`.
    pub(crate) log: Vec<String>,
    pub(crate) statuses: BTreeMap<Key, CanaryStatus>,
    pub(crate) checkpoint: Option<String>,
    pub(crate) reports: BTreeMap<String, serde_json::Value>,
    pub(crate) is_full: bool,
    /// Tracks whose pods never get ready.
    pub(crate) broken: Vec<Track>,
    fleets: Vec<Fleet>,
    /// Canaries whose objects stay for a release.
    held: BTreeSet<Key>,
}

/// Both ends, and a view of them.
#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<Contents>>);

impl Memory {
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Contents) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    pub(crate) fn take_log(&self) -> Vec<String> {
        self.with(|contents| std::mem::take(&mut contents.log))
    }

    pub(crate) fn status(&self) -> CanaryStatus {
        self.with(|contents| contents.statuses.values().next().unwrap().clone())
    }
}

impl Store for Memory {
    type Error = Full;

    fn read_status(&mut self, canary: &Key, _: &Canary) -> Result<Option<CanaryStatus>, Full> {
        Ok(self.with(|contents| contents.statuses.get(canary).cloned()))
    }

    async fn write_status(&mut self, canary: &Key, status: &CanaryStatus) -> Result<(), Full> {
        self.with(|contents| {
            if contents.is_full {
                return Err(Full("status"));
            }
            let weight =
                status.split.as_ref().map_or_else(String::new, |split| format!(" {}", split.canary.weight));
            if contents.statuses.insert(canary.clone(), status.clone()).as_ref() != Some(status) {
                contents.log.push(format!("status {:?}{weight}", status.phase));
            }
            Ok(())
        })
    }

    async fn hold(&mut self, canary: &Key, _: &ObjectMeta) -> Result<(), Full> {
        self.with(|contents| {
            if contents.held.insert(canary.clone()) {
                contents.log.push("held".to_owned());
            }
        });
        Ok(())
    }

    async fn let_go(&mut self, canary: &Key, _: &ObjectMeta) -> Result<(), Full> {
        self.with(|contents| {
            if contents.held.remove(canary) {
                contents.log.push("let go".to_owned());
            }
        });
        Ok(())
    }

    async fn withdraw_status(&mut self, canary: &Key) -> Result<(), Full> {
        self.with(|contents| {
            contents.statuses.remove(canary);
            contents.log.push("status withdrawn".to_owned());
        });
        Ok(())
    }

    fn read_flag(&mut self, _: &Key, _: &FeatureFlag) -> Result<Option<FeatureFlagStatus>, Full> {
        Ok(None)
    }

    async fn write_flag(&mut self, _: &Key, _: &FeatureFlag, _: &FeatureFlagStatus) -> Result<(), Full> {
        Ok(())
    }

    fn read_checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, Full> {
        Ok(self.with(|contents| contents.checkpoint.as_ref().map(|text| serde_json::from_str(text).unwrap())))
    }

    fn write_checkpoint<T: Serialize + Sync>(&mut self, checkpoint: &T) -> Result<(), Full> {
        let text = serde_json::to_string(checkpoint).unwrap();
        self.with(|contents| {
            if contents.is_full {
                return Err(Full("checkpoint"));
            }
            contents.checkpoint = Some(text);
            Ok(())
        })
    }

    fn write_report<T: Serialize + Sync>(&mut self, name: &str, report: &T) -> Result<String, Full> {
        let value = serde_json::to_value(report).unwrap();
        self.with(|contents| {
            contents.reports.insert(name.to_owned(), value);
            contents.log.push(format!("report {name}"));
        });
        Ok(format!("reports/{name}.json"))
    }
}

impl Workloads for Memory {
    async fn apply(&mut self, fleets: &[Fleet], _: &Catalog, _: Timestamp) -> Vec<Pod> {
        self.with(|contents| {
            if contents.fleets != fleets {
                let line: Vec<String> = fleets.iter().map(words).collect();
                contents.log.push(format!("pods {}", line.join(", ")));
                contents.fleets = fleets.to_vec();
            }
            fleets.iter().flat_map(|fleet| pods(fleet, !contents.broken.contains(&fleet.track))).collect()
        })
    }

    fn take_events(&mut self) -> Vec<PodEvent> {
        Vec::new()
    }

    fn is_settled(&self) -> bool {
        true
    }
}

fn words(fleet: &Fleet) -> String {
    match &fleet.wanted {
        Wanted::Keep => format!("{} kept", fleet.track),
        Wanted::Run { template, replicas, .. } => {
            let image = template.spec.as_ref().unwrap().containers[0].image.as_deref().unwrap();
            format!("{} {image} x{replicas}", fleet.track)
        }
    }
}

fn pods(fleet: &Fleet, ready: bool) -> Vec<Pod> {
    let Wanted::Run { revision, replicas, .. } = &fleet.wanted else { return Vec::new() };
    let pod = |index| Pod {
        name: format!("{}-{}-{index}", fleet.track, revision),
        deployment: fleet.deployment.clone(),
        track: fleet.track,
        revision: revision.clone(),
        ready,
        leaving: false,
        problem: (!ready).then(|| "exited with code 3".to_owned()),
    };
    (0..*replicas).map(pod).collect()
}
