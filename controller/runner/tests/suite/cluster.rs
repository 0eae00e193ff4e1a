//! Objects in memory, for stages that deploy: what is applied is stable at once, and what a Canary is told is done.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};
use weir_deploy::{Named, images};
use weir_pipeline::event::Fault;
use weir_runner::objects::{Answer, Objects};

#[derive(Debug, Default)]
pub(crate) struct Cluster {
    there: Mutex<BTreeMap<Named, Value>>,
    /// Images of each object that was applied, in their order: `Deployment shop/api: IMAGE ..`.
    applied: Mutex<Vec<String>>,
}

fn ready<'a, T: Send + 'a>(answer: Result<T, Fault>) -> Answer<'a, T> {
    Box::pin(async { answer })
}

impl Cluster {
    /// What was applied since somebody asked last.
    pub(crate) fn applied(&self) -> Vec<String> {
        std::mem::take(&mut *self.applied.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put(&self, named: &Named, object: &Value) {
        self.there.lock().unwrap_or_else(PoisonError::into_inner).insert(named.clone(), object.clone());
    }

    fn find(&self, named: &Named) -> Option<Value> {
        let there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |other: &&Named| other.kind == named.kind && other.name == named.name;
        there.keys().find(is_it).and_then(|found| there.get(found)).cloned()
    }
}

impl Objects for Cluster {
    fn get<'a>(&'a self, which: &'a Named) -> Answer<'a, Option<Value>> {
        ready(Ok(self.find(which)))
    }

    fn apply<'a>(&'a self, manifest: &'a Value, _force: bool) -> Answer<'a, Value> {
        let (named, mut object) = (Named::of(manifest).unwrap(), manifest.clone());
        if named.kind == "Deployment" {
            let runs: Vec<String> = images::images(manifest).into_iter().map(|(_, image)| image).collect();
            self.applied
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(format!("{named}: {}", runs.join(" ")));
            object["status"] =
                json!({"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "readyReplicas": 1});
        }
        self.put(&named, &object);
        ready(Ok(object))
    }

    fn patch<'a>(&'a self, which: &'a Named, patch: &'a Value) -> Answer<'a, Value> {
        let mut object = self.find(which).unwrap();
        let release = &patch["spec"]["release"];
        object["spec"]["release"] = release.clone();
        object["status"] = json!({"message": "promoted", "release": {
            "image": release["image"], "name": release["name"], "outcome": "promoted", "finishedAt": "2026-11-23T08:00:00Z", "reason": "well",
        }});
        self.put(&Named::of(&object).unwrap(), &object);
        ready(Ok(object))
    }

    fn delete<'a>(&'a self, which: &'a Named) -> Answer<'a, bool> {
        ready(Ok(self.find(which).is_some()))
    }

    fn revisions<'a>(&'a self, _deployment: &'a Named) -> Answer<'a, Vec<(u64, Value)>> {
        ready(Ok(Vec::new()))
    }

    fn pods<'a>(&'a self, _workload: &'a Value) -> Answer<'a, Vec<Value>> {
        ready(Ok(Vec::new()))
    }

    fn abort<'a>(&'a self, _canary: &'a Named, _id: &'a str) -> Answer<'a, ()> {
        ready(Ok(()))
    }
}
