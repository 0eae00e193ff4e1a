//! A pod of a fleet that is not there yet: its name, its address, and what its containers run.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::PathBuf;

use k8s_openapi::api::core::v1::PodTemplateSpec;
use weir_api::{LocalImageSpec, Timestamp, Track};
use weir_directory::fnv1a;

use crate::catalog::Key;
use crate::local::address;
use crate::local::container::{Around, ContainerError, container};
use crate::local::process::resolve;
use crate::local::record::{ContainerRecord, MARK, PodRecord};

/// What local pods get from the controller.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Where programs are looked for before PATH.
    pub programs: Vec<PathBuf>,
    /// Variables that every process gets: PATH and the like.
    pub env: BTreeMap<String, String>,
}

/// Which pod.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) deployment: &'a Key,
    pub(super) track: Track,
    pub(super) revision: &'a str,
    pub(super) template: &'a PodTemplateSpec,
}

/// Why a pod cannot be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum BirthError {
    #[error(transparent)]
    Container(#[from] ContainerError),
    #[error("Deployment {0}: the pod template has no containers")]
    NoContainers(Key),
    #[error(
        "no free loopback address for a pod of {0}: something listens on its port on all addresses (0.0.0.0)?"
    )]
    NoAddress(Key),
}

/// A new pod. `seed` is new for each.
pub(super) fn birth(
    wish: &Wish<'_>,
    images: &BTreeMap<String, LocalImageSpec>,
    surroundings: &Surroundings,
    taken: &BTreeSet<Ipv4Addr>,
    (seed, now): (&str, Timestamp),
) -> Result<PodRecord, BirthError> {
    let Wish { deployment, track, revision, template } = wish;
    let spec = template.spec.as_ref().filter(|spec| !spec.containers.is_empty());
    let Some(spec) = spec else { return Err(BirthError::NoContainers((*deployment).clone())) };
    let side = if *track == Track::Stable { String::new() } else { format!("-{track}") };
    let name = format!("{}{side}-{revision}-{}", deployment.name, suffix(seed));
    let ports: Vec<u16> = spec
        .containers
        .iter()
        .flat_map(|c| c.ports.iter().flatten())
        .filter_map(|port| u16::try_from(port.container_port).ok())
        .collect();
    let address =
        address::free(seed, taken, &ports).ok_or_else(|| BirthError::NoAddress((*deployment).clone()))?;
    let labels = template.metadata.as_ref().and_then(|meta| meta.labels.clone()).unwrap_or_default();
    let around = Around {
        pod: &name,
        namespace: &deployment.namespace,
        address: address.to_string(),
        labels: &labels,
        inherited: &surroundings.env,
    };
    let path = surroundings.env.get("PATH").map(String::as_str);
    let find = |program: &str| resolve(program, &surroundings.programs, path);
    let containers: Result<Vec<ContainerRecord>, _> =
        spec.containers.iter().map(|c| container(c, images, &around, find)).collect();
    let mut containers = containers?;
    for container in &mut containers {
        let mark = format!("{}/{}", seed_mark(seed, &name), container.name);
        container.env.insert(MARK.to_owned(), mark);
    }
    let grace = spec.termination_grace_period_seconds.and_then(|seconds| u64::try_from(seconds).ok());
    Ok(PodRecord {
        name: name.clone(),
        deployment: (*deployment).clone(),
        track: *track,
        revision: (*revision).to_owned(),
        labels,
        address,
        created_at: now,
        grace_seconds: grace.unwrap_or(30),
        leaving_since: None,
        containers,
    })
}

/// What tells this pod's processes from those of every other state directory.
fn seed_mark(seed: &str, pod: &str) -> String {
    format!("{:016x}/{pod}", fnv1a(seed.as_bytes()))
}

/// Five characters as Kubernetes ends pod names: without vowels and what looks alike.
fn suffix(seed: &str) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut hash = fnv1a(seed.as_bytes());
    let letters = u64::try_from(LETTERS.len()).unwrap_or(1);
    (0..5)
        .filter_map(|_| {
            let index = usize::try_from(hash % letters).ok()?;
            hash /= letters;
            LETTERS.get(index).copied().map(char::from)
        })
        .collect()
}
