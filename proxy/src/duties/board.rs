//! What publishing has found, for whoever tells the cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressLoadBalancerIngress};
use weir_routing::Rejection;

use super::published::Published;
use crate::feed::Changed;

/// What there is to tell.
#[derive(Debug)]
pub(crate) struct Board(Mutex<Notes>);

#[derive(Debug)]
struct Notes {
    /// By key of an Ingress of ours: the addresses in its status.
    addresses: BTreeMap<Arc<str>, Vec<IngressLoadBalancerIngress>>,
    /// The Service whose addresses those are to be, if it is one.
    published: Option<Published>,
    faults: Arc<[Rejection]>,
    /// Everything was seen once.
    filled: bool,
}

impl Board {
    /// An empty one. `service`: key of the Service that Ingresses are published at.
    pub(super) fn new(service: Option<String>) -> Self {
        let published = service.map(Published::new);
        let (addresses, faults) = (BTreeMap::new(), Arc::default());
        Self(Mutex::new(Notes { addresses, published, faults, filled: false }))
    }

    /// Objects are different, or gone.
    pub(crate) fn change(&self, changed: &Changed) {
        for (key, now) in &changed.ingresses {
            self.ingress(key, now.as_ref());
        }
        if let Some(published) = &mut self.lock().published {
            let service = |(key, now): (&Arc<str>, &Option<Service>)| published.service(key, now.as_ref());
            changed.services.iter().for_each(service);
            let slice =
                |(key, now): (&Arc<str>, &Option<EndpointSlice>)| published.endpoint_slice(key, now.as_ref());
            changed.endpoint_slices.iter().for_each(slice);
        }
    }

    /// An Ingress is there, or gone.
    pub(super) fn ingress(&self, key: &Arc<str>, now: Option<&Ingress>) {
        let mut notes = self.lock();
        match now {
            Some(ingress) => drop(notes.addresses.insert(Arc::clone(key), addresses_of(ingress))),
            None => drop(notes.addresses.remove(key)),
        }
    }

    /// Everything that is wrong now.
    pub(crate) fn set_faults(&self, faults: Vec<Rejection>) {
        let mut notes = self.lock();
        (notes.faults, notes.filled) = (faults.into(), true);
    }

    /// Everything that is wrong now.
    pub(super) fn faults(&self) -> Arc<[Rejection]> {
        Arc::clone(&self.lock().faults)
    }

    /// Whether everything was seen once: what is not there then, is not.
    pub(super) fn is_filled(&self) -> bool {
        self.lock().filled
    }

    /// Where the Service is reached that Ingresses are published at; `None`: not known.
    pub(super) fn published(&self) -> Option<Vec<IngressLoadBalancerIngress>> {
        self.lock().published.as_ref().and_then(|published| published.addresses().map(<[_]>::to_vec))
    }

    /// Whether that Service has a pod that was not told to end.
    pub(super) fn has_others(&self) -> bool {
        self.lock().published.as_ref().is_some_and(Published::has_others)
    }

    /// Keys of Ingresses whose status has other addresses, at most `most`.
    pub(super) fn with_other_addresses(
        &self,
        addresses: &[IngressLoadBalancerIngress],
        most: usize,
    ) -> Vec<Arc<str>> {
        let notes = self.lock();
        let others = notes.addresses.iter().filter(|(_, has)| has.as_slice() != addresses);
        others.map(|(key, _)| Arc::clone(key)).take(most).collect()
    }

    /// Keys of Ingresses whose status has these addresses.
    pub(super) fn with_addresses(&self, addresses: &[IngressLoadBalancerIngress]) -> Vec<Arc<str>> {
        let notes = self.lock();
        let these = notes.addresses.iter().filter(|(_, has)| has.as_slice() == addresses);
        these.map(|(key, _)| Arc::clone(key)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn addresses_of(ingress: &Ingress) -> Vec<IngressLoadBalancerIngress> {
    let balancer = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    balancer.and_then(|balancer| balancer.ingress.clone()).unwrap_or_default()
}
