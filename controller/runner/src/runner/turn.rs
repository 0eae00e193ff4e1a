//! Whose turn it is of a pipeline's runs.

use tokio::sync::oneshot;
use weir_pipeline::Status;
use weir_pipeline::event::{Ask, Command};
use weir_pipeline::queue::{Decision, Queued, admit};

use super::Shared;
use crate::drive::{Live, Told};

impl Shared {
    /// Gives each free place of a pipeline to the run whose turn it is.
    pub(super) async fn decide(&self, pipeline: &str) {
        let _one = self.deciding.lock().await;
        let lives: Vec<Live> =
            self.lives().values().filter(|live| live.about.pipeline == pipeline).cloned().collect();
        let Some(newest) = lives.iter().max_by_key(|live| live.run.borrow().created) else { return };
        let concurrency = newest.about.definition.concurrency;
        let standing = |live: &Live| (live.run.borrow().status, queued(live));
        let all: Vec<(Status, Queued)> = lives.iter().map(standing).collect();
        let goes_on = |status: Status| matches!(status, Status::Running | Status::Paused);
        let running = all.iter().filter(|(status, _)| goes_on(*status)).count();
        let waiting: Vec<Queued> = all
            .into_iter()
            .filter(|(status, _)| *status == Status::NotStarted)
            .map(|(_, queued)| queued)
            .collect();
        for decision in admit(concurrency, running, &waiting) {
            let (id, ask) = match decision {
                Decision::Admit(id) => (id, Ask::Admit),
                Decision::Supersede { id, newer } => (id, Ask::Supersede { newer }),
            };
            let Some(live) = lives.iter().find(|live| live.run.borrow().id == id) else { continue };
            let (answer, answered) = oneshot::channel();
            let command = Command { by: "the queue".to_owned(), life: live.run.borrow().life, ask };
            if live.told.send(Told::Asked(command, answer)).await.is_ok() {
                // Refused: somebody was faster, and cancelled it.
                let _refused = answered.await;
            }
        }
    }
}

fn queued(live: &Live) -> Queued {
    let run = live.run.borrow();
    Queued { created: run.created, id: run.id.clone() }
}
