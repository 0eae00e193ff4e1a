//! What an earlier run of the stage applied and this one has no longer.

use std::collections::BTreeSet;

use weir_deploy::{Named, owner};
use weir_pipeline::event::Fault;
use weir_pipeline::span::Span;

use super::about;
use crate::attempt::Attempt;
use crate::perform::Job;
use crate::store;

impl Job {
    /// Removes what is not among `applied`. What does not say any more that this stage applied it has another owner, and stays.
    pub(super) async fn pruned(
        &self,
        attempt: &Attempt,
        applied: &[Named],
        within: Span,
    ) -> Result<(), Fault> {
        let at = self.objects()?;
        let mut gone = Vec::new();
        for named in self.remembered()?.iter().filter(|named| !applied.contains(named)) {
            let object = at.get(named).await.map_err(about(named))?;
            if object.is_some_and(|object| owner::is_marked(&object, &self.mark())) {
                at.delete(named).await.map_err(about(named))?;
                attempt
                    .note(&format!("removed {named}: no manifest has it any more"))
                    .map_err(Fault::infrastructure)?;
                gone.push(named.clone());
            }
        }
        self.removed(&gone, within).await
    }

    /// All that the stage applied and has not removed: what was there before stays in the list where it is not pruned.
    pub(super) fn remember(&self, applied: &[Named]) -> Result<(), Fault> {
        let mut all: BTreeSet<Named> = applied.iter().cloned().collect();
        all.extend(self.remembered()?);
        let path = self.shared.store.deployed(&self.mark());
        store::write(&path, &all).map_err(Fault::infrastructure)
    }

    fn remembered(&self) -> Result<BTreeSet<Named>, Fault> {
        let kept = store::read(&self.shared.store.deployed(&self.mark())).map_err(Fault::infrastructure)?;
        Ok(kept.unwrap_or_default())
    }
}
