//! A command as a pod, from its start to its end.

mod cleared;
mod job;
mod started;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::{Api, Client};
use tokio_util::sync::CancellationToken;
use weir_pipeline::event::Fault;
use weir_runner::executor::{Ending, Executor, Task};
use weir_step::{End, Folder};

use crate::own::Own;
use crate::pod::{Settings, infrastructure, name};
use crate::printed;
use crate::standing::{Standing, standing};
use crate::watched::Watched;

/// What the stage does that is a container of its own.
const JOB: &str = "job";
/// How soon an end is seen: it lies on the volume before the kubelet tells of it.
const LOOK: Duration = Duration::from_millis(250);
/// How long an end may take from the machine of the pod to this one, once its pod is over.
const VISIBLE: Duration = Duration::from_secs(5);
/// How long a pod may take to start.
const STARTS_WITHIN: Duration = Duration::from_mins(10);
/// After it was asked to end, how long a step has before its pod is deleted: its own grace, and some more.
const STOPS_WITHIN: Duration = Duration::from_secs(40);

/// Runs commands as pods.
pub struct Pods {
    client: Client,
    settings: Settings,
    watched: Arc<Watched>,
}

impl fmt::Debug for Pods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pods").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Executor for Pods {
    fn environment(&self) -> BTreeMap<String, String> {
        // The image says what its programs need.
        BTreeMap::new()
    }

    fn program(&self, name: &str) -> Result<String, String> {
        Ok(name.to_owned())
    }

    fn run<'a>(&'a self, task: &'a Task, cancel: &'a CancellationToken) -> Ending<'a> {
        if task.kind == JOB {
            return Box::pin(self.run_job(task, cancel));
        }
        Box::pin(async move {
            let pods = self.pods();
            let name = name::of(&task.key);
            let end = tokio::select! {
                end = self.until_ended(task, &name, cancel) => end,
                never = printed::follow(&pods, &name, task) => match never {},
            };
            printed::last_words(&pods, &name, task).await;
            self.clear(&name).await;
            end
        })
    }
}

/// What comes after a look.
enum Next {
    /// Another one: an end lies in the folder.
    Again,
    /// It was cancelled before it was started.
    Nothing,
}

/// One step as it is looked after.
struct Look<'a> {
    task: &'a Task,
    name: &'a str,
    step: Folder,
    since: Instant,
    /// When it was asked to end.
    asked: Option<Instant>,
    /// When its pod was seen to be over without an end.
    over: Option<Instant>,
    told: Option<String>,
}

impl Pods {
    /// With the programs and the volume of the runner's own pod. `keeper` is where its image has `weir-step`; `step_image` is for steps that name none.
    #[must_use]
    pub fn new(client: Client, own: Own, keeper: String, step_image: Option<String>) -> Self {
        let settings = Settings { own, keeper, step_image };
        Self { client, settings, watched: Arc::new(Watched::new()) }
    }

    /// Keeps what is known of pods up to date, for ever.
    pub async fn watch(&self) {
        self.watched.keep(&self.client, &self.settings.own.namespace).await;
    }

    fn pods(&self) -> Api<Pod> {
        Api::namespaced(self.client.clone(), &self.settings.own.namespace)
    }

    fn secrets(&self) -> Api<Secret> {
        Api::namespaced(self.client.clone(), &self.settings.own.namespace)
    }

    async fn until_ended(
        &self,
        task: &Task,
        name: &str,
        cancel: &CancellationToken,
    ) -> Result<Option<End>, Fault> {
        let mut changes = self.watched.changes();
        // An error: the watch is gone, and with it this program.
        let _gone = changes.wait_for(|is_listed| *is_listed).await.is_err();
        let step = task.attempt.step();
        let mut look = Look { task, name, step, since: Instant::now(), asked: None, over: None, told: None };
        loop {
            if let Some(end) = look.step.end().map_err(|error| infrastructure(&error))? {
                return Ok(Some(end));
            }
            if let Next::Nothing = self.look(&mut look, cancel.is_cancelled()).await? {
                return Ok(None);
            }
            let is_new = !cancel.is_cancelled();
            tokio::select! {
                _ = changes.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = cancel.cancelled(), if is_new => {}
            }
        }
    }

    /// Looks once, and does what is to be done.
    async fn look(&self, look: &mut Look<'_>, is_cancelled: bool) -> Result<Next, Fault> {
        let Some(pod) = self.watched.get(look.name) else { return self.without(look, is_cancelled).await };
        match standing(&pod, &look.task.services) {
            Standing::Over(end) => look.over(&end),
            Standing::Refused(fault) => Err(fault),
            Standing::Running => {
                if is_cancelled {
                    self.stop(look).await?;
                }
                Ok(Next::Again)
            }
            Standing::Waiting(_) if is_cancelled => {
                let is_first = look.asked.is_none();
                // One that starts meanwhile ends at once.
                let asked = look.ask_to_end()?;
                if is_first || asked.elapsed() > STOPS_WITHIN {
                    self.clear(look.name).await;
                }
                Ok(Next::Again)
            }
            Standing::Waiting(why) => {
                look.tell(why.as_deref()).await;
                if look.since.elapsed() < STARTS_WITHIN {
                    return Ok(Next::Again);
                }
                let why = why.map(|why| format!(": {why}")).unwrap_or_default();
                Err(infrastructure(&format!("its pod has not started within {STARTS_WITHIN:?}{why}")))
            }
        }
    }

    /// There is no pod: it is to be started, or it is gone.
    async fn without(&self, look: &mut Look<'_>, is_cancelled: bool) -> Result<Next, Fault> {
        if self.exists(look.name).await {
            // The watch will tell of it.
            return Ok(Next::Again);
        }
        if look.step.is_kept().map_err(|error| infrastructure(&error))? {
            return look
                .over(&End::TakenAway { reason: "its pod is gone: deleted, or its node is".to_owned() });
        }
        if is_cancelled {
            return Ok(Next::Nothing);
        }
        self.start(look.task).await?;
        Ok(Next::Again)
    }

    /// Asks a step to end; one that does not is ended with its pod.
    async fn stop(&self, look: &mut Look<'_>) -> Result<(), Fault> {
        if look.ask_to_end()?.elapsed() > STOPS_WITHIN {
            self.clear(look.name).await;
        }
        Ok(())
    }
}

impl Look<'_> {
    /// Whoever is started from now on ends at once. When that was first.
    fn ask_to_end(&mut self) -> Result<Instant, Fault> {
        if let Some(asked) = self.asked {
            return Ok(asked);
        }
        std::fs::create_dir_all(self.step.path()).map_err(|error| infrastructure(&error))?;
        weir_step::stop(&self.step).map_err(|error| infrastructure(&error))?;
        let now = Instant::now();
        self.asked = Some(now);
        Ok(now)
    }

    /// Its pod is over, and its end is not there: on its way maybe.
    fn over(&mut self, end: &End) -> Result<Next, Fault> {
        if self.over.get_or_insert_with(Instant::now).elapsed() < VISIBLE {
            return Ok(Next::Again);
        }
        self.step.conclude(end).map_err(|error| infrastructure(&error))?;
        Ok(Next::Again)
    }

    async fn tell(&mut self, why: Option<&str>) {
        if let Some(why) = why
            && self.told.as_deref() != Some(why)
        {
            self.told = Some(why.to_owned());
            self.task.progress.say(why).await;
        }
    }
}
