//! Pipelines, templates and freezes as the runner's folder of definitions, and in their status whether they can be used.

mod document;

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::io;
use std::path::PathBuf;

use futures_util::StreamExt;
use kube::api::{Patch, PatchParams};
use kube::runtime::watcher::{Config, Event};
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use weir_api::pipeline::DefinitionStatus;
use weir_api::status::{Condition, ConditionStatus};
use weir_api::{Freeze, Pipeline, PipelineTemplate, Timestamp};
use weir_kubernetes::words;

use crate::events::events;
use crate::files;
use crate::pod::MANAGER;

/// How the file of a freeze ends: no pipeline has a dot in its name.
const FREEZE: &str = ".freeze.yaml";

/// A definition, whichever kind it has.
#[derive(Clone, Debug, PartialEq)]
struct Definition {
    spec: Map<String, Value>,
    generation: Option<i64>,
    /// What its status says.
    told: Option<(Option<i64>, Result<(), String>)>,
}

/// Objects of a kind by their names.
#[derive(Debug, Default)]
struct Known {
    now: BTreeMap<String, Definition>,
    /// Those that were listed so far, while they are listed anew.
    listing: BTreeMap<String, Definition>,
    is_listed: bool,
}

/// A folder with the definitions of a namespace.
pub struct Definitions {
    folder: PathBuf,
    client: Client,
    namespace: String,
    pipelines: Known,
    templates: Known,
    freezes: Known,
}

