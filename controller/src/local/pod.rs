//! One pod while the controller lives: its processes are watched, started again with a back-off, and let go in order.
//!
//! A pod that leaves is first taken out of the `EndpointSlices`, then waits for its connections to end, then gets SIGTERM, then SIGKILL.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use rustix::process::Signal;
use weir_api::Timestamp;

use crate::catalog::Key;
use crate::local::address;
use crate::local::connections::Connections;
use crate::local::process::{self, Process, Start};
use crate::local::record::{ContainerRecord, PodRecord};

/// What proxies need at most to see that an endpoint is gone.
const QUIET: Duration = Duration::from_secs(2);
const FIRST_BACK_OFF: Duration = Duration::from_secs(1);
const LONGEST_BACK_OFF: Duration = Duration::from_mins(1);
/// A process that ran this long begins with the first back-off again.
const STEADY: Duration = Duration::from_mins(1);

/// One pod.
#[derive(Debug)]
pub(super) struct Pod {
    /// What is written down about it.
    pub(super) record: PodRecord,
    /// The Canary that asked for it.
    pub(super) canary: Option<Key>,
    /// Its containers, in the order of the record.
    pub(super) containers: Vec<Watched>,
    /// When it got SIGTERM.
    terminated_at: Option<Timestamp>,
    /// Whether the record has to be written again.
    pub(super) unsaved: bool,
    /// Whether it has to be made anew at another address.
    pub(super) lost_its_address: bool,
}

/// One container's process.
#[derive(Debug, Default)]
pub(super) struct Watched {
    child: Option<Child>,
    /// Whether it can serve.
    pub(super) ready: bool,
    /// Looks in a row that failed.
    pub(super) failures: u32,
    /// When it was looked at last.
    pub(super) checked_at: Option<Timestamp>,
    started_at: Option<Timestamp>,
    start_again_at: Option<Timestamp>,
    exits_in_a_row: u32,
    /// Why it is not ready.
    pub(super) problem: Option<String>,
}

impl Pod {
    /// A pod as its record says, with the processes that still run.
    pub(super) fn new(record: PodRecord) -> Self {
        let containers = record.containers.iter().map(|_| Watched::default()).collect();
        Self {
            record,
            canary: None,
            containers,
            terminated_at: None,
            unsaved: false,
            lost_its_address: false,
        }
    }

    /// An earlier controller saw that it can serve: true for what still runs until it is seen otherwise.
    pub(super) fn was_ready(&mut self) {
        for (container, watched) in self.record.containers.iter().zip(&mut self.containers) {
            watched.ready = container.process.is_some_and(Process::is_running);
        }
    }

    /// Whether every container can serve.
    pub(super) fn is_ready(&self) -> bool {
        self.record.leaving_since.is_none() && self.containers.iter().all(|container| container.ready)
    }

    /// Whether it is on its way up or out, and not in a back-off.
    pub(super) fn is_moving(&self) -> bool {
        let starting = |container: &Watched| !container.ready && container.exits_in_a_row < 2;
        self.record.leaving_since.is_some() || self.containers.iter().any(starting)
    }

    /// Why it is not ready.
    pub(super) fn problem(&self) -> Option<String> {
        self.containers
            .iter()
            .filter(|container| !container.ready)
            .find_map(|container| container.problem.clone())
    }

    /// Sees which processes have ended and starts what should run. Says what happened.
    pub(super) fn watch(&mut self, logs: &Path, now: Timestamp) -> Vec<(String, bool)> {
        let mut events = Vec::new();
        let leaving = self.record.leaving_since.is_some();
        let name = self.record.name.clone();
        let address = self.record.address;
        for (container, watched) in self.record.containers.iter_mut().zip(&mut self.containers) {
            let log = logs.join(format!("{name}.{}.log", container.name));
            if let Some(text) = watched.see_exit(container, &log, now) {
                self.unsaved = true;
                if !leaving {
                    let again = watched.back_off();
                    watched.start_again_at = Some(now.plus(again));
                    let text = format!(
                        "pod {name}: {text}; starts again in {}",
                        weir_rollout::message::duration(again)
                    );
                    events.push((text, true));
                }
            }
            let due = watched.start_again_at.is_none_or(|at| at <= now);
            if container.process.is_none() && !leaving && due {
                let mut ports = container.ports.iter().map(|port| port.number);
                if let Some(port) = ports.find(|port| !address::is_free(address, *port)) {
                    self.lost_its_address = true;
                    events.push((
                        format!("pod {name}: {address}:{port} is taken by another program; the pod moves"),
                        true,
                    ));
                    continue;
                }
                self.unsaved = true;
                events.extend(
                    watched.start(container, &log, now).map(|text| (format!("pod {name}: {text}"), true)),
                );
            }
        }
        events
    }

