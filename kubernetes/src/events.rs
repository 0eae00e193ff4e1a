//! Events at objects: `kubectl describe` shows them there.
//!
//! An Event's name follows from what it says, so what is said again is counted on in the same one, whichever process says it.

use std::hash::{DefaultHasher, Hash, Hasher};

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::json;

/// Bytes of an object's name that its Events' names begin with.
const NAME_BYTES: usize = 200;
/// Bytes of a note, of which the API server takes 1,024.
const MOST_BYTES: usize = 1000;

/// One thing to say about an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Said {
    /// Why, in one word: `Rejected`.
    pub reason: String,
    /// What, for people. What is longer than the API server takes is cut.
    pub note: String,
    /// Whether it is bad news.
    pub is_warning: bool,
}

/// Who says it.
#[derive(Clone)]
pub struct Publisher {
    client: Client,
    controller: &'static str,
    action: &'static str,
    identity: String,
}

impl Publisher {
    /// `controller`: what Events say they come from; `action`: what it was doing; `identity`: which process of several it is.
    #[must_use]
    pub fn new(client: Client, controller: &'static str, action: &'static str, identity: String) -> Self {
        Self { client, controller, action, identity }
    }

    /// Makes an Event, or counts on in the one that there is. `regarding` needs its uid, by which kubectl looks for Events.
    ///
    /// # Errors
    /// What the API server says: see [`crate::is_about_one`].
    pub async fn publish(&self, regarding: ObjectReference, said: &Said) -> kube::Result<()> {
        let namespace = regarding.namespace.clone().unwrap_or_default();
        let event = self.event(regarding, said, &namespace);
        let events: Api<Event> = Api::namespaced(self.client.clone(), &namespace);
        match events.create(&PostParams::default(), &event).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            created => return created.map(drop),
        }
        let name = event.metadata.name.as_deref().unwrap_or_default();
        // A patch without a change shows it, so that no right to read Events is needed.
        let known = events.patch(name, &PatchParams::default(), &Patch::Merge(json!({}))).await?;
        let count = known.series.map_or(1, |series| series.count).saturating_add(1);
        let series = json!({ "series": { "count": count, "lastObservedTime": MicroTime(Timestamp::now()) } });
        events.patch(name, &PatchParams::default(), &Patch::Merge(series)).await.map(drop)
    }

    fn event(&self, regarding: ObjectReference, said: &Said, namespace: &str) -> Event {
        let mut event = Event {
            action: Some(self.action.to_owned()),
            event_time: Some(MicroTime(Timestamp::now())),
            note: Some(shortened(&said.note, MOST_BYTES).to_owned()),
            reason: Some(said.reason.clone()),
            reporting_controller: Some(self.controller.to_owned()),
            reporting_instance: Some(self.identity.clone()),
            type_: Some(if said.is_warning { "Warning" } else { "Normal" }.to_owned()),
            ..Event::default()
        };
        event.metadata.namespace = Some(namespace.to_owned());
        event.metadata.name = Some(name(&regarding, said));
        event.regarding = Some(regarding);
        event
    }
}

/// The name of the Event that says this about the object. Another version of this program may give it another one: then it is told once more.
fn name(regarding: &ObjectReference, said: &Said) -> String {
    let mut hasher = DefaultHasher::new();
    let ObjectReference { kind, namespace, name, uid, .. } = regarding;
    (kind, namespace, name, uid, said).hash(&mut hasher);
    let name = name.as_deref().unwrap_or_default();
    let object = shortened(name, NAME_BYTES).trim_end_matches(['-', '.']);
    format!("{object}.{:016x}", hasher.finish())
}

/// Whether the namespace takes nothing any more because it ends.
#[must_use]
pub fn is_terminating(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else { return false };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
}

/// The beginning of a text, cut between characters.
#[must_use]
pub fn shortened(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{ObjectReference, Said, name, shortened};

    #[test]
    fn the_same_is_called_the_same_and_nothing_else_is() {
        let object = |uid: &str| ObjectReference {
            name: Some("shop".to_owned()),
            uid: Some(uid.to_owned()),
            ..ObjectReference::default()
        };
        let said =
            |note: &str| Said { reason: "Rejected".to_owned(), note: note.to_owned(), is_warning: true };
        let one = name(&object("1"), &said("it is wrong"));
        assert!(one.starts_with("shop."), "{one}");
        assert_eq!(one, name(&object("1"), &said("it is wrong")));
        assert_ne!(one, name(&object("2"), &said("it is wrong")));
        assert_ne!(one, name(&object("1"), &said("it is worse")));
        assert_eq!(shortened("aüü", 4), "aü");
    }
}
