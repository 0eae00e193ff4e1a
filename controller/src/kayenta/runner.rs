//! Runs what was asked for, and writes down how it goes. What had not ended when the program did is run again: its windows are those of then.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use weir_judge::kayenta::plan::{Plan, Window};

use super::document::{Asker, CanaryAnalysis, CanaryExecution, Span, Status, exception};
use super::shelf::{Shelf, held};
use super::{Refusal, Settings, pairs, request};
use crate::analysis::instant::{now, until};
use crate::analysis::{AnalysisError, Compared, Execution, result, run};

mod story;

use story::Story;

/// Most that run or wait at once.
const MOST: usize = 500;

/// Runs executions and analyses.
pub(super) struct Runner {
    shelf: Arc<Shelf>,
    settings: Arc<Settings>,
    stop: CancellationToken,
}

/// What somebody asks to be run.
pub(super) struct Wanted {
    pub(super) asker: Asker,
    pub(super) config_id: Option<String>,
    pub(super) config: Value,
    pub(super) request: Value,
}

/// A new name; later ones are greater (UUID version 7, RFC 9562, section 5.7).
pub(super) fn id() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (millis, first, second) = (now().unsigned_abs() & 0xffff_ffff_ffff, random(), random());
    format!(
        "{:08x}-{:04x}-7{:03x}-{:04x}-{:012x}",
        millis >> 16,
        millis & 0xffff,
        first & 0xfff,
        0x8000 | ((first >> 12) & 0x3fff),
        second & 0xffff_ffff_ffff
    )
}

impl Runner {
    pub(super) fn new(shelf: Arc<Shelf>, settings: Arc<Settings>, stop: CancellationToken) -> Self {
        Self { shelf, settings, stop }
    }

    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Begins one judgement, and tells its id.
    pub(super) fn execute(&self, wanted: Wanted) -> Result<String, Refusal> {
        let (compared, window) = request::execution(&wanted.config, &wanted.request, self.settings.quirks)?;
        self.check_room()?;
        let mut execution = blank(wanted, id(), now());
        execution.set(Status::Running, compared.config.metrics.len());
        self.shelf.put_execution(&execution)?;
        let id = execution.pipeline_id.clone();
        self.spawn_execution(execution, compared, window);
        Ok(id)
    }

    /// Begins an analysis, and tells its id.
    pub(super) fn analyse(&self, wanted: Wanted) -> Result<String, Refusal> {
        let now = now();
        let (compared, plan) = request::analysis(&wanted.config, &wanted.request, self.settings.quirks, now)?;
        self.check_room()?;
        let Wanted { asker, config_id, config, request } = wanted;
        let mut analysis = CanaryAnalysis {
            asker,
            pipeline_id: id(),
            stage_status: Vec::new(),
            complete: false,
            execution_status: Status::Running,
            status: String::new(),
            exception: None,
            request,
            canary_config: config,
            canary_config_id: config_id,
            result: None,
            times: Span::from(now),
        };
        analysis.set(Status::Running);
        self.shelf.put_analysis(&analysis)?;
        let id = analysis.pipeline_id.clone();
        self.spawn_analysis(analysis, compared, plan);
        Ok(id)
    }

    /// Runs what has not ended again.
    pub(super) fn go_on(&self) {
        let quirks = self.settings.quirks;
        let of_none = |one: &CanaryExecution| !one.complete && one.analysis_id.is_none();
        for mut one in self.shelf.executions().into_iter().filter(of_none) {
            match request::execution(&one.config, &one.request, quirks) {
                Ok((compared, window)) => self.spawn_execution(one, compared, window),
                Err(refusal) => {
                    one.exception = Some(exception(&refusal.message()));
                    one.set(Status::Terminal, 0);
                    told(self.shelf.put_execution(&one));
                }
            }
        }
        for mut one in self.shelf.analyses().into_iter().filter(|one| !one.complete) {
            let (request, built) = (&one.request, one.times.build_time_millis);
            match request::analysis(&one.canary_config, request, quirks, built) {
                Ok((compared, plan)) => self.spawn_analysis(one, compared, plan),
                Err(refusal) => {
                    one.exception = Some(exception(&refusal.message()));
                    one.set(Status::Terminal);
                    told(self.shelf.put_analysis(&one));
                }
            }
        }
    }

    fn check_room(&self) -> Result<(), Refusal> {
        let running = self.shelf.running();
        if running < MOST {
            return Ok(());
        }
        Err(Refusal::Busy(format!(
            "{running} executions and analyses have not ended yet, and there is no room for more"
        )))
    }

    fn spawn_execution(&self, mut execution: CanaryExecution, compared: Compared, window: Window) {
        let (kept, settings, stop) = (Arc::clone(&self.shelf), &self.settings, self.stop.clone());
        let sources = settings.sources_of(execution.asker.metrics_account_name.as_deref());
        tokio::spawn(async move {
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                ended = Execution::of(&compared, &sources, window) => ended,
            };
            write_end(&kept, &mut execution, &compared, ended.as_ref());
        });
    }

    fn spawn_analysis(&self, analysis: CanaryAnalysis, compared: Compared, plan: Plan) {
        let (kept, settings, stop) = (Arc::clone(&self.shelf), &self.settings, self.stop.clone());
        let sources = settings.sources_of(analysis.asker.metrics_account_name.as_deref());
        tokio::spawn(async move {
            let compared = Arc::new(compared);
            let story = Story::begin(kept, analysis, Arc::clone(&compared), &plan);
            let story = Arc::new(Mutex::new(story));
            let waited = |millis: i64| {
                let story = Arc::clone(&story);
                async move {
                    until(millis).await;
                    held(&story).waited();
                }
            };
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                ended = run(&compared, &sources, &plan, waited, |progress| held(&story).goes_on(&progress)) => ended,
            };
            held(&story).end(ended);
        });
    }
}

/// One that has not begun.
fn blank(wanted: Wanted, id: String, now: i64) -> CanaryExecution {
    let Wanted { asker, config_id, config, request } = wanted;
    CanaryExecution {
        asker,
        pipeline_id: id,
        stage_status: std::collections::BTreeMap::new(),
        complete: false,
        status: String::new(),
        exception: None,
        result: None,
        config,
        canary_config_id: config_id,
        request,
        metric_set_pair_list_id: None,
        analysis_id: None,
        times: Span::from(now),
    }
}

/// Writes down how an execution ended.
fn write_end(
    shelf: &Shelf,
    execution: &mut CanaryExecution,
    compared: &Compared,
    ended: Result<&Execution, &AnalysisError>,
) {
    let status = match ended {
        Ok(judged) => {
            execution.result = Some(result(compared, judged));
            execution.metric_set_pair_list_id = Some(execution.pipeline_id.clone());
            told(shelf.put_pairs(&execution.pipeline_id, &pairs::of(judged)));
            Status::Succeeded
        }
        Err(error) => {
            execution.exception = Some(exception(&error.to_string()));
            Status::Terminal
        }
    };
    execution.times.end(now());
    execution.set(status, compared.config.metrics.len());
    told(shelf.put_execution(execution));
}

/// Nobody waits for it: it is in memory all the same, and run again after a restart.
fn told(written: Result<(), weir_directory::StateError>) {
    if let Err(error) = written {
        tracing::error!(%error, "an execution is not kept");
    }
}
