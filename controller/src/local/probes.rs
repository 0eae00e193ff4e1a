//! Whether containers can serve: asked beside everything else, so that a pod that hangs delays nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use weir_api::Timestamp;

use crate::fetch::{Target, get};
use crate::local::pod::Pod;
use crate::local::record::{Probe, ProbeKind};

/// An answer of health needs no more.
const MOST_BYTES: usize = 64 * 1024;

type Which = (String, usize);

/// The probes on their way.
#[derive(Debug, Default)]
pub(super) struct Probes {
    running: JoinSet<(Which, Result<(), String>)>,
    asked: BTreeSet<Which>,
}

impl Probes {
    /// Takes in the answers that have come.
    pub(super) fn collect(&mut self, pods: &mut BTreeMap<String, Pod>, now: Timestamp) {
        while let Some(done) = self.running.try_join_next() {
            let Ok((which, answer)) = done else { continue };
            self.asked.remove(&which);
            let (name, index) = which;
            if let Some(pod) = pods.get_mut(&name) {
                settle(pod, index, answer, now);
            }
        }
    }

    /// Asks the containers of a pod whose turn it is.
    pub(super) fn ask(&mut self, pod: &Pod, now: Timestamp) {
        for (index, (container, watched)) in pod.record.containers.iter().zip(&pod.containers).enumerate() {
            let period = Duration::from_secs(container.probe.period_seconds);
            let due = !watched.ready || watched.checked_at.is_none_or(|at| now.since(at) >= period);
            let which = (pod.record.name.clone(), index);
            if container.process.is_none() || !due || !self.asked.insert(which.clone()) {
                continue;
            }
            let (probe, address) = (container.probe.clone(), pod.record.address);
            self.running.spawn(async move { (which, look(&probe, address.into()).await) });
        }
    }
}

fn settle(pod: &mut Pod, index: usize, answer: Result<(), String>, now: Timestamp) {
    let (Some(container), Some(watched)) = (pod.record.containers.get(index), pod.containers.get_mut(index))
    else {
        return;
    };
    // It may have ended since it was asked.
    if container.process.is_none() {
        return;
    }
    watched.checked_at = Some(now);
    match answer {
        Ok(()) => (watched.ready, watched.failures, watched.problem) = (true, 0, None),
        Err(problem) => {
            watched.failures = watched.failures.saturating_add(1);
            watched.ready &= watched.failures < container.probe.failures;
            if !watched.ready {
                watched.problem = Some(format!("container {}: {problem}", container.name));
            }
        }
    }
}

async fn look(probe: &Probe, address: std::net::IpAddr) -> Result<(), String> {
    let deadline = Duration::from_secs(probe.timeout_seconds);
    match &probe.kind {
        ProbeKind::Running => Ok(()),
        ProbeKind::Tcp { port } => {
            let connect = TcpStream::connect(SocketAddr::new(address, *port));
            match tokio::time::timeout(deadline, connect).await {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(_)) => Err(format!("nothing listens on {address}:{port} yet")),
                Err(_) => Err(format!("{address}:{port} does not accept connections")),
            }
        }
        ProbeKind::Http { port, path } => {
            let target = Target::from(SocketAddr::new(address, *port));
            match get(&target, path, deadline, MOST_BYTES).await {
                Ok((200..=399, _)) => Ok(()),
                Ok((status, _)) => Err(format!("GET {target}{path} answered {status}")),
                Err(error) => Err(format!("GET {target}{path}: {error}")),
            }
        }
    }
}
