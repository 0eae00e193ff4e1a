//! Runs that are over, in an archive: a directory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;
use tempfile::TempDir;
use weir_pipeline::{Key, Status};
use weir_runner::archive::Archive;
use weir_runner::{Runner, Store};

use crate::fixture::{open, open_with, over, request};
use crate::told::times;

/// A stage with everything that is kept, and with a secret that it prints.
pub(crate) const STAGES: &str = "stages:
- name: Build
  step:
    run: |
      echo building with $WORD
      mkdir -p dist out
      head -c 20000000 /dev/urandom > 'dist/a b.bin'
      echo '<testsuite tests=\"1\"><testcase name=\"a\" classname=\"b\"/></testsuite>' > out/junit.xml
    secrets: {WORD: vault/word}
    services: [{name: db, run: echo up; touch up; sleep 60, ready: {run: test -e up}}]
    reports: {junit: ['out/*.xml']}
    artifacts: ['dist/**']
";
pub(crate) const SECRET: &str = "s3cr3t-word";

pub(crate) fn secret(state: &Path) {
    fs::create_dir_all(state.join("secrets/vault")).unwrap();
    fs::write(state.join("secrets/vault/word"), SECRET).unwrap();
}

pub(crate) async fn run(runner: &Runner, stages: &str) -> String {
    let id = runner.start(request(stages, json!({"type": "manual"}))).await.unwrap();
    over(runner, &id).await;
    id
}

/// All that the archive has.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> =
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect();
    all.sort();
    all
}

async fn has(runner: &Runner, archive: &Archive, id: &str) {
    runner.archived().await;
    assert!(archive.view(id).await.unwrap().is_some(), "{id}");
}

