//! Waits until what was installed is ready, and says how far it is whenever that is different.

use std::time::Duration;

use anyhow::Result;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::ListParams;
use tokio::time::Instant;

use super::rollout::{Rollout, hindrance};
use super::{late, there};
use crate::cluster::Access;

/// The programs, by the name of their Deployments and the label of their pods.
pub(crate) const PROGRAMS: [&str; 2] = ["weir-proxy", "weir-controller"];

/// Time between two looks at the cluster.
const LOOK: Duration = Duration::from_millis(500);

/// Waits for every pod of the programs.
pub(crate) async fn until_ready(
    access: &Access,
    namespace: &str,
    timeout: Duration,
    mut say: impl FnMut(&str),
) -> Result<()> {
    let deadline = Instant::now() + timeout;
    let mut said: Vec<String> = Vec::new();
    loop {
        let (is_done, lines) = look(access, namespace).await?;
        for line in lines.iter().filter(|line| !said.contains(line)) {
            say(&format!("  {line}"));
        }
        said = lines;
        if is_done {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(late(&format!("not ready after {} s: {}", timeout.as_secs(), said.join("; "))));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether all are ready, and how far each is.
async fn look(access: &Access, namespace: &str) -> Result<(bool, Vec<String>)> {
    let (mut is_done, mut lines) = (true, Vec::new());
    for name in PROGRAMS {
        let found = there(access.api::<Deployment>(namespace).get(name).await);
        let found = found.map_err(|error| access.problem(&format!("read Deployment {name}"), error))?;
        let Some(rollout) = found.as_ref().map(Rollout::of) else {
            return Ok((false, vec![format!("{name}: is not there")]));
        };
        lines.push(format!("{name}: {} of {} ready", rollout.ready, rollout.wanted));
        if !rollout.is_done {
            is_done = false;
            let labelled = ListParams::default().labels(&format!("app.kubernetes.io/name={name}"));
            let pods = access.api::<Pod>(namespace).list(&labelled).await;
            let pods = pods.map_err(|error| access.problem("list pods", error))?;
            lines.extend(pods.iter().find_map(hindrance));
        }
    }
    Ok((is_done, lines))
}
