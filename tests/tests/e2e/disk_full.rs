//! A state folder that nothing can be written to.
//!
//! Best a small file system of its own that is filled up; where mounting is not allowed, folders that are made immutable. Which of both it was is
//! printed. Where neither can be done the tests fail: they never pass without a fault.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use weir_api::Share;
use weir_api::status::{Phase, ReleaseOutcome};
use weir_controller::view::ReleaseView;
use weir_tests::eventually::eventually;
use weir_tests::load::Load;
use weir_tests::sample::{self, NO_LATENCY};
use weir_tests::standalone::Standalone;

/// A folder whose `state` can be made unwritable. Made before the programs and dropped after them.
struct Disk {
    folder: PathBuf,
    is_mounted: bool,
    filling: Option<Filling>,
}

/// Takes whatever room comes up: what a program gives up while the disk gets full is not left for its next write.
struct Filling {
    until: Sender<()>,
    thread: JoinHandle<()>,
}

impl Filling {
    /// So often in a row there was no room: whoever was writing meanwhile has failed, and what that gave back is taken too.
    const REFUSALS: u32 = 100;

    /// Returns once the disk that `path` is on is full.
    fn begin(path: PathBuf) -> Self {
        let (until, gone) = channel();
        let (full, is_full) = channel();
        let thread = thread::spawn(move || Self::fill(&path, &full, &gone));
        is_full.recv().expect("a full disk");
        Self { until, thread }
    }

    fn fill(path: &Path, full: &Sender<()>, gone: &Receiver<()>) {
        let mut file = File::create(path).unwrap();
        let mut refusals = 0;
        loop {
            let Err(error) = file.write_all(&[0; 512]) else {
                refusals = 0;
                continue;
            };
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
            refusals += 1;
            if refusals == Self::REFUSALS {
                // Only the first time it is waited for.
                let _ = full.send(());
            }
            if gone.recv_timeout(Duration::from_millis(1)) == Err(RecvTimeoutError::Disconnected) {
                // A test that failed has removed its folder by now.
                let _ = std::fs::remove_file(path);
                return;
            }
        }
    }

    fn end(self) {
        drop(self.until);
        self.thread.join().unwrap();
    }
}

fn run(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).output().is_ok_and(|output| output.status.success())
}

