//! What goes on beside the workers: changes become tables, the files of certificates are followed, the cluster is told.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::certificates::Certificates;
use crate::config::Config;
use crate::duties::Duties;
use crate::feed::Feed;
use crate::feed::external::External;
use crate::process::Shared;
use crate::publish;

/// What goes on beside the workers.
pub(super) struct Beside<F> {
    pub(super) feed: F,
    pub(super) certificates: Option<Certificates>,
    pub(super) duties: Option<Assigned>,
    pub(super) shared: Arc<Shared>,
}

impl<F: Feed> Beside<F> {
    /// Without end.
    pub(super) async fn run(self, config: &Config, identity: String) {
        let Self { feed, certificates, duties, shared } = self;
        let board = duties.as_ref().map(|assigned| assigned.duties.board());
        let with = publish::With {
            options: config.ingresses.options(),
            certificates: certificates.as_ref().map(|certificates| Arc::clone(&certificates.resolver)),
            board: board.clone(),
        };
        let publish = publish::run(External::over(feed, config.external), Arc::clone(&shared), with);
        let follow = async {
            if let Some(certificates) = &certificates {
                certificates.follow(&shared.problems).await;
            }
        };
        let tell = async {
            if let Some((Assigned { duties, ending, _done }, board)) = duties.zip(board) {
                duties.run(board, identity, ending).await;
            }
        };
        tokio::join!(publish, follow, tell);
    }
}

/// Duties, and how their end and that of the proxy are told.
pub(super) struct Assigned {
    pub(super) duties: Duties,
    /// The proxy is about to end.
    pub(super) ending: CancellationToken,
    /// Dropped when the duties are done.
    pub(super) _done: oneshot::Sender<()>,
}
