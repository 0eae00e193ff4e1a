//! Objects -> table -> workers. Off the workers' threads: however long compiling takes, no request waits for it.
//!
//! ```text
//! certificates   what objects say about certificates -> handshakes
//! ```
//! Invariant: there is always a table, and it is the last one that could be compiled; a fault in one object never takes another one's route.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use weir_routing::{Changes, Compiler, Objects, Options, Rejection, Severity as RoutingSeverity, Table};

use self::certificates::Certificates;
use crate::duties::Board;
use crate::feed::{Changed, Feed, Observed, Places, Update};
use crate::problems::{Problem, Severity, Source};
use crate::process::Shared;
use crate::tls::Resolver;

mod certificates;

/// How often tables that were served are looked at for whether they can be dropped.
const SWEEP: Duration = Duration::from_secs(1);

/// What changes are published with.
#[derive(Clone)]
pub(crate) struct With {
    pub(crate) options: Options,
    /// Gets the certificates of hosts; `None`: nothing listens for TLS.
    pub(crate) certificates: Option<Arc<Resolver>>,
    /// Gets what is told to the cluster.
    pub(crate) board: Option<Arc<Board>>,
}

/// Publishes every change, without end.
pub(crate) async fn run(mut feed: impl Feed, shared: Arc<Shared>, with: With) {
    let mut publisher = Publisher::over(&shared, with.clone());
    loop {
        let update = publisher.retired.wait(&mut feed).await;
        let publishing = Arc::clone(&shared);
        let compiled = tokio::task::spawn_blocking(move || {
            publisher.publish(update, &publishing);
            publisher
        });
        publisher = compiled.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a change could not be compiled; the last routes stay in force");
            feed.again();
            Publisher::over(&shared, with.clone())
        });
    }
}

/// What is known from one change to the next.
struct Publisher {
    compiler: Compiler,
    objects: Objects,
    /// Where those were written.
    places: Places,
    options: Options,
    board: Option<Arc<Board>>,
    certificates: Certificates,
    retired: Retired,
}

/// What comes of an update.
struct Compiled {
    table: Table,
    rejections: Vec<Rejection>,
    /// What is wrong with the source itself.
    problems: Vec<Problem>,
}

/// Tables that are no longer served. A worker lets go of its table on the way to a request, which is not the time to drop thousands of routes: so they
/// are held here until nobody else has them.
#[derive(Default)]
struct Retired(Vec<Arc<Table>>);

impl Publisher {
    /// Goes on from the table that is served.
    fn over(shared: &Shared, with: With) -> Self {
        let With { options, certificates, board } = with;
        let compiler = Compiler::over(&shared.table.load());
        Self {
            compiler,
            objects: Objects::default(),
            places: Places::default(),
            options,
            board,
            certificates: Certificates::new(certificates),
            retired: Retired::default(),
        }
    }

    fn publish(&mut self, update: Update, shared: &Shared) {
        let Compiled { table, rejections, mut problems } = match update {
            Update::Whole(whole) => self.replace(*whole, shared),
            Update::Changed(changed) => self.change(*changed, shared),
        };
        let faults = self.certificates.faults().chain(&rejections);
        problems.extend(faults.map(|rejection| located(rejection, &self.places)));
        if let Some(board) = &self.board {
            board.set_faults(self.certificates.faults().cloned().chain(rejections).collect());
        }
        // Before the table: whoever sees its number sees what is wrong with it.
        shared.problems.replace(Source::Objects, problems);
        let previous = shared.table.load_full();
        log_change(&previous, &table);
        shared.registry.follow(&previous, &table);
        shared.breakers.follow(&table);
        self.retired.0.push(shared.table.swap(Arc::new(table)));
        self.certificates.forget(shared);
        drop(previous);
        self.retired.sweep();
        shared.loaded.store(true, Relaxed);
    }

    /// Only what was observed is there.
    fn replace(&mut self, observed: Observed, shared: &Shared) -> Compiled {
        let Observed { objects, resolved, problems, places } = observed;
        let mut changes = Changes::between(&self.objects, &objects, &self.options);
        for (key, now) in &resolved {
            changes.endpoint_slice(key, now.as_ref());
        }
        let (table, rejections) = self.compiler.apply(&changes);
        self.certificates.replace(&objects, shared);
        (self.objects, self.places) = (objects, places);
        Compiled { table, rejections, problems }
    }

    /// What has changed is different, or gone.
    fn change(&mut self, changed: Changed, shared: &Shared) -> Compiled {
        let (table, rejections) = self.compiler.apply(&changed.changes(&self.options));
        if let Some(board) = &self.board {
            board.change(&changed);
        }
        self.certificates.change(&changed, shared);
        Compiled { table, rejections, problems: changed.problems }
    }
}

impl Retired {
    /// The next observation of a feed. Meanwhile tables are dropped.
    async fn wait(&mut self, feed: &mut impl Feed) -> Update {
        let mut next = pin!(feed.next());
        loop {
            tokio::select! {
                update = &mut next => return update,
                () = tokio::time::sleep(SWEEP), if !self.0.is_empty() => self.sweep(),
            }
        }
    }

    /// Drops what nobody else has.
    fn sweep(&mut self) {
        self.0.retain(|table| Arc::strong_count(table) > 1);
    }
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

fn located(rejection: &Rejection, places: &Places) -> Problem {
    let Rejection { severity, kind, namespace, name, field, message, kept } = rejection;
    let (file, line, field) = places.find(kind, namespace, name, field).map_or_else(
        || (format!("{kind} {namespace}/{name}"), None, field.clone()),
        |(file, line, field)| (file, Some(line), field),
    );
    Problem {
        severity: match severity {
            RoutingSeverity::Error => Severity::Error,
            RoutingSeverity::Warning => Severity::Warning,
        },
        file,
        line,
        column: None,
        field,
        message: message.clone(),
        help: kept.clone(),
    }
}
