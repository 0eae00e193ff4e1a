//! Objects -> table -> workers. Off the workers' threads: however long compiling takes, no request waits for it.
//!
//! Invariant: there is always a table, and it is the last one that could be compiled; a fault in one object never takes another one's route.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use weir_routing::{Options, Rejection, Severity as RoutingSeverity, Table, compile};

use crate::feed::{Feed, Observed, Places};
use crate::problems::{Problem, Severity, Source};
use crate::worker::Shared;

/// Publishes every change, without end.
pub(crate) async fn run(mut feed: impl Feed, shared: Arc<Shared>) {
    loop {
        let observed = feed.next().await;
        let publishing = Arc::clone(&shared);
        let published = tokio::task::spawn_blocking(move || publish(observed, &publishing)).await;
        if let Err(error) = published {
            tracing::error!(%error, "a change could not be compiled; the last routes stay in force");
        }
    }
}

fn publish(observed: Observed, shared: &Shared) {
    let Observed { objects, mut problems, places } = observed;
    let previous = shared.table.load_full();
    let (table, rejections) = compile(&objects, &Options::default(), Some(&previous));
    problems.extend(rejections.into_iter().map(|rejection| located(rejection, &places)));
    log_change(&previous, &table);
    shared.registry.follow(&table);
    shared.table.store(Arc::new(table));
    shared.problems.replace(Source::Objects, problems);
    shared.loaded.store(true, Relaxed);
}

fn log_change(previous: &Table, table: &Table) {
    let generation = table.generation();
    tracing::info!(generation, routes = table.routes().len(), "routes changed");
    for (canary, epoch) in
        table.epochs().iter().filter(|(canary, epoch)| previous.epochs().get(*canary) != Some(epoch))
    {
        tracing::info!(%canary, epoch, "split changed");
    }
}

fn located(rejection: Rejection, places: &Places) -> Problem {
    let Rejection { severity, kind, namespace, name, field, message, kept } = rejection;
    let (file, line, field) = places.find(&kind, &namespace, &name, &field).map_or_else(
        || (format!("{kind} {namespace}/{name}"), None, field),
        |(file, line, field)| (file, Some(line), field),
    );
    Problem {
        severity: match severity {
            RoutingSeverity::Error => Severity::Error,
            RoutingSeverity::Warning => Severity::Warning,
        },
        file,
        line,
        field,
        message,
        help: kept,
    }
}
