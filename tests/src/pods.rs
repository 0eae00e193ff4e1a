//! What a controller wrote down about its local pods.

use std::path::Path;

use serde_json::Value;

/// One local pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The Deployment that it belongs to.
    pub deployment: String,
    /// The image of its first container.
    pub image: String,
    /// Its track, such as `canary`.
    pub track: String,
    /// The process of its first container, where it runs.
    pub pid: Option<u32>,
    /// How often its containers were started again.
    pub restarts: u64,
    /// Whether it is on its way out.
    pub leaves: bool,
}

/// The pods whose records lie in `folder`, by name.
#[must_use]
pub fn read(folder: &Path) -> Vec<Pod> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let records = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let mut pods: Vec<Pod> = records.filter_map(|path| pod(&std::fs::read(path).ok()?)).collect();
    pods.sort_by(|a, b| a.name.cmp(&b.name));
    pods
}

fn pod(record: &[u8]) -> Option<Pod> {
    let record: Value = serde_json::from_slice(record).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let containers = record.get("containers")?.as_array()?;
    let pid = containers.first()?.pointer("/process/pid").and_then(Value::as_u64);
    Some(Pod {
        name: text(record.get("name")?)?,
        namespace: text(record.pointer("/deployment/namespace")?)?,
        deployment: text(record.pointer("/deployment/name")?)?,
        image: text(containers.first()?.get("image")?)?,
        track: text(record.get("track")?)?,
        pid: pid.and_then(|pid| u32::try_from(pid).ok()),
        restarts: containers.iter().filter_map(|container| container.get("restarts")?.as_u64()).sum(),
        leaves: record.get("leavingSince").is_some(),
    })
}
