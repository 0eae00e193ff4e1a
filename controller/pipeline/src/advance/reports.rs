//! What an attempt says of itself.
//!
//! A report that is about another attempt, or about a phase that is over, comes late or twice, and changes nothing.

use serde_json::{Map, Value};

use super::Machine;
use crate::event::{Blame, Fault, News, Report};
use crate::graph::Node;
use crate::run::{MOST_OUTPUT_BYTES, Standing, words};
use crate::status::Status;

impl Machine<'_> {
    pub(super) fn hear(&mut self, report: &Report) {
        let Some(index) = self.graph.by_id(&report.stage) else { return };
        let Some(node) = self.graph.node(index) else { return };
        let current = self.run.stages.get(index).map(|stage| stage.attempt);
        if !self.is_live() || current != Some(report.attempt) {
            return;
        }
        match self.standing(index).clone() {
            Standing::Asking => self.answered(index, node, &report.news),
            Standing::Starting | Standing::Running { .. } => self.news(index, node, &report.news),
            Standing::Stopping { since, own: true, force, then } => {
                let has_ended = match &report.news {
                    News::Succeeded(outputs) => {
                        // It came too late to count, but clean-up may want to know what was made.
                        self.made(index, outputs);
                        true
                    }
                    News::Made(outputs) => {
                        self.made(index, outputs);
                        false
                    }
                    News::Failed(_) | News::Stopped => true,
                    News::Started { .. } | News::Progress(_) | News::Evaluated(_) => false,
                };
                if has_ended {
                    self.set(index, Standing::Stopping { since, own: false, force, then });
                }
            }
            Standing::Waiting
            | Standing::Ready
            | Standing::Window { .. }
            | Standing::Frozen { .. }
            | Standing::Before
            | Standing::BackingOff { .. }
            | Standing::After
            | Standing::Stopping { own: false, .. }
            | Standing::Recovering { .. }
            | Standing::Ended(_) => {}
        }
    }

    /// Keeps what an attempt has made; of what is too long nothing.
    fn made(&mut self, index: usize, outputs: &Map<String, Value>) {
        if too_long(outputs).is_none() {
            self.with(index, |stage| stage.outputs.clone_from(outputs));
        }
    }

    fn answered(&mut self, index: usize, node: &Node, news: &News) {
        match news {
            News::Evaluated(Ok(true)) => self.set(index, Standing::Ready),
            News::Evaluated(Ok(false)) => {
                let condition = node.when.as_deref().unwrap_or_default();
                let end = self.ending(Status::Skipped, format!("its condition is false: {condition}"));
                self.end(index, node, end);
            }
            News::Evaluated(Err(error)) => {
                let message = words(format!("its condition cannot be evaluated: {error}"));
                self.fail(index, node, Fault { blame: Blame::Work, message });
            }
            News::Started { .. }
            | News::Progress(_)
            | News::Made(_)
            | News::Succeeded(_)
            | News::Failed(_)
            | News::Stopped => {}
        }
    }

    fn news(&mut self, index: usize, node: &Node, news: &News) {
        match news {
            News::Started { done_at } => {
                if *self.standing(index) == Standing::Starting {
                    self.set(index, Standing::Running { done_at: *done_at });
                }
            }
            News::Progress(text) => {
                let text = words(text.clone());
                self.with(index, |stage| stage.message = Some(text));
            }
            News::Made(outputs) => self.made(index, outputs),
            News::Succeeded(outputs) => match too_long(outputs) {
                None => {
                    self.with(index, |stage| stage.outputs.clone_from(outputs));
                    self.succeeded(index, node);
                }
                Some(message) => self.attempt_failed(index, node, Fault { blame: Blame::Work, message }),
            },
            News::Failed(Fault { blame, message }) => {
                let fault = Fault { blame: *blame, message: words(message.clone()) };
                self.attempt_failed(index, node, fault);
            }
            News::Stopped => {
                let message = "it was stopped from outside".to_owned();
                self.attempt_failed(index, node, Fault { blame: Blame::Infrastructure, message });
            }
            News::Evaluated(_) => {}
        }
    }
}

/// Why these outputs cannot be kept, where they cannot.
fn too_long(outputs: &Map<String, Value>) -> Option<String> {
    let bytes = serde_json::to_vec(outputs).map_or(usize::MAX, |text| text.len());
    (bytes > MOST_OUTPUT_BYTES).then(|| {
        format!("its outputs are {bytes} bytes of JSON, {MOST_OUTPUT_BYTES} are the most: keep what is long as an artifact, and name that")
    })
}
