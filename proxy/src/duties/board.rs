//! What publishing has found, for whoever tells the cluster.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::api::networking::v1::{Ingress, IngressLoadBalancerIngress};
use weir_routing::Rejection;

/// What there is to tell.
#[derive(Debug, Default)]
pub(crate) struct Board(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    /// By key of an Ingress of ours: the addresses in its status.
    addresses: BTreeMap<Arc<str>, Vec<IngressLoadBalancerIngress>>,
    faults: Arc<[Rejection]>,
}

impl Board {
    /// An Ingress is there, or gone.
    pub(crate) fn ingress(&self, key: &Arc<str>, now: Option<&Ingress>) {
        let mut notes = self.lock();
        match now {
            Some(ingress) => drop(notes.addresses.insert(Arc::clone(key), addresses_of(ingress))),
            None => drop(notes.addresses.remove(key)),
        }
    }

    /// Everything that is wrong now.
    pub(crate) fn set_faults(&self, faults: Vec<Rejection>) {
        self.lock().faults = faults.into();
    }

    /// Everything that is wrong now.
    pub(super) fn faults(&self) -> Arc<[Rejection]> {
        Arc::clone(&self.lock().faults)
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

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn addresses_of(ingress: &Ingress) -> Vec<IngressLoadBalancerIngress> {
    let balancer = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    balancer.and_then(|balancer| balancer.ingress.clone()).unwrap_or_default()
}
