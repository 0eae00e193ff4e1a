//! A proxy in this process, on free ports, with its objects in a directory of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::thread::JoinHandle;

use clap::Parser;
use tempfile::TempDir;
use tokio::sync::oneshot;
use weir_proxy::feed::DirectoryFeed;
use weir_proxy::{App, AppError, Args, Bound, Config};
use weir_telemetry::outcome::Outcome;
use weir_telemetry::recorder::SeriesSnapshot;
use weir_telemetry::wire::Report;

use super::client::{Reply, get};
use super::eventually;

/// Whether this run of the suite is about hyper's HTTP/1.1 and not our own: the same tests hold for both.
pub(crate) fn by_hyper() -> bool {
    match std::env::var("WEIR_TEST_HTTP1").as_deref() {
        Ok("hyper") => true,
        Ok("weir") | Err(_) => false,
        Ok(other) => panic!("WEIR_TEST_HTTP1={other}: hyper or weir"),
    }
}

/// A running proxy. Dropping it ends it.
pub(crate) struct Proxy {
    pub(crate) bound: Bound,
    directory: TempDir,
    shutdown: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), AppError>>>,
}

impl Proxy {
    /// Starts a proxy with these objects and further flags, and waits until it is ready.
    pub(crate) async fn start(objects: &str, flags: &[&str]) -> Self {
        let proxy = Self::start_unready(objects, flags);
        eventually("the proxy is ready", || async {
            (proxy.admin("/readyz").await.status == 200).then_some(())
        })
        .await;
        proxy
    }

    /// The same without waiting.
    fn start_unready(objects: &str, flags: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("objects.yaml"), objects).unwrap();
        let path = directory.path().display().to_string();
        let mut args = vec!["weir-proxy", "--objects", &path, "--admin", "127.0.0.1:0"];
        if !flags.contains(&"--warmup-requests") {
            args.extend(["--warmup-requests", "0"]);
        }
        let listen = format!("127.0.0.1:0{}", if by_hyper() { "/hyper" } else { "" });
        if !flags.contains(&"--listen") {
            args.extend(["--listen", &listen]);
        }
        if !flags.contains(&"--workers") {
            args.extend(["--workers", "1"]);
        }
        args.extend(flags);
        let config = Config::try_from(Args::try_parse_from(args).unwrap()).unwrap();
        let feed = DirectoryFeed::open(&config.objects).unwrap();
        let app = App::build(config, feed).unwrap();
        let bound = app.bound().clone();
        let (shutdown, until) = oneshot::channel();
        let thread = std::thread::spawn(move || app.run(|| async { drop(until.await) }));
        Self { bound, directory, shutdown: Some(shutdown), thread: Some(thread) }
    }

    /// The first clear text address.
    pub(crate) fn http(&self) -> SocketAddr {
        self.bound.http[0]
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// One GET to the proxy, on a connection of its own.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        get(self.http(), path, &[]).await
    }

    /// One GET to the admin port.
    pub(crate) async fn admin(&self, path: &str) -> Reply {
        get(self.bound.admin, path, &[]).await
    }

    /// Replaces the objects and waits until the proxy serves the new ones.
    pub(crate) async fn apply(&self, objects: &str) {
        let before = self.generation().await;
        let path = self.path().join("objects.yaml");
        std::fs::write(path.with_extension("new"), objects).unwrap();
        std::fs::rename(path.with_extension("new"), path).unwrap();
        eventually("the new objects are served", || async {
            (self.generation().await > before).then_some(())
        })
        .await;
    }

    async fn generation(&self) -> u64 {
        self.metric("weir_table_generation").await
    }

    /// The value of one sample, such as `name{label="value"}`; 0 where there is none.
    pub(crate) async fn metric(&self, sample: &str) -> u64 {
        let text = self.admin("/metrics").await.text();
        let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    pub(crate) async fn report(&self) -> Report {
        let reply = self.admin("/report/v1").await;
        assert_eq!(reply.status, 200);
        Report::from_json(&reply.body).unwrap()
    }

    /// Counts of one track, merged over routes and revisions.
    pub(crate) async fn track(&self, track: &str) -> SeriesSnapshot {
        let mut sum = SeriesSnapshot::default();
        self.report().await.series.iter().filter(|s| s.key.track == track).for_each(|s| sum.merge(&s.counts));
        sum
    }

    /// Waits until nothing is in flight, then gives the counts of one track.
    pub(crate) async fn settled(&self, track: &str) -> SeriesSnapshot {
        eventually("nothing is in flight", || async {
            let busy = self.report().await.series.iter().map(|s| s.counts.in_flight).sum::<u64>();
            (busy == 0).then_some(())
        })
        .await;
        self.track(track).await
    }

    /// Waits until one more request of a track ended with `outcome` than `before`.
    pub(crate) async fn outcome(&self, track: &str, outcome: Outcome, expected: u64) {
        eventually(&format!("{expected} x {outcome} on {track}"), || async {
            (self.track(track).await.outcomes.get(outcome) == expected).then_some(())
        })
        .await;
    }

    /// Asks it to end, without waiting.
    pub(crate) fn begin_shutdown(&mut self) {
        self.shutdown.take().map(|shutdown| shutdown.send(()));
    }

    /// Waits for its end.
    pub(crate) async fn ended(mut self) {
        self.begin_shutdown();
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(|| thread.join().unwrap().unwrap()).await.unwrap();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.begin_shutdown();
    }
}