impl Disk {
    fn new() -> (Self, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        std::fs::create_dir_all(&state).unwrap();
        let is_mounted =
            run("mount", &["-t", "tmpfs", "-o", "size=2m", "tmpfs", &state.display().to_string()]);
        println!(
            "   state folder: {}",
            if is_mounted { "a tmpfs of 2 MiB" } else { "made immutable with chattr" }
        );
        (Self { folder: folder.path().to_owned(), is_mounted, filling: None }, folder)
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// From now on nothing new can be written.
    fn fill(&mut self) {
        if self.is_mounted {
            self.filling = Some(Filling::begin(self.state().join("filler")));
        } else {
            assert!(
                self.immutable("+i"),
                "neither mount nor chattr +i is possible here: no way to make the folder unwritable"
            );
        }
        let probe = std::fs::write(self.state().join("objects/probe"), [0; 512]);
        assert!(probe.is_err(), "the folder can still be written");
        let _ = std::fs::remove_file(self.state().join("objects/probe"));
    }

    /// Room again.
    fn mend(&mut self) {
        match self.filling.take() {
            Some(filling) => filling.end(),
            None => assert!(self.immutable("-i")),
        }
    }

    fn immutable(&self, flag: &str) -> bool {
        let folders = ["objects", "pods", "checkpoints", "reports", "."].map(|name| self.state().join(name));
        folders
            .iter()
            .filter(|folder| folder.is_dir())
            .all(|folder| run("chattr", &[flag, &folder.display().to_string()]))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(filling) = self.filling.take() {
            filling.end();
        }
        if self.is_mounted {
            // Its pods have just been ended; their logs may still be open.
            let state = self.state().display().to_string();
            let _ = run("umount", &[&state]) || run("umount", &["--lazy", &state]);
        } else {
            self.immutable("-i");
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn services() -> String {
    sample::deployment("shop", 1, "shop:v1")
        + &sample::local_image("shop:v1", &["--version-name=v1"])
        + &sample::local_image("shop:v2", &["--version-name=v2"])
        + &sample::local_image("shop:v2-failing", &["--version-name=v2", "--error-share=30%"])
}

fn canary(image: Option<&str>) -> String {
    sample::canary_with(
        "shop",
        &["setWeight: 20", "pause: {}", "setWeight: 50", "pause: {}"],
        image,
        &[],
        &[NO_LATENCY],
    )
}

async fn start(folder: tempfile::TempDir) -> (Standalone, Load) {
    let manifests = [("services.yaml", services()), ("canary.yaml", canary(None))];
    let weir = Standalone::start_in(folder, &manifests, &["--interval", "500ms"]).await.unwrap();
    let load = Load::users(&weir, &["shop"], 100.0).await.unwrap();
    load.completes(200).await;
    (weir, load)
}

fn paused(view: &ReleaseView) -> bool {
    view.phase == Phase::Paused
}

fn percent(text: &str) -> Share {
    text.parse().unwrap()
}

/// Requests that the canary got so far, as the proxy counted them: those that have not ended, too.
async fn canary_requests(weir: &Standalone) -> u64 {
    let report = weir.report().await.unwrap();
    let canary = report.series.iter().filter(|series| series.key.track == "canary");
    canary.map(|series| series.counts.outcomes.total() + series.counts.in_flight).sum()
}

#[tokio::test]
async fn without_room_a_release_is_held_where_it_is_and_goes_on_once_there_is_room_again() {
    let (mut disk, folder) = Disk::new();
    let (weir, load) = start(folder).await;
    weir.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    let before = weir.wait_for("test/shop", "paused", paused).await;

    disk.fill();
    let admin = weir.controller_admin().unwrap();
    let answer = admin.post("/v1/canaries/test/shop/promote").await.unwrap();
    assert!(answer.contains("the disk is full") && answer.contains("canary.test.shop.json"), "{answer}");
    let held = weir.view("test/shop").await.unwrap();
    let later = |view: &ReleaseView| view.at.since(held.at).as_secs() >= 3;
    let later = weir.wait_for("test/shop", "six looks later", later).await;
    let problems = weir.controller_problems().await.unwrap();
    println!("   held: {problems:?}");
    assert_eq!((later.phase, later.epoch, later.weights), (before.phase, before.epoch, before.weights));
    assert!(problems.iter().any(|problem| problem.contains("the disk is full")), "{problems:?}");
    let epochs = weir.report().await.unwrap().epochs;
    assert_eq!(epochs.get("test/shop"), Some(&before.epoch), "no weight without a stored intent");

    disk.mend();
    let mended = || async {
        let problems = weir.controller_problems().await.map_err(|error| vec![format!("{error:#}")])?;
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    };
    eventually("nothing is wrong any more", mended).await;
    admin.post("/v1/canaries/test/shop/promote").await.unwrap();
    let second = |view: &ReleaseView| view.phase == Phase::Paused && view.weights.canary == percent("50");
    weir.wait_for("test/shop", "paused at 50 %", second).await;
    weir.controller_admin().unwrap().post("/v1/canaries/test/shop/promote").await.unwrap();
    weir.wait_for("test/shop", "promoted", |view| view.phase == Phase::Promoted).await;
    let report = load.stop().await.unwrap();
    println!(
        "disk full in a pause: held, then promoted; {} of {} requests failed",
        report.results.errors, report.results.completed
    );
    assert_eq!(report.results.errors, 0, "{:?}", report.results.outcomes);
    drop(weir);
    drop(disk);
}

#[tokio::test]
async fn without_room_a_release_that_fails_is_still_taken_out_of_service() {
    let (mut disk, folder) = Disk::new();
    let (weir, load) = start(folder).await;
    weir.apply("canary.yaml", &canary(Some("shop:v2"))).unwrap();
    weir.wait_for("test/shop", "paused", paused).await;
    let story = weir.story("shop");
    disk.fill();
    let answer = weir.controller_admin().unwrap().post("/v1/canaries/test/shop/abort").await.unwrap();
    assert!(answer.contains("the disk is full"), "{answer}");
    assert!(answer.contains("the stored weights were removed instead"), "{answer}");
    // From the moment that no proxy serves the split any more the canary gets nothing.
    let gone = || async {
        let report = weir.report().await.map_err(|error| format!("{error:#}"))?;
        if report.epochs.get("test/shop") == Some(&1) { Err(report.epochs) } else { Ok(()) }
            .map_err(|epochs| format!("{epochs:?}"))
    };
    eventually("no proxy serves the split", gone).await;
    let then = canary_requests(&weir).await;
    load.completes(load.totals().completed + 300).await;
    assert_eq!(canary_requests(&weir).await, then, "requests to a canary that was given up");

    disk.mend();
    let aborted = |view: &ReleaseView| view.phase == Phase::Aborted && view.problems.is_empty();
    let view = weir.wait_for("test/shop", "aborted", aborted).await;
    assert_eq!(view.release.unwrap().outcome, Some(ReleaseOutcome::Aborted));
    // What is stored says the same, for the next controller.
    let stored = || {
        let last = story.last();
        let is_aborted = last.as_ref().is_some_and(|told| told.phase == Phase::Aborted);
        std::future::ready(if is_aborted { Ok(()) } else { Err(last) })
    };
    eventually("the stored state is aborted", stored).await;
    let report = load.stop().await.unwrap();
    println!(
        "disk full at an abort: out of service all the same; {} of {} requests failed",
        report.results.errors, report.results.completed
    );
    assert_eq!(report.results.errors, 0, "{:?}", report.results.outcomes);
    drop(weir);
    drop(disk);
}

#[test]
fn a_disk_that_is_full_is_full() {
    let (mut disk, _folder) = Disk::new();
    std::fs::create_dir_all(disk.state().join("objects")).unwrap();
    let write = |path: &Path| std::fs::write(path, [0; 8192]);
    let path = disk.state().join("objects/probe");
    write(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    disk.fill();
    disk.mend();
    write(&path).unwrap();
}
