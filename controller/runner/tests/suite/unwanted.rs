//! Steps that do what nobody wants, and what becomes of their runs and of the others.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use weir_cluster::prerequisites::required;
use weir_pipeline::Status;
use weir_runner::Local;

use crate::fixture::{World, keeper, open_with, over, reason};
use crate::triggered::until;

/// Any number at once.
const AT_ONCE: &str = "concurrency: {limit: 0}\n";

/// A command in mount namespaces of its own; `None`: nobody may have them here, which was said.
fn apart() -> Option<&'static str> {
    for unshare in ["unshare --mount", "unshare --map-root-user --mount"] {
        let script = format!("{unshare} mount -t tmpfs none /mnt");
        if Command::new("sh").args(["-c", &script]).status().unwrap().success() {
            return Some(unshare);
        }
    }
    assert!(!required(), "a mount namespace cannot be had");
    let _unseen = writeln!(std::io::stderr(), "SKIPPED: a mount namespace cannot be had");
    None
}

/// A keeper for which the workspace of the first run is a disk of 300 MiB. Steps leave 256 MiB of any disk free.
fn keeper_on_a_small_disk(folder: &Path, apart: &str) -> PathBuf {
    let (path, keeper) = (folder.join("keeper"), keeper());
    let (keeper, workspace) = (keeper.display(), folder.join("runs/shop-1/workspace"));
    let script = format!(
        "#!/bin/sh
case \"$1\" in
*/shop-1/*) exec {apart} sh -c 'mount -t tmpfs -o size=300m none \"$0\" && exec \"$@\"' '{}' '{keeper}' \"$@\" ;;
esac
exec '{keeper}' \"$@\"
",
        workspace.display()
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[tokio::test]
async fn one_that_fills_the_disk_is_named_it_is_the_machines_fault_and_the_others_go_on() {
    let Some(apart) = apart() else { return };
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_owned();
    let keeper = keeper_on_a_small_disk(&path, apart);
    let runner = open_with(path.clone(), |options| {
        options.executor = Arc::new(Local::new(keeper, Vec::new()));
    })
    .await;
    let world = World { folder, runner };
    let fills = "stages:\n- name: Fill\n  retries: {limit: 1, backoff: {initial: 1ms}}\n  step: {run: \"cat /dev/zero > file\"}\n";
    let waits = "stages:\n- {name: Wait, step: {run: \"touch up; until [ -e go ]; do sleep 0.05; done\"}}\n";
    let first = world.start(&format!("{AT_ONCE}{fills}")).await;
    let second = world.start(&format!("{AT_ONCE}{waits}")).await;
    let run = world.over(&first).await;
    let told = reason(&run);
    assert!(told.contains("stage \"Fill\" failed: ended because it filled the disk: "), "{told}");
    assert_eq!((run.status, run.stage("fill").unwrap().attempt), (Status::Terminal, 2), "{run:#?}");
    // There was room left: what is written last of a run has to fit as well.
    let mib =
        told.split("disk: ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok()).unwrap();
    assert!(mib > 128, "{told}");

    let workspace = world.runner.store().workspace(&second);
    until("the other one runs", || workspace.join("up").exists()).await;
    fs::write(workspace.join("go"), "").unwrap();
    assert_eq!(over(&world.runner, &second).await.status, Status::Succeeded);
}

#[tokio::test]
async fn one_that_never_ends_and_flees_is_named_nothing_of_it_is_left_and_the_others_go_on() {
    let world = World::new().await;
    // Whoever is found has begun another one, and has ended.
    let flees = "flee() { [ -e enough ] || { echo up > up; flee & }; exit; }; flee & (setsid sleep 1000 &); sleep 1000";
    let first = world
        .start(&format!("{AT_ONCE}stages:\n- {{name: Flee, timeout: 1s, step: {{run: \"{flees}\"}}}}\n"))
        .await;
    let second =
        world.start(&format!("{AT_ONCE}stages:\n- {{name: Wait, step: {{run: \"sleep 0.1\"}}}}\n")).await;
    let run = tokio::time::timeout(Duration::from_mins(1), world.over(&first)).await.unwrap();
    let workspace = world.runner.store().workspace(&first);
    let left = of_run(&world, &first);
    let fled = workspace.join("up").exists();
    fs::write(workspace.join("enough"), "").unwrap();
    assert!(fled && left.is_empty(), "{left:?}");
    let told = reason(&run);
    assert!(told.contains("stage \"Flee\"") && told.contains("1s"), "{told}");
    assert_eq!(world.over(&second).await.status, Status::Succeeded);
}

/// Commands that still run in the name of a run.
fn of_run(world: &World, run: &str) -> Vec<String> {
    let mark = format!("WEIR_STEP={}", world.folder.path().join("runs").join(run).display());
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let marked = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&mark)
    });
    marked.map(|process| fs::read_to_string(process.path().join("cmdline")).unwrap_or_default()).collect()
}
