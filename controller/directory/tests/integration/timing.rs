//! When changes are seen: soon, together, under load, and without signs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use weir_directory::{Directory, Root, Timing};

use crate::support::{PATIENCE, SIGNS_ONLY, Watched, names, problems, service, until, until_that, write};

#[tokio::test]
async fn a_wait_that_is_given_up_loses_no_change() {
    let mut watched = Watched::with(&[("a.yaml", &service("a", "ClusterIP"))]);
    assert!(poll_once(watched.directory.changed()).await.is_none());
    watched.write("a.yaml", &service("a", "NodePort"));
    // Every wait but the last is dropped, some of them when the change is there already.
    let deadline = Instant::now() + PATIENCE;
    loop {
        match poll_once(watched.directory.changed()).await {
            Some(snapshot) if names(&snapshot) == ["a:NodePort"] => break,
            Some(_) | None => std::thread::yield_now(),
        }
        assert!(Instant::now() < deadline, "the change was lost");
    }
}

/// Polls a future once and drops it.
async fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(move |context| match future.as_mut().poll(context) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

#[tokio::test]
async fn nothing_is_told_while_nothing_changes() {
    let timing = Timing { poll: Duration::from_millis(5), ..SIGNS_ONLY };
    let temp = TempDir::new().unwrap();
    write(&temp.path().join("a.yaml"), &service("a", "ClusterIP"));
    let mut directory = Directory::open_roots(vec![Root::required(temp.path())], timing).unwrap();
    directory.read();
    // Replaced by the same content: looked at, found equal.
    write(&temp.path().join(".new"), &service("a", "ClusterIP"));
    std::fs::rename(temp.path().join(".new"), temp.path().join("a.yaml")).unwrap();
    let quiet = tokio::time::timeout(Duration::from_millis(300), directory.changed()).await;
    assert!(quiet.is_err(), "{quiet:?}");
}

#[tokio::test]
async fn constant_change_does_not_hold_a_change_back() {
    let mut watched = Watched::with(&[("noise.yaml", "# 0\n")]);
    let (noise, stop) = (watched.path("noise.yaml"), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let writer = std::thread::spawn(move || {
        let mut count = 0_u64;
        // Faster than the quiet time, until the test is done with it.
        while !stopped.load(Ordering::Relaxed) {
            count += 1;
            std::fs::write(&noise, format!("# {count}\n")).unwrap();
            std::thread::yield_now();
        }
        count
    });
    watched.write("a.yaml", &service("a", "ClusterIP"));
    let seen = watched.until(&["a:ClusterIP"]).await;
    stop.store(true, Ordering::Relaxed);
    assert!(writer.join().unwrap() > 1);
    assert_eq!(problems(&seen), [""; 0]);
}

#[tokio::test]
async fn a_change_without_a_sign_is_found_by_looking() {
    let timing = Timing { poll: Duration::from_millis(10), ..SIGNS_ONLY };
    let (temp, elsewhere) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let target = elsewhere.path().join("target");
    write(&target, &service("a", "ClusterIP"));
    std::os::unix::fs::symlink(&target, temp.path().join("a.yaml")).unwrap();
    let mut directory = Directory::open_roots(vec![Root::required(temp.path())], timing).unwrap();
    assert_eq!(names(&directory.read()), ["a:ClusterIP"]);
    // The link's target lies outside of what is watched. Two writes of the same length within one tick of the clock are told apart too.
    for round in 0..20 {
        let kind = if round % 2 == 0 { "Aaaaaaaaa" } else { "Bbbbbbbbb" };
        write(&target, &service("a", kind));
        until(&mut directory, &[&format!("a:{kind}")]).await;
    }
}

#[tokio::test]
async fn a_thousand_files_are_read_and_a_change_among_them_is_seen() {
    let temp = TempDir::new().unwrap();
    for number in 0..1000 {
        write(
            &temp.path().join(format!("{number:04}.yaml")),
            &service(&format!("s{number:04}"), "ClusterIP"),
        );
    }
    let start = Instant::now();
    let mut directory = Directory::open_roots(vec![Root::required(temp.path())], SIGNS_ONLY).unwrap();
    let first = directory.read();
    let all = start.elapsed();
    assert_eq!(first.objects.len(), 1000);
    write(&temp.path().join("0500.yaml"), &service("s0500", "NodePort"));
    let is_new = |snapshot: &weir_directory::Snapshot| names(snapshot)[500] == "s0500:NodePort";
    let start = Instant::now();
    let second = until_that(&mut directory, is_new, "the change").await;
    println!("1000 files: first read {all:?}, a change seen after {:?}", start.elapsed());
    assert_eq!(second.objects.len(), 1000);
    assert!(all < PATIENCE, "{all:?}");
}

#[test]
fn the_thread_ends_with_its_directory() {
    let temp = TempDir::new().unwrap();
    let threads = || {
        std::fs::read_dir("/proc/self/task")
            .unwrap()
            .filter(|task| {
                let name = task
                    .as_ref()
                    .map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default());
                name.is_ok_and(|name| name.trim() == "weir-directory")
            })
            .count()
    };
    for _ in 0..50 {
        drop(Directory::open_roots(vec![Root::required(temp.path())], SIGNS_ONLY).unwrap());
    }
    // Other tests of this process have some of their own; fifty more would be ours.
    let deadline = Instant::now() + PATIENCE;
    while threads() >= 50 {
        assert!(Instant::now() < deadline, "{} threads are left", threads());
        std::thread::yield_now();
    }
}
