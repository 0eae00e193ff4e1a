//! Objects -> table -> workers. Off the workers' threads: however long compiling takes, no request waits for it.
//!
//! Invariant: there is always a table, and it is the last one that could be compiled; a fault in one object never takes another one's route.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use weir_routing::{Changes, Compiler, Objects, Options, Rejection, Severity as RoutingSeverity, Table};

use crate::duties::Board;
use crate::feed::{Feed, Observed, Places, Update};
use crate::problems::{Problem, Severity, Source};
use crate::tls::{Book, Resolver};
use crate::worker::Shared;

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
    with: With,
    book: Book,
    /// What is wrong with certificates.
    faults: Vec<Rejection>,
    retired: Retired,
}

/// Tables that are no longer served. A worker lets go of its table on the way to a request, which is not the time to drop thousands of routes: so they
/// are held here until nobody else has them.
#[derive(Default)]
struct Retired(Vec<Arc<Table>>);

impl Publisher {
    /// Goes on from the table that is served.
    fn over(shared: &Shared, with: With) -> Self {
        let compiler = Compiler::over(&shared.table.load());
        Self {
            compiler,
            objects: Objects::default(),
            with,
            book: Book::default(),
            faults: Vec::new(),
            retired: Retired::default(),
        }
    }

    fn publish(&mut self, update: Update, shared: &Shared) {
        let (table, rejections, mut problems, places) = match update {
            Update::Whole(Observed { objects, secrets, problems, places }) => {
                let changes = Changes::between(&self.objects, &objects, &self.with.options);
                let (table, rejections) = self.compiler.apply(&changes);
                let ingresses = objects.ingresses.iter().map(|object| (key(&object.metadata), object));
                let secrets = secrets.iter().map(|object| (key(&object.metadata), object));
                if self.book.replace(ingresses, secrets) {
                    self.settle_certificates();
                }
                self.objects = objects;
                (table, rejections, problems, places)
            }
            Update::Changed(changed) => {
                let (table, rejections) = self.compiler.apply(&changed.changes(&self.with.options));
                let ingresses = &changed.ingresses;
                if let Some(board) = &self.with.board {
                    for (key, now) in ingresses {
                        board.ingress(key, now.as_ref());
                    }
                }
                let mut differs = ingresses
                    .iter()
                    .fold(false, |differs, (key, now)| self.book.ingress(key, now.as_ref()) | differs);
                for (key, now) in &changed.secrets {
                    differs |= self.book.secret(key, now.as_ref());
                }
                if differs {
                    self.settle_certificates();
                }
                (table, rejections, changed.problems, Places::default())
            }
        };
        let faults: Vec<Rejection> = self.faults.iter().cloned().chain(rejections).collect();
        problems.extend(faults.iter().map(|rejection| located(rejection, &places)));
        if let Some(board) = &self.with.board {
            board.set_faults(faults);
        }
        let previous = shared.table.load_full();
        log_change(&previous, &table);
        shared.registry.follow(&previous, &table);
        self.retired.0.push(shared.table.swap(Arc::new(table)));
        drop(previous);
        self.retired.sweep();
        shared.problems.replace(Source::Objects, problems);
        shared.loaded.store(true, Relaxed);
    }
}

impl Publisher {
    /// Gives every host the certificate that it has now.
    fn settle_certificates(&mut self) {
        let Some(resolver) = &self.with.certificates else { return };
        let (names, faults) = self.book.certificates();
        resolver.set_names(names);
        self.faults = faults;
    }
}

fn key(metadata: &ObjectMeta) -> Arc<str> {
    let namespace = metadata.namespace.as_deref().unwrap_or("default");
    format!("{namespace}/{}", metadata.name.as_deref().unwrap_or_default()).into()
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
    let Rejection { severity, kind, namespace, name, field, message, kept } = rejection.clone();
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