#[tokio::test]
async fn what_is_kept_of_a_run_is_there_byte_by_byte_and_nothing_else() {
    let (state, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    secret(state.path());
    let archive = Archive::open(there.path().to_str().unwrap()).unwrap();
    let runner = open_with(state.path().to_owned(), |o| o.archive = Some(archive.clone())).await;
    let id = run(&runner, STAGES).await;
    has(&runner, &archive, &id).await;
    let here = state.path().join("runs").join(&id);
    let pairs = [
        ("about.json", "about.json"),
        ("artifacts/dist/a b.bin", "artifacts/dist/a b.bin"),
        ("run.json", "run.json"),
        ("stages/build.1/step/log", "stages/build.1/log"),
        ("stages/build.1/notes", "stages/build.1/notes"),
        ("stages/build.1/reports/junit/out/junit.xml", "stages/build.1/reports/junit/out/junit.xml"),
        ("stages/build.1/services/db/log", "stages/build.1/services/db/log"),
    ];
    let mut expected: Vec<_> = pairs.iter().map(|(_, to)| there.path().join("shop/1").join(to)).collect();
    expected.sort();
    assert_eq!(files(there.path()), expected);
    for (from, to) in pairs {
        let (from, to) =
            (fs::read(here.join(from)).unwrap(), fs::read(there.path().join("shop/1").join(to)).unwrap());
        assert!(from == to && !from.is_empty());
        assert!(!String::from_utf8_lossy(&to).contains(SECRET));
    }
    let key = Key { run: id.clone(), stage: "build".to_owned(), attempt: 1 };
    for service in [None, Some("db")] {
        let mut from = 0;
        loop {
            let said = archive.log(&key, service, from).await.unwrap();
            assert_eq!(said, runner.store().log(&key, service, from).unwrap());
            if said.is_empty() {
                break;
            }
            from += u64::try_from(said.len()).unwrap();
        }
        assert!(from > 0);
    }
    assert_eq!(archive.view(&id).await.unwrap().unwrap().stages[0].name, "Build");
}

#[tokio::test]
async fn a_run_that_was_over_before_the_runner_was_opened_is_archived() {
    let (state, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let runner = open(state.path().to_owned()).await;
    let id = run(&runner, "stages: [{name: A, step: {run: echo a}}]").await;
    runner.close().await;
    let archive = Archive::open(there.path().to_str().unwrap()).unwrap();
    let runner = open_with(state.path().to_owned(), |o| o.archive = Some(archive.clone())).await;
    has(&runner, &archive, &id).await;
    assert_eq!(archive.list(None, 5).await.unwrap()[0].id, id);
    assert_eq!(archive.list(Some("other"), 5).await.unwrap(), []);
}

#[tokio::test]
async fn an_archive_that_cannot_be_used_delays_nothing_is_told_once_and_is_caught_up_with() {
    crate::told::forget();
    let (state, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let place = there.path().join("archive");
    let archive = Archive::open(place.to_str().unwrap()).unwrap();
    fs::remove_dir(&place).unwrap();
    fs::write(&place, "in the way").unwrap();
    let runner = open_with(state.path().to_owned(), |o| o.archive = Some(archive.clone())).await;
    for _ in 0..5 {
        let id = run(&runner, "stages: [{name: A, step: {run: echo a}}]").await;
        assert_eq!(runner.get(&id).unwrap().unwrap().1.status, Status::Succeeded);
    }
    runner.archived().await;
    // Several rounds.
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((times("cannot be archived"), times("can be used again")), (1, 0));
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    let began = tokio::time::Instant::now();
    while times("can be used again") == 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "it was not caught up with");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(archive.list(Some("shop"), 9).await.unwrap().len(), 5);
    assert_eq!((times("cannot be archived"), times("can be used again")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_drops_a_runner_leaves_its_folder_to_the_next_one() {
    let (state, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let archive = Archive::open(there.path().to_str().unwrap()).unwrap();
    let change = |o: &mut weir_runner::Options| o.archive = Some(archive.clone());
    let runner = open_with(state.path().to_owned(), change).await;
    let waits =
        runner.start(request("stages: [{name: W, wait: 1h}]", json!({"type": "manual"}))).await.unwrap();
    drop(runner);
    let runner = open_with(state.path().to_owned(), change).await;
    assert!(runner.watch(&waits).is_some(), "it goes on with it");
}

/// As if the run had been over for long.
fn age(state: &Path, id: &str) {
    let file = File::options().append(true).open(state.join("runs").join(id).join("run.json")).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
}

#[tokio::test]
async fn a_run_is_pruned_when_the_archive_has_it_which_still_shows_it() {
    let (state, there) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let place = there.path().join("archive");
    let archive = Archive::open(place.to_str().unwrap()).unwrap();
    fs::remove_dir(&place).unwrap();
    fs::write(&place, "in the way").unwrap();
    let change = |o: &mut weir_runner::Options| (o.keep, o.archive) = (1, Some(archive.clone()));
    let runner = open_with(state.path().to_owned(), change).await;
    let stages = "stages: [{name: A, step: {run: echo a}}]";
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(run(&runner, stages).await);
        age(state.path(), ids.last().unwrap());
    }
    assert_eq!(runner.store().ids().unwrap(), ids, "they wait for the archive");
    ids.push(run(&runner, stages).await);
    over_and_pruned(&runner, 4).await;
    assert_eq!(runner.store().ids().unwrap(), ids[1..], "more than four times as many do not wait");
    runner.close().await;
    fs::remove_file(&place).unwrap();
    fs::create_dir(&place).unwrap();
    let runner = open_with(state.path().to_owned(), change).await;
    runner.archived().await;
    assert_eq!(Store::look(state.path()).ids().unwrap(), ids[4..]);
    let kept: Vec<String> =
        archive.list(Some("shop"), 9).await.unwrap().into_iter().map(|run| run.id).collect();
    assert_eq!(kept, ids[1..].iter().rev().cloned().collect::<Vec<_>>());
}

/// A run is over a moment before what is too much of the old ones is removed.
async fn over_and_pruned(runner: &Runner, left: usize) {
    let began = tokio::time::Instant::now();
    while runner.store().ids().unwrap().len() > left {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing was removed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