    /// Takes the pod out of service; it ends in [`Self::let_go`].
    pub(super) fn leave(&mut self, now: Timestamp) {
        if self.record.leaving_since.is_none() {
            self.record.leaving_since = Some(now);
            self.unsaved = true;
        }
    }

    /// Goes on with the end of a pod that leaves; true once nothing of it runs. `is_unlisted`: proxies have been told that it leaves.
    pub(super) fn let_go(
        &mut self,
        is_unlisted: bool,
        connections: &mut Connections,
        now: Timestamp,
    ) -> bool {
        let Some(since) = self.record.leaving_since else { return false };
        if self.processes().next().is_none() {
            return true;
        }
        let grace = Duration::from_secs(self.record.grace_seconds);
        match self.terminated_at {
            None => {
                let waited = now.since(since);
                let is_quiet = is_unlisted && waited >= QUIET;
                if is_quiet && (waited >= grace.max(QUIET) || !self.is_connected(connections, now)) {
                    self.signal(Signal::TERM);
                    self.terminated_at = Some(now);
                }
            }
            Some(at) if now.since(at) >= grace => self.signal(Signal::KILL),
            Some(_) => {}
        }
        false
    }

    /// Signals every process.
    pub(super) fn signal(&self, signal: Signal) {
        self.processes().for_each(|process| process.signal(signal));
    }

    /// The processes that run.
    pub(super) fn processes(&self) -> impl Iterator<Item = Process> + '_ {
        self.record
            .containers
            .iter()
            .filter_map(|container| container.process)
            .filter(|process| process.is_running())
    }

    /// Collects what is left of processes that ended.
    pub(super) fn reap(&mut self) {
        for watched in &mut self.containers {
            // Errors mean that there is nothing to collect.
            let _ended = watched.child.as_mut().map(Child::try_wait);
        }
    }

    fn is_connected(&self, connections: &mut Connections, now: Timestamp) -> bool {
        let ports = self.record.containers.iter().flat_map(|c| &c.ports).map(|port| port.number);
        connections.to(self.record.address, ports, now) > 0
    }
}

impl Watched {
    /// Whether the process has ended since the last look, and how.
    fn see_exit(&mut self, container: &mut ContainerRecord, log: &Path, now: Timestamp) -> Option<String> {
        let process = container.process?;
        let status = match self.child.as_mut().map(Child::try_wait) {
            Some(Ok(None)) => return None,
            Some(Ok(Some(status))) => Some(status),
            // Somebody else's child: there is no more to know than that it is gone.
            Some(Err(_)) | None if process.is_running() => return None,
            Some(Err(_)) | None => None,
        };
        container.process = None;
        self.child = None;
        self.ready = false;
        let ran = self.started_at.map(|started| now.since(started));
        self.exits_in_a_row =
            if ran.is_some_and(|ran| ran >= STEADY) { 1 } else { self.exits_in_a_row.saturating_add(1) };
        let after =
            ran.map(|ran| format!(" after {}", weir_rollout::message::duration(ran))).unwrap_or_default();
        let said = process::last_line(log).map(|line| format!("; it said: {line}")).unwrap_or_default();
        let text = format!(
            "container {} ({}) {}{after}{said}; log: {}",
            container.name,
            container.image,
            process::words(status),
            log.display()
        );
        self.problem = Some(text.clone());
        Some(text)
    }

    fn back_off(&self) -> Duration {
        let doublings = self.exits_in_a_row.saturating_sub(1).min(10);
        FIRST_BACK_OFF.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF)
    }

    /// Starts the process; says why it cannot.
    fn start(&mut self, container: &mut ContainerRecord, log: &Path, now: Timestamp) -> Option<String> {
        if self.started_at.is_some() || self.exits_in_a_row > 0 {
            container.restarts = container.restarts.saturating_add(1);
        }
        self.started_at = Some(now);
        self.failures = 0;
        let start = Start {
            program: &container.program,
            arguments: &container.arguments,
            env: &container.env,
            directory: container.directory.as_deref(),
            log,
        };
        match process::start(&start) {
            Ok((child, process)) => {
                self.child = Some(child);
                container.process = Some(process);
                self.problem = Some(format!("container {} has only just started", container.name));
                None
            }
            Err(error) => {
                self.exits_in_a_row = self.exits_in_a_row.saturating_add(1);
                self.start_again_at = Some(now.plus(self.back_off()));
                let program = container.program.display();
                let text = format!("container {} cannot be started: {program}: {error}", container.name);
                self.problem = Some(text.clone());
                Some(text)
            }
        }
    }
}
