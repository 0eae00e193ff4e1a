//! What the runner's own pod says: which volume has the state, which image has the programs, where it runs.
//!
//! Pods of steps get the same volume, at the same places, so there is nothing to be set that could be set wrongly.

use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::{
    Container, LocalObjectReference, PersistentVolumeClaim, Pod, Volume, VolumeMount,
};
use kube::{Api, Client};

/// What the pods of steps have in common with the runner's.
#[derive(Clone, Debug, PartialEq)]
pub struct Own {
    /// Where all of them are.
    pub(crate) namespace: String,
    /// The image that has Weir's programs, and those of stages that need some of theirs.
    pub(crate) image: String,
    /// When it is pulled.
    pub(crate) pull_policy: Option<String>,
    pub(crate) pull_secrets: Option<Vec<LocalObjectReference>>,
    pub(crate) volume: Volume,
    /// Where the volume is mounted, and which part of it.
    pub(crate) mount: VolumeMount,
    /// The node that everything has to run on, where the volume is of one node at a time.
    pub(crate) node: Option<String>,
    pub(crate) user: i64,
    pub(crate) group: i64,
}

/// Why it cannot be said.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The API server does not say.
    #[error("cannot read {what}: {said}")]
    Unreadable {
        /// Which object.
        what: String,
        /// What it says.
        said: String,
    },
    /// Its state would be seen by no other pod.
    #[error(
        "pod {pod} has no volume at {}: mount a PersistentVolumeClaim there, as the pods of steps work in it too",
        folder.display()
    )]
    NoVolume {
        /// The runner's.
        pod: String,
        /// Folder of the state.
        folder: PathBuf,
    },
    /// It would be another one for every pod.
    #[error("the state is on volume {volume:?}, which no other pod can have: take a PersistentVolumeClaim")]
    NotShared {
        /// Its name in the pod.
        volume: String,
    },
}

impl Own {
    /// Of the pod of this name, which has its state in `state`.
    ///
    /// # Errors
    /// It cannot be read, or its state is on no volume that other pods can have, too.
    pub async fn look(client: &Client, namespace: &str, pod: &str, state: &Path) -> Result<Self, OwnError> {
        let unreadable = |what: &str| {
            let what = what.to_owned();
            move |error: kube::Error| OwnError::Unreadable { what, said: weir_kubernetes::words(&error) }
        };
        let pods: Api<Pod> = Api::namespaced(client.clone(), namespace);
        let own = pods.get(pod).await.map_err(unreadable(&format!("pod {namespace}/{pod}")))?;
        let mut this = Self::of(&own, namespace, state)?;
        if let Some(claim) = &this.volume.persistent_volume_claim {
            let claims: Api<PersistentVolumeClaim> = Api::namespaced(client.clone(), namespace);
            let name = &claim.claim_name;
            let claim = claims.get(name).await.map_err(unreadable(&format!("claim {namespace}/{name}")))?;
            if is_of_all_nodes(&claim) {
                this.node = None;
            }
        }
        Ok(this)
    }

    fn of(pod: &Pod, namespace: &str, state: &Path) -> Result<Self, OwnError> {
        let name = pod.metadata.name.clone().unwrap_or_default();
        let none = || OwnError::NoVolume { pod: name.clone(), folder: state.to_owned() };
        let spec = pod.spec.as_ref().ok_or_else(none)?;
        let mounts = spec.containers.iter().flat_map(|container| {
            container.volume_mounts.iter().flatten().map(move |mount| (container, mount))
        });
        // The deepest one counts, as for the kernel.
        let holding = mounts.filter(|(_, mount)| state.starts_with(&mount.mount_path));
        let (container, mount): (&Container, &VolumeMount) =
            holding.max_by_key(|(_, mount)| mount.mount_path.len()).ok_or_else(none)?;
        let volume =
            spec.volumes.iter().flatten().find(|volume| volume.name == mount.name).ok_or_else(none)?;
        let is_shared = volume.persistent_volume_claim.is_some()
            || volume.host_path.is_some()
            || volume.nfs.is_some()
            || volume.csi.is_some();
        if !is_shared {
            return Err(OwnError::NotShared { volume: volume.name.clone() });
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            image: container.image.clone().unwrap_or_default(),
            pull_policy: container.image_pull_policy.clone(),
            pull_secrets: spec.image_pull_secrets.clone(),
            volume: volume.clone(),
            mount: mount.clone(),
            node: spec.node_name.clone().filter(|_| volume.nfs.is_none()),
            user: i64::from(rustix::process::getuid().as_raw()),
            group: i64::from(rustix::process::getgid().as_raw()),
        })
    }
}

fn is_of_all_nodes(claim: &PersistentVolumeClaim) -> bool {
    let modes = claim.spec.as_ref().and_then(|spec| spec.access_modes.as_ref());
    modes.is_some_and(|modes| modes.iter().any(|mode| mode == "ReadWriteMany"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use k8s_openapi::api::core::v1::Pod;
    use serde_json::{Value, json};

    use super::Own;

    fn pod(volume: &Value) -> Pod {
        let mounts =
            json!([{"name": "state", "mountPath": "/var/lib/weir"}, {"name": "tmp", "mountPath": "/"}]);
        let container = json!({"name": "weir", "image": "weir-pipelines:1", "volumeMounts": mounts});
        let spec = json!({"nodeName": "n1", "containers": [container], "volumes": [volume, {"name": "tmp", "emptyDir": {}}]});
        serde_json::from_value(json!({"metadata": {"name": "runner"}, "spec": spec})).unwrap()
    }

    fn look(volume: &Value, state: &str) -> Result<Own, String> {
        Own::of(&pod(volume), "ci", Path::new(state)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_steps_share_with_the_runner_is_read_from_its_pod() {
        let claim = json!({"name": "state", "persistentVolumeClaim": {"claimName": "weir"}});
        let own = look(&claim, "/var/lib/weir/pipelines").unwrap();
        assert_eq!(
            (own.image.as_str(), own.mount.mount_path.as_str()),
            ("weir-pipelines:1", "/var/lib/weir")
        );
        assert_eq!(own.node.as_deref(), Some("n1"), "a claim may be of one node");
        let nfs = json!({"name": "state", "nfs": {"server": "s", "path": "/"}});
        assert_eq!(look(&nfs, "/var/lib/weir").unwrap().node, None);
    }

    #[test]
    fn state_that_no_other_pod_sees_is_refused() {
        let memory = json!({"name": "state", "emptyDir": {}});
        assert!(look(&memory, "/var/lib/weir").unwrap_err().contains("take a PersistentVolumeClaim"));
        assert!(look(&memory, "/elsewhere").unwrap_err().contains("\"tmp\""), "the deepest mount counts");
    }
}
