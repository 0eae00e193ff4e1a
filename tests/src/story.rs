//! What a controller stored of one Canary, one state after the other, as anybody could read it from the state folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use weir_api::status::{CanaryStatus, Phase};
use weir_api::{Share, Track};

/// Time between two looks: far less than a controller leaves between two states, which is 50 milliseconds at least.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// One stored state, without what changes while nothing happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Name of the release.
    pub release: Option<String>,
    /// Where it stands.
    pub phase: Phase,
    /// Index of the step.
    pub step: Option<u32>,
    /// Number of the weight setting.
    pub epoch: u64,
    /// Share of the canary.
    pub canary: Share,
}

/// Follows the status file of one Canary on a thread of its own.
#[derive(Debug)]
pub struct Story {
    told: Arc<Mutex<Vec<(Instant, Told)>>>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Story {
    /// Follows the status file at `path`, which need not be there yet.
    #[must_use]
    pub fn follow(path: PathBuf) -> Self {
        let told = Arc::new(Mutex::new(Vec::new()));
        let end = Arc::new(AtomicBool::new(false));
        let (writes, ended) = (Arc::clone(&told), Arc::clone(&end));
        let look = move || {
            while !ended.load(Ordering::Relaxed) {
                if let Some(now) = read(&path) {
                    let mut told = writes.lock().unwrap_or_else(PoisonError::into_inner);
                    if told.last().is_none_or(|(_, last)| *last != now) {
                        told.push((Instant::now(), now));
                    }
                }
                std::thread::sleep(LOOK_EVERY);
            }
        };
        Self { told, end, thread: Some(std::thread::spawn(look)) }
    }

    /// Every state so far, in order; two that follow each other differ.
    #[must_use]
    pub fn told(&self) -> Vec<Told> {
        self.timed().into_iter().map(|(_, told)| told).collect()
    }

    /// The same with when each was seen first.
    #[must_use]
    pub fn timed(&self) -> Vec<(Instant, Told)> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The state that was seen last.
    #[must_use]
    pub fn last(&self) -> Option<Told> {
        self.told().pop()
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell that matters now.
            let _ = thread.join();
        }
    }
}

fn read(path: &Path) -> Option<Told> {
    let mut document: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let status: CanaryStatus = serde_json::from_value(document.get_mut("status")?.take()).ok()?;
    let CanaryStatus { release, phase, step, epoch, split, .. } = status;
    Some(Told {
        release: release.map(|release| release.name),
        phase,
        step,
        epoch,
        canary: split.map_or(Share::ZERO, |split| split.weight(Track::Canary)),
    })
}
