//! What proxies were told of pods: one file of the state directory for each object.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use k8s_openapi::api::discovery::v1::EndpointSlice;
use weir_directory::{StateDirectory, StateError};

use super::endpoints::Written;

/// What proxies were told of pods.
#[derive(Debug)]
pub(super) struct Listing {
    files: BTreeSet<String>,
    /// Whether that is what they should be told.
    is_stored: bool,
}

impl Listing {
    /// What an earlier controller told.
    pub(super) fn open(state: &StateDirectory) -> Result<Self, StateError> {
        let ours = |file: &String| {
            file.starts_with("objects/service.") || file.starts_with("objects/endpointslice.")
        };
        Ok(Self { files: state.list("objects")?.into_iter().filter(ours).collect(), is_stored: false })
    }

    /// Addresses that proxies were told can serve. A file that cannot be read tells nothing.
    pub(super) fn told_ready(&self, state: &StateDirectory) -> BTreeSet<Ipv4Addr> {
        let slices = self.files.iter().filter(|file| file.starts_with("objects/endpointslice."));
        let slices = slices.filter_map(|file| state.read::<EndpointSlice>(file).ok().flatten());
        let endpoints = slices.flat_map(|slice| slice.endpoints);
        endpoints
            .filter(|endpoint| {
                endpoint.conditions.as_ref().is_some_and(|conditions| conditions.ready == Some(true))
            })
            .flat_map(|endpoint| endpoint.addresses)
            .filter_map(|address| address.parse().ok())
            .collect()
    }

    pub(super) fn is_stored(&self) -> bool {
        self.is_stored
    }

    /// Tells them this. What cannot be stored is tried again the next time.
    pub(super) fn store(&mut self, state: &StateDirectory, objects: &BTreeMap<String, Written>) {
        let mut stored = true;
        for (path, object) in objects {
            match state.write(path, object) {
                Ok(_) => {
                    self.files.insert(path.clone());
                }
                Err(error) => {
                    stored = false;
                    tracing::error!(%error, "proxies cannot be told about a change of the pods");
                }
            }
        }
        self.files.retain(|path| {
            let gone = !objects.contains_key(path);
            let kept = gone && state.remove(path).is_err();
            stored &= !kept;
            !gone || kept
        });
        self.is_stored = stored;
    }

    /// Takes everything back.
    pub(super) fn withdraw(self, state: &StateDirectory) -> Result<(), StateError> {
        self.files.iter().try_for_each(|file| state.remove(file).map(drop))
    }
}
