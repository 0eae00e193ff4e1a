//! What starts runs without anybody asking by hand.
//!
//! ```text
//! defined    pipelines and freezes of a folder, the last good ones, with what their triggers want
//! hooks      calls of web hooks: refused, or events                                  sonarqube: one that only wakes
//! timed      schedules                            polled: git remotes, registries          ended: runs after runs
//! started    events -> runs                       pushed: what a run does, where the pushed commit has a say in it
//! memory     what has to be known after a restart
//! ```
//! A run that is asked for by an event carries the event's token, and a second one with the same token is the first one: so whatever is told again, by a
//! sender or after a kill, starts nothing again.

mod defined;
mod ended;
mod hooks;
mod memory;
mod polled;
mod pushed;
mod sonarqube;
mod started;
mod timed;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::runner::Runner;

use defined::Folder;
pub use defined::{Defined, Document, Problems, read};
use memory::Memory;

/// How often files and schedules are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Files of pushed commits that are fetched at once.
const FETCHES: usize = 4;

/// All triggers of the pipelines of a folder.
#[derive(Debug)]
pub struct Triggers {
    runner: Arc<Runner>,
    folder: Mutex<Folder>,
    defined: RwLock<Arc<Vec<Arc<Defined>>>>,
    memory: Memory,
    /// Memory for bodies of calls.
    bodies: weir_serve::Budget,
    /// Files that are fetched at once.
    fetches: tokio::sync::Semaphore,
    /// Deliveries that somebody is at, whether their senders wait or not.
    tasks: TaskTracker,
    ends: CancellationToken,
}

impl Triggers {
    /// Those of the files in `folder`, with what is wrong with any of them.
    #[must_use]
    pub fn open(runner: Arc<Runner>, folder: PathBuf) -> (Arc<Self>, Vec<Problems>) {
        // What cannot be read now could not when the runner was opened, either, and was told.
        let before = runner.store().freezes().unwrap_or_default();
        let memory = Memory::open(runner.store().folder(), runner.now());
        let this = Self {
            folder: Mutex::new(Folder::new(folder, before)),
            defined: RwLock::default(),
            bodies: weir_serve::Budget::new(hooks::BODIES),
            fetches: tokio::sync::Semaphore::new(FETCHES),
            tasks: TaskTracker::new(),
            ends: CancellationToken::new(),
            memory,
            runner,
        };
        let problems = this.read();
        (Arc::new(this), problems)
    }

    /// The pipelines that there are.
    #[must_use]
    pub fn defined(&self) -> Arc<Vec<Arc<Defined>>> {
        Arc::clone(&self.defined.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads what has changed at once, for whoever has changed it and knows that it is right. It would be read within a second anyway.
    pub fn refresh(&self) {
        for Problems { file, problems } in self.read() {
            tracing::warn!(file = %file.display(), problems = %problems.join("; "), "a definition is wrong");
        }
    }

    /// Reads what has changed; what is wrong with it is told once.
    fn read(&self) -> Vec<Problems> {
        let (defined, freezes, problems) = {
            let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
            match folder.read() {
                Some(problems) => (folder.defined(), folder.freezes(), problems),
                None => return Vec::new(),
            }
        };
        self.runner.freeze(freezes);
        self.runner.definitions().replace(defined.iter().map(|one| (one.name.clone(), one.pipeline.clone())));
        *self.defined.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(defined);
        problems
    }

    /// Looks once at everything that is looked at again and again, whether it is time or not: files, schedules, runs that have ended, remotes, registries. What is wrong
    /// with a file is told once.
    pub async fn look(&self) -> Vec<Problems> {
        let problems = self.look_here().await;
        self.ask_all().await;
        self.memory.store();
        problems
    }

    /// The same without others, who are asked at their own times.
    async fn look_here(&self) -> Vec<Problems> {
        let problems = self.read();
        self.look_at_schedules().await;
        self.look_at_ended().await;
        self.memory.store();
        problems
    }

    /// Listens, and looks at the clock and at remotes, until `stop`. `told` hears of files that are wrong from now on.
    pub async fn serve(
        self: Arc<Self>,
        listener: Option<TcpListener>,
        stop: CancellationToken,
        told: impl Fn(&Problems) + Send,
    ) {
        let hooks = async {
            match listener {
                None => std::future::pending().await,
                Some(listener) => {
                    let this = Arc::clone(&self);
                    let answer = move |request, _peer| {
                        let this = Arc::clone(&this);
                        async move { this.answer(request).await }
                    };
                    weir_serve::listen(listener, None, stop.clone(), answer).await;
                }
            }
        };
        let look = async {
            let mut ticks = tokio::time::interval(EVERY);
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                self.look_here().await.iter().for_each(&told);
            }
        };
        tokio::select! {
            () = hooks => {}
            () = look => {}
            () = self.poll() => {}
            () = stop.cancelled() => {}
        }
        self.ends.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.memory.store();
    }
}
