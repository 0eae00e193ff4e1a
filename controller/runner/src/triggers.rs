//! What starts runs without anybody asking by hand.
//!
//! ```text
//! defined    pipelines of a folder, the last good ones, with what their triggers want
//! hooks      calls of web hooks: refused, or events
//! timed      schedules                            polled: git remotes
//! started    events -> runs
//! memory     what has to be known after a restart
//! ```
//! A run that is asked for by an event carries the event's token, and a second one with the same token is the first one: so whatever is told again, by a
//! sender or after a kill, starts nothing again.

mod defined;
mod hooks;
mod memory;
mod polled;
mod started;
mod timed;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use weir_pipeline::Status;
use weir_trigger::Event;
use weir_trigger::definition::RunStatus;

use crate::runner::Runner;
use crate::view::RunView;

use defined::Folder;
pub use defined::{Defined, Problems, read};
use memory::Memory;

/// How often files and schedules are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// All triggers of the pipelines of a folder.
#[derive(Debug)]
pub struct Triggers {
    runner: Arc<Runner>,
    folder: Mutex<Folder>,
    defined: RwLock<Arc<Vec<Arc<Defined>>>>,
    memory: Memory,
    /// Bodies of calls that are in memory at once.
    bodies: tokio::sync::Semaphore,
}

impl Triggers {
    /// Those of the files in `folder`, with what is wrong with any of them.
    #[must_use]
    pub fn open(runner: Arc<Runner>, folder: PathBuf) -> (Arc<Self>, Vec<Problems>) {
        let memory = Memory::open(runner.store().folder());
        let this = Self {
            folder: Mutex::new(Folder::new(folder)),
            defined: RwLock::default(),
            bodies: tokio::sync::Semaphore::new(hooks::BODIES),
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

    /// Reads what has changed; what is wrong with it is told once.
    fn read(&self) -> Vec<Problems> {
        let (defined, problems) = {
            let mut folder = self.folder.lock().unwrap_or_else(PoisonError::into_inner);
            match folder.read() {
                Some(problems) => (folder.defined(), problems),
                None => return Vec::new(),
            }
        };
        self.runner.definitions().replace(defined.iter().map(|one| (one.name.clone(), one.pipeline.clone())));
        *self.defined.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(defined);
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
                self.read().iter().for_each(&told);
                self.look_at_schedules().await;
                self.look_at_ended().await;
                self.memory.store();
            }
        };
        tokio::select! {
            () = hooks => {}
            () = look => {}
            () = self.poll() => {}
            () = stop.cancelled() => {}
        }
        self.memory.store();
    }

    /// Runs that have ended since somebody last looked start those that wait for them.
    async fn look_at_ended(&self) {
        let since = self.memory.ended_since();
        let ended = self.runner.store().list(None, usize::MAX).unwrap_or_default();
        let ended = ended.into_iter().filter(|run| run.ended.is_some_and(|at| at > since));
        let mut ended: Vec<RunView> = ended.collect();
        ended.sort_by_key(|run| run.ended);
        for run in ended {
            let status = match run.status {
                Status::Succeeded | Status::Skipped => RunStatus::Succeeded,
                Status::Canceled => RunStatus::Canceled,
                // With an ignored failure, too: who wants that says `failed`.
                Status::FailedContinue | Status::Terminal | Status::Stopped | Status::NotRun => {
                    RunStatus::Failed
                }
                Status::NotStarted | Status::Running | Status::Paused => continue,
            };
            let token = format!("after/{}/{}", run.id, run.life);
            let event = Event::Pipeline { name: run.pipeline, run: run.id, status, trigger: run.trigger };
            self.start(&event, &token).await;
            if let Some(at) = run.ended {
                self.memory.saw_ended(at);
            }
        }
    }
}
