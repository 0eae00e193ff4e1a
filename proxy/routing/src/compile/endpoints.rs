//! EndpointSlices: the addresses of a Service's port that take requests.
//!
//! Ready ones; where there is none, those that still serve while they terminate, as kube-proxy does (KEP-1669).

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use k8s_openapi::api::discovery::v1::{Endpoint, EndpointSlice};
use rustc_hash::FxHashMap;
use weir_api::names::{REVISION_LABEL, SERVICE_NAME_LABEL};

use super::by_name::ByName;
use crate::rejection::Place;

/// Every EndpointSlice, by namespace and name of its Service.
#[derive(Debug, Default)]
pub(super) struct Endpoints<'o> {
    slices: ByName<'o, Vec<&'o EndpointSlice>>,
    /// By service key and port name. Routes share what they have in common.
    ready: FxHashMap<(Arc<str>, Box<str>), Ready>,
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

impl<'o> Endpoints<'o> {
    pub(super) fn read(slices: &'o [EndpointSlice]) -> Self {
        let mut by_service: ByName<'_, Vec<_>> = ByName::default();
        for slice in slices {
            let labels = slice.metadata.labels.as_ref();
            if let Some(service) = labels.and_then(|labels| labels.get(SERVICE_NAME_LABEL)) {
                let namespace = Place::new("EndpointSlice", &slice.metadata).namespace;
                by_service.or_default((namespace, service.as_str())).push(slice);
            }
        }
        Self { slices: by_service, ready: FxHashMap::default() }
    }

    /// The addresses of the port named `port` of a Service whose key is `key`.
    pub(super) fn ready(&mut self, service: (&str, &str), key: &Arc<str>, port: &str) -> &Ready {
        let slices = self.slices.get(service).map(Vec::as_slice).unwrap_or_default();
        self.ready.entry((Arc::clone(key), port.into())).or_insert_with(|| collect(slices, key, port))
    }
}

fn collect(slices: &[&EndpointSlice], key: &str, port: &str) -> Ready {
    let mut found: Vec<(SocketAddr, Option<&str>)> = addresses(slices, port, is_ready).collect();
    if found.is_empty() {
        found = addresses(slices, port, is_serving_still).collect();
    }
    let problem = found.is_empty().then(|| problem(slices, key, port).into());
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for revision in found.iter().filter_map(|(_, revision)| *revision) {
        *count.entry(revision).or_default() += 1;
    }
    let revision = count.into_iter().max_by_key(|(_, count)| *count).map(|(revision, _)| revision.into());
    let mut addresses: Vec<SocketAddr> = found.into_iter().map(|(address, _)| address).collect();
    addresses.sort_unstable();
    addresses.dedup();
    Ready { addresses: addresses.into(), revision, problem }
}

/// Addresses of the wanted endpoints, each with its slice's revision.
fn addresses<'s>(
    slices: &'s [&'s EndpointSlice],
    port: &'s str,
    is_wanted: impl Fn(&Endpoint) -> bool + Copy + 's,
) -> impl Iterator<Item = (SocketAddr, Option<&'s str>)> {
    slices.iter().filter_map(move |slice| Some((*slice, port_of(slice, port)?))).flat_map(
        move |(slice, number)| {
            let revision =
                slice.metadata.labels.as_ref().and_then(|l| l.get(REVISION_LABEL)).map(String::as_str);
            // An endpoint's addresses all lead to the same pod, so the first will do.
            let address = |e: &Endpoint| e.addresses.first()?.parse::<IpAddr>().ok();
            let wanted = slice.endpoints.iter().filter(move |endpoint| is_wanted(endpoint));
            wanted.filter_map(address).map(move |address| (SocketAddr::new(address, number), revision))
        },
    )
}

/// Number of the slice's port with this name.
fn port_of(slice: &EndpointSlice, name: &str) -> Option<u16> {
    let ports = slice.ports.as_deref().unwrap_or_default();
    let port = ports.iter().find(|port| port.name.as_deref().unwrap_or_default() == name)?;
    u16::try_from(port.port?).ok().filter(|number| *number > 0)
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

fn problem(slices: &[&EndpointSlice], key: &str, port: &str) -> String {
    if slices.is_empty() {
        return format!("Service {key} has no EndpointSlice");
    }
    let port_name = if port.is_empty() { "without a name".to_owned() } else { format!("named {port:?}") };
    let with_port: Vec<_> = slices.iter().filter(|slice| port_of(slice, port).is_some()).collect();
    if with_port.is_empty() {
        return format!("no EndpointSlice of Service {key} has a port {port_name}");
    }
    match with_port.iter().map(|slice| slice.endpoints.len()).sum::<usize>() {
        0 => format!("Service {key} has no endpoints"),
        some => format!("none of the {some} endpoints of Service {key} is ready"),
    }
}
