//! EndpointSlices: the addresses of a Service's port that take requests.
//!
//! Ready ones; where there is none, those that still serve while they terminate, as kube-proxy does (KEP-1669).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use rustc_hash::FxHashMap;
use weir_api::names::{REVISION_LABEL, SERVICE_NAME_LABEL};

use crate::external::WHY;
use crate::rejection::Place;

/// Every EndpointSlice, by the key of its Service and its own.
#[derive(Debug, Default)]
pub(super) struct Endpoints {
    by_service: FxHashMap<Arc<str>, Vec<(Arc<str>, Slice)>>,
    service_of: FxHashMap<Arc<str>, Arc<str>>,
}

/// One EndpointSlice, read.
#[derive(Debug)]
struct Slice {
    revision: Option<Arc<str>>,
    /// Name and number.
    ports: Box<[(Box<str>, Option<u16>)]>,
    endpoints: Box<[(Option<IpAddr>, Condition)]>,
    /// Why there is no address, where whoever asked for them knows it.
    why: Option<Arc<str>>,
}

/// Whether an endpoint takes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    Ready,
    /// It terminates, and still answers.
    ServingStill,
    Neither,
}

/// The addresses of one port.
#[derive(Clone, Debug)]
pub(super) struct Ready {
    pub(super) addresses: Arc<[SocketAddr]>,
    /// Revision of most of them, by the slices' label.
    pub(super) revision: Option<Arc<str>>,
    /// Why there is none.
    pub(super) problem: Option<Arc<str>>,
}

impl Endpoints {
    /// Reads a slice in place of the one of the same key, or takes it away. The keys of the Services whose addresses it changes.
    pub(super) fn set(&mut self, key: &Arc<str>, slice: Option<&EndpointSlice>) -> Vec<Arc<str>> {
        let before = self.service_of.remove(key);
        if let Some((service, slices)) =
            before.as_ref().and_then(|service| Some((service, self.by_service.get_mut(service)?)))
        {
            slices.retain(|(known, _)| known != key);
            if slices.is_empty() {
                self.by_service.remove(service);
            }
        }
        let after = slice.and_then(|slice| Some((service_of(slice)?, Slice::read(slice))));
        let after = after.map(|(service, slice)| {
            self.service_of.insert(Arc::clone(key), Arc::clone(&service));
            let slices = self.by_service.entry(Arc::clone(&service)).or_insert_with(|| Vec::with_capacity(1));
            slices.push((Arc::clone(key), slice));
            service
        });
        before.into_iter().chain(after).collect()
    }

    /// The addresses of the port named `port` of a Service.
    pub(super) fn ready(&self, service: &str, port: &str) -> Ready {
        let slices: Vec<&Slice> =
            self.by_service.get(service).into_iter().flatten().map(|(_, slice)| slice).collect();
        collect(&slices, service, port)
    }
}

/// Key of the Service that a slice belongs to.
fn service_of(slice: &EndpointSlice) -> Option<Arc<str>> {
    let name = slice.metadata.labels.as_ref()?.get(SERVICE_NAME_LABEL)?;
    Some(format!("{}/{name}", Place::new("EndpointSlice", &slice.metadata).namespace).into())
}

impl Slice {
    fn read(slice: &EndpointSlice) -> Self {
        let ports = slice.ports.as_deref().unwrap_or_default().iter().map(|port| {
            let number = port.port.and_then(|port| u16::try_from(port).ok()).filter(|number| *number > 0);
            (Box::from(port.name.as_deref().unwrap_or_default()), number)
        });
        let condition = |endpoint: &Endpoint| match endpoint {
            _ if is_ready(endpoint) => Condition::Ready,
            _ if is_serving_still(endpoint) => Condition::ServingStill,
            _ => Condition::Neither,
        };
        // An endpoint's addresses all lead to the same pod, so the first will do.
        let address = |endpoint: &Endpoint| endpoint.addresses.first()?.parse::<IpAddr>().ok();
        Self {
            revision: slice
                .metadata
                .labels
                .as_ref()
                .and_then(|l| l.get(REVISION_LABEL))
                .map(|r| r.as_str().into()),
            ports: ports.collect(),
            endpoints: slice.endpoints.iter().map(|e| (address(e), condition(e))).collect(),
            why: slice.metadata.annotations.as_ref().and_then(|a| a.get(WHY)).map(|why| why.as_str().into()),
        }
    }

