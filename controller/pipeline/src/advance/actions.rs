//! What a run wants done: a function of the run, so it is the same after a crash.

use super::Machine;
use crate::run::Standing;
use crate::transition::Action;

impl Machine<'_> {
    pub(super) fn actions(&self) -> Vec<Action> {
        let stages = self.run.stages.iter().zip(&self.graph.nodes);
        let wanted = stages.filter_map(|(stage, node)| match &stage.standing {
            Standing::Asking => {
                Some(Action::Evaluate { key: self.run.key(stage), condition: node.when.clone()? })
            }
            Standing::Starting => Some(Action::Start(self.run.key(stage))),
            Standing::Stopping { own: true, .. } => Some(Action::Stop(self.run.key(stage))),
            Standing::Waiting
            | Standing::Ready
            | Standing::Window { .. }
            | Standing::Frozen { .. }
            | Standing::Before
            | Standing::Running { .. }
            | Standing::BackingOff { .. }
            | Standing::After
            | Standing::Stopping { own: false, .. }
            | Standing::Recovering { .. }
            | Standing::Ended(_) => None,
        });
        wanted.collect()
    }
}
