//! The wait until what was applied is as its manifests say.

use jiff::Timestamp;
use serde_json::Value;
use weir_deploy::stable::standing;
use weir_deploy::{Named, Standing, trouble};
use weir_pipeline::event::{Blame, Fault, News};
use weir_pipeline::span::Span;

use super::about;
use crate::attempt::Attempt;
use crate::perform::Job;

/// Objects that are told by name while they are waited for.
const TOLD: usize = 3;

impl Job {
    /// Waits until all of these are stable.
    pub(in crate::perform) async fn settled(
        &self,
        attempt: &Attempt,
        objects: &[Named],
        within: Span,
    ) -> Result<(), Fault> {
        let until = self.until(within);
        let mut told = String::new();
        loop {
            let waits = self.unstable(objects).await;
            let waits = match waits {
                // Somebody who does not answer now may do so later.
                Err(fault) if fault.blame == Blame::Infrastructure && self.shared.now() < until => {
                    vec![fault.message]
                }
                waits => waits?,
            };
            if waits.is_empty() {
                return attempt.note("all objects are stable").map_err(Fault::infrastructure);
            }
            let shown = waits.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
            let more = waits.len().saturating_sub(TOLD);
            let shown = if more == 0 { shown } else { format!("{shown}; and {more} more") };
            if self.shared.now() >= until {
                return Err(Fault::work(format!("not stable within {within}: {shown}")));
            }
            if shown != told {
                attempt.note(&shown).map_err(Fault::infrastructure)?;
                self.tell(News::Progress(shown.clone())).await;
                told = shown;
            }
            tokio::time::sleep(self.shared.options.patience.look).await;
        }
    }

    /// When a stage that may take so long since it began has taken too long, whoever goes on with it.
    pub(in crate::perform) fn until(&self, within: Span) -> Timestamp {
        let began = self.run.stage(&self.key.stage).and_then(|stage| stage.began);
        within.after(began.unwrap_or_else(|| self.shared.now()))
    }

    /// What is missing, an object each.
    async fn unstable(&self, objects: &[Named]) -> Result<Vec<String>, Fault> {
        let at = self.objects()?;
        let mut waits = Vec::new();
        for named in objects {
            let object = at.get(named).await.map_err(about(named))?;
            let stands = object.as_ref().map(standing);
            match stands {
                Some(Standing::Stable) => {}
                Some(Standing::Waits(what)) => {
                    let why = self.trouble(object.as_ref()).await?;
                    waits.push(format!("{named}: {what}{why}"));
                }
                Some(Standing::Failed(why)) => return Err(Fault::work(format!("{named}: {why}"))),
                None => return Err(Fault::work(format!("{named}: somebody has removed it"))),
            }
        }
        Ok(waits)
    }

    /// What keeps one of its pods from being ready, where that is known.
    async fn trouble(&self, object: Option<&Value>) -> Result<String, Fault> {
        let Some(object) = object else { return Ok(String::new()) };
        let pods = self.objects()?.pods(object).await?;
        Ok(pods.iter().find_map(trouble).map_or_else(String::new, |trouble| format!(" ({trouble})")))
    }
}