impl fmt::Debug for Definitions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Definitions").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Definitions {
    /// In this folder, which is made.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn new(folder: PathBuf, client: Client, namespace: String) -> io::Result<Self> {
        files::folder(&folder)?;
        let [pipelines, templates, freezes] = [(); 3].map(|()| Known::default());
        Ok(Self { folder, client, namespace, pipelines, templates, freezes })
    }

    /// Keeps folder and statuses up to date, for ever; `written` is told each time that files have changed, and before any status says so.
    pub async fn keep(mut self, mut written: impl FnMut() + Send) {
        let mut pipelines = events(&self.client, &self.namespace, Config::default());
        let mut templates = events(&self.client, &self.namespace, Config::default());
        let mut freezes = events(&self.client, &self.namespace, Config::default());
        loop {
            let has_changed = tokio::select! {
                Some(event) = pipelines.next() => {
                    self.pipelines.hear(event, |one: &Pipeline| (&one.spec.document, one.status.as_ref()))
                }
                Some(event) = templates.next() => {
                    self.templates.hear(event, |one: &PipelineTemplate| (&one.spec.document, one.status.as_ref()))
                }
                Some(event) = freezes.next() => {
                    self.freezes.hear(event, |one: &Freeze| (&one.spec.document, one.status.as_ref()))
                }
                else => return,
            };
            // Not before all templates are known: a pipeline without its own would be told that there is none. Nor before all freezes are: no run
            // goes on that one of them holds.
            let all = [&self.pipelines, &self.templates, &self.freezes];
            if has_changed && all.iter().all(|known| known.is_listed) {
                self.write(&mut written).await;
            }
        }
    }

    /// Writes what can be used, and says of each object whether it can.
    async fn write(&mut self, written: &mut (impl FnMut() + Send)) {
        let templates: Vec<(String, Result<(), String>)> = self
            .templates
            .now
            .iter()
            .map(|(name, template)| (name.clone(), document::check_template(name, &template.spec)))
            .collect();
        let specs: BTreeMap<&str, &Map<String, Value>> =
            self.templates.now.iter().map(|(name, template)| (name.as_str(), &template.spec)).collect();
        let read: Vec<_> = self
            .pipelines
            .now
            .iter()
            .map(|(name, pipeline)| (name.clone(), document::pipeline(name, &pipeline.spec, &specs)))
            .collect();
        let read: Vec<_> =
            read.into_iter().map(|(name, read)| (name.clone(), self.put(&name, read))).collect();
        let freezes = self.put_freezes();
        if let Err(error) = self.remove_others() {
            tracing::error!(folder = %self.folder.display(), %error, "definitions that are gone stay for now");
        }
        written();
        for (name, said) in templates {
            self.tell::<PipelineTemplate>(&name, said).await;
        }
        for (name, said) in read {
            self.tell::<Pipeline>(&name, said).await;
        }
        for (name, said) in freezes {
            self.tell::<Freeze>(&name, said).await;
        }
    }

    /// Writes all freezes, also those that are wrong: the runner has kept what they said before, over its own restarts.
    fn put_freezes(&self) -> Vec<(String, Result<(), String>)> {
        let put = |(name, freeze): (&String, &Definition)| {
            let (text, said) = document::freeze(name, &freeze.spec);
            let written = files::put(&self.folder.join(format!("{name}{FREEZE}")), text.as_bytes());
            let written = written.map_err(|error| format!("it cannot be written for its runner: {error}"));
            (name.clone(), said.and(written))
        };
        self.freezes.now.iter().map(put).collect()
    }

    /// Writes what can be used; where it cannot, what the object said before stays in force.
    fn put(&self, name: &str, read: Result<String, String>) -> Result<(), String> {
        let put = files::put(&self.path(name), read?.as_bytes());
        put.map_err(|error| format!("it cannot be written for its runner: {error}"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.yaml"))
    }

    fn remove_others(&self) -> io::Result<()> {
        for name in files::names(&self.folder)? {
            let is_known = match name.strip_suffix(FREEZE) {
                Some(freeze) => self.freezes.now.contains_key(freeze),
                None => name.strip_suffix(".yaml").is_some_and(|name| self.pipelines.now.contains_key(name)),
            };
            if !is_known {
                files::remove(&self.folder.join(name))?;
            }
        }
        Ok(())
    }

    /// Writes the status of an object, unless it says so already.
    async fn tell<K>(&mut self, name: &str, said: Result<(), String>)
    where
        K: Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>
            + Clone
            + DeserializeOwned
            + Debug,
    {
        let kind = K::kind(&());
        let known = if kind == PipelineTemplate::kind(&()) {
            &mut self.templates
        } else if kind == Freeze::kind(&()) {
            &mut self.freezes
        } else {
            &mut self.pipelines
        };
        let Some(definition) = known.now.get_mut(name) else { return };
        let told = Some((definition.generation, said.clone()));
        if definition.told == told {
            return;
        }
        let status = status(definition.generation, &said);
        let patch = json!({"apiVersion": K::api_version(&()), "kind": K::kind(&()), "status": status});
        let objects: Api<K> = Api::namespaced(self.client.clone(), &self.namespace);
        let params = PatchParams::apply(MANAGER).force();
        match objects.patch_status(name, &params, &Patch::Apply(patch)).await {
            Ok(_) => definition.told = told,
            // The next change of any definition tries again.
            Err(error) => {
                tracing::warn!(%name, error = %words(&error), "a definition's status cannot be written");
            }
        }
    }
}

fn status(generation: Option<i64>, said: &Result<(), String>) -> Value {
    let (status, reason, message) = match said {
        Ok(()) => (ConditionStatus::True, "Valid", ""),
        Err(message) => (ConditionStatus::False, "Invalid", message.as_str()),
    };
    let condition = Condition {
        kind: "Ready".to_owned(),
        status,
        observed_generation: generation,
        last_transition_time: Timestamp::from(jiff::Timestamp::now()),
        reason: reason.to_owned(),
        message: message.to_owned(),
    };
    json!({"observedGeneration": generation, "conditions": [condition]})
}

/// Spec and status of an object.
type Parts<'o> = (&'o Map<String, Value>, Option<&'o DefinitionStatus>);

impl Known {
    /// Takes in what happened; whether a definition is another one now. Statuses, which are written here, are none.
    fn hear<K: Resource>(&mut self, event: Event<K>, parts: impl Fn(&K) -> Parts<'_>) -> bool {
        let definition = |known: &Self, object: &K| {
            let ((spec, status), name) = (parts(object), object.name_any());
            let before = known.now.get(&name).and_then(|before| before.told.clone());
            let told = before.or_else(|| told(status?));
            (name, Definition { spec: spec.clone(), generation: object.meta().generation, told })
        };
        match event {
            Event::Init => self.listing.clear(),
            Event::InitApply(object) => self.listing.extend([definition(self, &object)]),
            Event::InitDone => {
                self.now = std::mem::take(&mut self.listing);
                self.is_listed = true;
                return true;
            }
            Event::Apply(object) => {
                let (name, new) = definition(self, &object);
                let is_same = |old: &Definition| old.spec == new.spec && old.generation == new.generation;
                let has_changed = !self.now.get(&name).is_some_and(is_same);
                self.now.insert(name, new);
                return has_changed;
            }
            Event::Delete(object) => return self.now.remove(&object.name_any()).is_some(),
        }
        false
    }
}

/// What a status says, so that it is not written again by each runner that starts.
fn told(status: &DefinitionStatus) -> Option<(Option<i64>, Result<(), String>)> {
    let ready = status.conditions.iter().find(|condition| condition.kind == "Ready")?;
    let said = match ready.status {
        ConditionStatus::True => Ok(()),
        ConditionStatus::False | ConditionStatus::Unknown => Err(ready.message.clone()),
    };
    Some((status.observed_generation, said))
}
