//! An Event for every fault that is new, at the object that it is in: `kubectl describe` shows it there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1::Event;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
use k8s_openapi::jiff::Timestamp;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, PostParams};
use kube::{Api, Client};
use tokio::time::Instant;
use weir_routing::{Rejection, Severity};

use super::Board;

/// What Events say they come from.
const CONTROLLER: &str = "weir.dev/ingress-controller";
/// Faults of one object that get Events of their own; what is more is counted in one more.
const MOST_OF_ONE: usize = 5;
/// Events made at one look.
const MOST: usize = 50;
/// After the API server did not take one.
const PAUSE: Duration = Duration::from_secs(10);
/// Bytes of a note, of which the API server takes 1,024.
const MOST_BYTES: usize = 1000;

/// One thing to tell: kind, namespace, name, note, and whether it is an error.
type Said = (String, String, String, String, bool);

/// What was told.
pub(super) struct Events {
    client: Client,
    identity: String,
    told: BTreeSet<Said>,
    /// Not before.
    again: Instant,
}

impl Events {
    pub(super) fn new(client: Client, identity: String) -> Self {
        Self { client, identity, told: BTreeSet::new(), again: Instant::now() }
    }

    /// Tells what is new. What is wrong no more is forgotten, and told again when it comes back.
    pub(super) async fn tell(&mut self, board: &Board) {
        if Instant::now() < self.again {
            return;
        }
        let now = notes(&board.faults());
        self.told.retain(|said| now.contains(said));
        for said in now.difference(&self.told.clone()).take(MOST) {
            match self.publish(said).await {
                Ok(()) => {}
                // It would be refused again; the fault itself is shown in other places too.
                Err(kube::Error::Api(status)) if status.code == 422 => {
                    tracing::warn!(error = %status.message, "an Event is not valid");
                }
                Err(error) => {
                    tracing::warn!(error = %super::words(&error), "an Event cannot be made");
                    self.again = Instant::now() + PAUSE;
                    return;
                }
            }
            self.told.insert(said.clone());
        }
    }

    async fn publish(&self, (kind, namespace, name, note, is_error): &Said) -> Result<(), kube::Error> {
        let Some(resource) = resource(kind) else { return Ok(()) };
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), namespace, &resource);
        // With its uid, by which kubectl looks for Events; an object that is gone needs none.
        let Some(object) = api.get_metadata_opt(name).await? else { return Ok(()) };
        let now = Timestamp::now();
        let mut event = Event {
            action: Some("Compile".to_owned()),
            event_time: Some(MicroTime(now)),
            note: Some(note.clone()),
            reason: Some(if *is_error { "Rejected" } else { "Deviates" }.to_owned()),
            regarding: Some(ObjectReference {
                api_version: Some(resource.api_version.clone()),
                kind: Some(kind.clone()),
                namespace: Some(namespace.clone()),
                name: Some(name.clone()),
                uid: object.metadata.uid,
                resource_version: object.metadata.resource_version,
                field_path: None,
            }),
            reporting_controller: Some(CONTROLLER.to_owned()),
            reporting_instance: Some(self.identity.clone()),
            type_: Some("Warning".to_owned()),
            ..Event::default()
        };
        event.metadata.namespace = Some(namespace.clone());
        event.metadata.generate_name = Some(format!("{}-", shortened(name, 200)));
        let events: Api<Event> = Api::namespaced(self.client.clone(), namespace);
        events.create(&PostParams::default(), &event).await.map(drop)
    }
}

/// What is to be told of faults: each by itself, but of objects with many.
fn notes(faults: &[Rejection]) -> BTreeSet<Said> {
    let mut of: BTreeMap<(&str, &str, &str), Vec<&Rejection>> = BTreeMap::new();
    for fault in faults {
        of.entry((&fault.kind, &fault.namespace, &fault.name)).or_default().push(fault);
    }
    let mut notes = BTreeSet::new();
    for ((kind, namespace, name), faults) in of {
        let mut say = |note: String, is_error| {
            let note = shortened(&note, MOST_BYTES).to_owned();
            notes.insert((kind.to_owned(), namespace.to_owned(), name.to_owned(), note, is_error));
        };
        let (first, rest) = faults.split_at(faults.len().min(MOST_OF_ONE));
        for Rejection { field, message, kept, severity, .. } in first {
            let kept = kept.as_ref().map(|kept| format!("; {kept}")).unwrap_or_default();
            say(format!("{field}: {message}{kept}"), *severity == Severity::Error);
        }
        if !rest.is_empty() {
            let is_error = rest.iter().any(|fault| fault.severity == Severity::Error);
            say(format!("and {} faults more: see /debug/problems of a proxy", rest.len()), is_error);
        }
    }
    notes
}

/// The beginning of a text, cut between characters.
fn shortened(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

fn resource(kind: &str) -> Option<ApiResource> {
    let of = |group, version, kind, plural| {
        Some(ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural))
    };
    match kind {
        "Ingress" => of("networking.k8s.io", "v1", kind, "ingresses"),
        "Service" => of("", "v1", kind, "services"),
        "Secret" => of("", "v1", kind, "secrets"),
        "EndpointSlice" => of("discovery.k8s.io", "v1", kind, "endpointslices"),
        "Canary" => of("weir.dev", "v1alpha1", kind, "canaries"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_OF_ONE, Rejection, Severity, notes};

    #[test]
    fn an_object_with_many_faults_gets_a_few_events() {
        let fault = |number: usize| Rejection {
            severity: Severity::Error,
            kind: "Ingress".to_owned(),
            namespace: "shop".to_owned(),
            name: "web".to_owned(),
            field: format!("spec.rules[0].http.paths[{number}].path"),
            message: "ü".repeat(1000),
            kept: None,
        };
        let said = notes(&(0..1000).map(fault).collect::<Vec<_>>());
        assert_eq!(said.len(), MOST_OF_ONE + 1);
        assert!(said.iter().any(|(.., note, _)| note.starts_with("and 995 faults more")));
        assert!(said.iter().all(|(.., note, _)| note.len() <= super::MOST_BYTES));
    }
}