    /// Number of the port with this name: the first of the name counts. One that lists no port has every one, named by its number, as no port of a Service is.
    fn port(&self, name: &str) -> Option<u16> {
        if self.ports.is_empty() {
            return name.parse().ok().filter(|number| *number > 0);
        }
        self.ports.iter().find(|(known, _)| **known == *name)?.1
    }
}

fn collect(slices: &[&Slice], key: &str, port: &str) -> Ready {
    let mut found: Vec<(SocketAddr, Option<&Arc<str>>)> = addresses(slices, port, Condition::Ready).collect();
    if found.is_empty() {
        found = addresses(slices, port, Condition::ServingStill).collect();
    }
    let problem = found.is_empty().then(|| problem(slices, key, port).into());
    let mut count: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
    for revision in found.iter().filter_map(|(_, revision)| *revision) {
        *count.entry(revision).or_default() += 1;
    }
    let revision =
        count.into_iter().max_by_key(|(_, count)| *count).map(|(revision, _)| Arc::clone(revision));
    let mut addresses: Vec<SocketAddr> = found.into_iter().map(|(address, _)| address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ready { addresses: addresses.into(), revision, problem }
}

/// Addresses of the endpoints in this condition, each with its slice's revision.
fn addresses<'s>(
    slices: &'s [&'s Slice],
    port: &'s str,
    wanted: Condition,
) -> impl Iterator<Item = (SocketAddr, Option<&'s Arc<str>>)> {
    slices.iter().filter_map(move |slice| Some((*slice, slice.port(port)?))).flat_map(
        move |(slice, number)| {
            let wanted = slice.endpoints.iter().filter(move |(_, condition)| *condition == wanted);
            wanted.filter_map(move |(address, _)| {
                Some((SocketAddr::new((*address)?, number), slice.revision.as_ref()))
            })
        },
    )
}

/// Unknown means ready (the API's own rule).
fn is_ready(endpoint: &Endpoint) -> bool {
    endpoint.conditions.as_ref().and_then(|c| c.ready).unwrap_or(true)
}

fn is_serving_still(endpoint: &Endpoint) -> bool {
    let condition = |of: fn(&k8s_openapi::api::discovery::v1::EndpointConditions) -> Option<bool>| {
        endpoint.conditions.as_ref().and_then(of) == Some(true)
    };
    condition(|c| c.serving) && condition(|c| c.terminating)
}

fn problem(slices: &[&Slice], key: &str, port: &str) -> String {
    if let Some(why) = slices.iter().find_map(|slice| slice.why.as_ref()) {
        return why.to_string();
    }
    // A number is no name of a port of a Service, and slices that list ports are what is left of another type.
    if port.parse::<u16>().is_ok() && slices.iter().all(|slice| !slice.ports.is_empty()) {
        return format!("Service {key} is an ExternalName, and its name was not resolved yet");
    }
    if slices.is_empty() {
        return format!("Service {key} has no EndpointSlice");
    }
    let port_name = if port.is_empty() { "without a name".to_owned() } else { format!("named {port:?}") };
    let with_port: Vec<_> = slices.iter().filter(|slice| slice.port(port).is_some()).collect();
    if with_port.is_empty() {
        return format!("no EndpointSlice of Service {key} has a port {port_name}");
    }
    match with_port.iter().map(|slice| slice.endpoints.len()).sum::<usize>() {
        0 => format!("Service {key} has no endpoints"),
        some => format!("none of the {some} endpoints of Service {key} is ready"),
    }
}
