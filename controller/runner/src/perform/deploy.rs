//! Objects applied, and waited for.
//!
//! ```text
//! prepared    documents of files and of the stage -> objects, as written -> with images, in order
//!   bound       images for them
//! applied     one after the other
//! settled     until all are stable
//! pruned      what an earlier run applied and this one has no longer
//! ```

mod bound;
mod prepared;
mod pruned;
mod settled;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use weir_deploy::{Named, owner};
use weir_pipeline::event::{Fault, News};
use weir_stages::work::Deploy;

use super::{Ended, Job, Outputs};
use crate::attempt::Attempt;
use crate::objects::Objects;

pub(super) use bound::Images;
use prepared::Prepared;
pub(super) use prepared::Written;

/// Where objects are that name no namespace.
pub(super) const DEFAULT: &str = "default";

impl Job {
    pub(super) async fn deploy(&self, attempt: &Attempt, deploy: &Deploy) -> Result<Ended, Fault> {
        self.or_stopped(async { self.deployed(attempt, deploy).await.map(Ended::Well) }).await
    }

    async fn deployed(&self, attempt: &Attempt, deploy: &Deploy) -> Result<Outputs, Fault> {
        let prepared = self.prepared(deploy, self.written(deploy)?, &self.images(&deploy.images))?;
        let applied = self.applied(attempt, &prepared, deploy.force).await?;
        self.settled(attempt, &applied, deploy.within).await?;
        if deploy.prune {
            self.pruned(attempt, &applied, deploy.within).await?;
        }
        self.remember(&applied)?;
        Ok(outputs(&applied, &prepared.bound))
    }

    /// Applies objects one after the other.
    pub(super) async fn applied(
        &self,
        attempt: &Attempt,
        prepared: &Prepared,
        force: bool,
    ) -> Result<Vec<Named>, Fault> {
        let to = self.objects()?;
        let Prepared { objects, bound: _, notes } = prepared;
        for note in notes {
            attempt.note(note).map_err(Fault::infrastructure)?;
        }
        let mut applied = Vec::new();
        for (number, object) in (1..).zip(objects) {
            let named = Named::of(object).map_err(Fault::work)?;
            self.tell(News::Progress(format!("applies {number} of {}: {named}", objects.len()))).await;
            let made = to.apply(object, force).await.map_err(about(&named))?;
            let named = Named::of(&made).map_err(Fault::infrastructure)?;
            attempt.note(&format!("applied {named}")).map_err(Fault::infrastructure)?;
            applied.push(named);
        }
        Ok(applied)
    }

    /// Where objects are.
    pub(super) fn objects(&self) -> Result<Arc<dyn Objects>, Fault> {
        let to = self.shared.options.objects.clone();
        to.ok_or_else(|| Fault::work("nobody said where to deploy to: give --deploy-to, a directory that `weir run` serves or `cluster`"))
    }

    /// What this stage applies is marked with this.
    pub(super) fn mark(&self) -> String {
        owner::label(&self.about.pipeline, &self.key.stage)
    }
}

/// Says in a fault what it is about.
pub(super) fn about(named: &Named) -> impl FnOnce(Fault) -> Fault + '_ {
    move |fault| Fault { message: format!("{named}: {}", fault.message), ..fault }
}

/// `objects`, and `images` that were put somewhere.
pub(super) fn outputs(applied: &[Named], bound: &BTreeMap<String, String>) -> Outputs {
    let objects: Vec<String> = applied.iter().map(ToString::to_string).collect();
    Outputs::from_iter([("objects".to_owned(), json!(objects)), ("images".to_owned(), json!(bound))])
}
