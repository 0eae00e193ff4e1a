//! An Event for every fault, at the object that it is in: `kubectl describe` shows it there.
//!
//! An Event's name follows from what it says, so whoever has the duties next counts on in the same one, and does not tell everything once more.

use std::time::Duration;

use k8s_openapi::api::core::v1::ObjectReference;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client};
use tokio::time::Instant;
use weir_kubernetes::events::{self, Publisher};
use weir_kubernetes::lease::Held;
use weir_kubernetes::{is_about_one, words};

use self::memory::Memory;
use self::said::Said;
use super::Board;

mod memory;
mod said;

/// What Events say they come from.
const CONTROLLER: &str = "weir.dev/ingress-controller";
/// Events made at one look.
const MOST: usize = 50;
/// Events that the API server may refuse at one look: then the others have their turn at the next one.
const MOST_REFUSED: usize = 10;
/// After the API server could not be asked.
const PAUSE: Duration = Duration::from_secs(10);

/// What was told.
pub(super) struct Events {
    client: Client,
    publisher: Publisher,
    memory: Memory,
    /// Not before.
    again: Instant,
}

impl Events {
    pub(super) fn new(client: Client, identity: String) -> Self {
        let publisher = Publisher::new(client.clone(), CONTROLLER, "Compile", identity);
        Self { client, publisher, memory: Memory::default(), again: Instant::now() }
    }

    /// Tells what is new, what came back, and what is still wrong after a while.
    pub(super) async fn tell(&mut self, board: &Board, held: &Held) {
        if Instant::now() < self.again {
            return;
        }
        let mut refused = 0;
        for said in self.memory.due(&said::of(&board.faults()), Instant::now(), MOST) {
            if !held.now() || refused == MOST_REFUSED {
                return;
            }
            match self.publish(&said).await {
                Ok(()) => self.memory.told(&said, Instant::now()),
                Err(error) if is_about_one(&error) => {
                    refused += 1;
                    let is_first = self.memory.refused(&said, Instant::now());
                    // Objects of a namespace that ends are gone in a moment.
                    if is_first && refused == 1 && !events::is_terminating(&error) {
                        let Said { kind, namespace, name, .. } = &said;
                        tracing::warn!(kind, namespace, name, error = %words(&error), "an Event was refused; it is tried again later");
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %words(&error), "Events cannot be made");
                    self.again = Instant::now() + PAUSE;
                    return;
                }
            }
        }
    }

    /// Makes an Event, or counts on in the one that there is.
    async fn publish(&self, said: &Said) -> kube::Result<()> {
        let Some(resource) = resource(&said.kind) else { return Ok(()) };
        let objects: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), &said.namespace, &resource);
        // With its uid, by which kubectl looks for Events; an object that is gone needs none.
        let Some(object) = objects.get_metadata_opt(&said.name).await? else { return Ok(()) };
        let regarding = ObjectReference {
            api_version: Some(resource.api_version.clone()),
            kind: Some(said.kind.clone()),
            namespace: Some(said.namespace.clone()),
            name: Some(said.name.clone()),
            uid: object.metadata.uid,
            resource_version: object.metadata.resource_version,
            field_path: None,
        };
        let reason = if said.is_error { "Rejected" } else { "Deviates" }.to_owned();
        let said = events::Said { reason, note: said.note.clone(), is_warning: true };
        self.publisher.publish(regarding, &said).await
    }
}

fn resource(kind: &str) -> Option<ApiResource> {
    let of = |group, version, kind, plural| {
        Some(ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(group, version, kind), plural))
    };
    match kind {
        "Ingress" => of("networking.k8s.io", "v1", kind, "ingresses"),
        "Service" => of("", "v1", kind, "services"),
        "Secret" => of("", "v1", kind, "secrets"),
        "ConfigMap" => of("", "v1", kind, "configmaps"),
        "EndpointSlice" => of("discovery.k8s.io", "v1", kind, "endpointslices"),
        "Canary" => of("weir.dev", "v1alpha1", kind, "canaries"),
        _ => None,
    }
}
