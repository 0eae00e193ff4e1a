//! A canary and its control compared by metrics, by `weir judge`: a command as any other, so it goes on where this program ends.
//!
//! ```text
//! command   the stage's fields as arguments                     pure
//! stores    where the series are, and what opens them           files that go when it has ended
//! verdict   its report: what it hands on, and why it fails      pure
//! ```

mod command;
mod stores;
mod verdict;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use weir_pipeline::event::{Fault, News};
use weir_stages::work::Analysis;
use weir_step::{End, Standing};

use super::step::Command;
use super::{Ended, Job};
use crate::attempt::Attempt;
use crate::executor::Container;
use verdict::Verdict;

/// What the judge says where a store has no answer (`EX_UNAVAILABLE`).
const UNAVAILABLE: i32 = 69;

/// What the judge writes: for programs, and for people.
const REPORTS: [&str; 2] = ["report.json", "report.html"];

impl Job {
    pub(super) async fn analysis(&self, attempt: &Attempt, analysis: &Analysis) -> Result<Ended, Fault> {
        let program = self.shared.options.executor.program("weir").map_err(Fault::work)?;
        let folder = attempt.path().join("analysis");
        fs::create_dir_all(&folder).map_err(Fault::infrastructure)?;
        let config = self.config(&folder, &analysis.config)?;
        let workspace = self.shared.store.workspace(&self.key.run);
        let stores = stores::of(&analysis.metrics, &self.shared.secrets, &workspace, &folder)?;
        let mut line = vec![program, "judge".to_owned()];
        line.extend(["--config".to_owned(), config.to_string_lossy().into_owned()]);
        line.extend(stores.arguments);
        line.extend(command::arguments(analysis));
        for (option, name) in ["--report", "--page"].into_iter().zip(REPORTS) {
            line.extend([option.to_owned(), folder.join(name).to_string_lossy().into_owned()]);
        }
        let command = Command {
            kind: "analysis",
            line,
            environment: self.environment(attempt),
            secrets: stores.secrets,
            directory: workspace,
            services: &[],
            container: Container::default(),
        };
        let ended = self.command(attempt, command).await;
        stores::forget(&folder);
        if let Ok(Ended::Stopped) = ended {
            return ended;
        }
        self.keep_reports(&folder).map_err(Fault::infrastructure)?;
        match (verdict(&folder)?, ended) {
            (Some(verdict), Ok(_)) => Ok(Ended::Well(verdict.outputs())),
            (Some(verdict), Err(fault)) => {
                // A check after it may ask for its scores, and clean-up, too.
                self.tell(News::Made(verdict.outputs())).await;
                Err(fault_of(attempt, Fault { message: verdict.message(), ..fault }))
            }
            (None, Ok(_)) => Err(Fault::infrastructure("the judge has written no report")),
            (None, Err(fault)) => Err(fault_of(attempt, fault)),
        }
    }

    /// The file with the config.
    fn config(&self, folder: &Path, written: &Value) -> Result<PathBuf, Fault> {
        let Some(path) = written.as_str() else {
            let file = folder.join("config.json");
            fs::write(&file, written.to_string()).map_err(Fault::infrastructure)?;
            return Ok(file);
        };
        let file = self.shared.store.workspace(&self.key.run).join(path);
        if file.is_file() {
            return Ok(file);
        }
        Err(Fault::work(format!(
            "there is no {path} in the workspace: check the sources out before, or write the canary config into the stage"
        )))
    }

    /// Keeps what the judge has written with the run, in a folder of the stage's name.
    fn keep_reports(&self, folder: &Path) -> std::io::Result<()> {
        let kept = self.shared.store.artifacts(&self.key.run).join(&self.key.stage);
        for name in REPORTS.iter().filter(|name| folder.join(name).is_file()) {
            fs::create_dir_all(&kept)?;
            fs::copy(folder.join(name), kept.join(name))?;
        }
        Ok(())
    }
}

/// What the judge has found; `None`: it has not come that far.
fn verdict(folder: &Path) -> Result<Option<Verdict>, Fault> {
    let [report, _] = REPORTS;
    match fs::read(folder.join(report)) {
        Ok(bytes) => Verdict::read(&bytes).map(Some).map_err(Fault::infrastructure),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Fault::infrastructure(error)),
    }
}

/// A store without an answer is nothing that the canary did; it may answer another time.
fn fault_of(attempt: &Attempt, fault: Fault) -> Fault {
    let is_unavailable =
        matches!(weir_step::look(&attempt.step()), Ok(Standing::Ended(End::Exited { code: UNAVAILABLE })));
    if is_unavailable { Fault::infrastructure(fault.message) } else { fault }
}
