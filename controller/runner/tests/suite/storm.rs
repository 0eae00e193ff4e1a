//! A storm of pushes.

use std::collections::BTreeSet;
use std::time::Instant;

use weir_pipeline::Status;

use crate::fixture::reason;
use crate::sent::{exchange, genuine, push};
use crate::triggered::{Triggered, file, until};

const PUSHES: usize = 500;
const CONNECTIONS: usize = 8;

/// Of this process, bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_five_hundred_pushes_none_is_lost() {
    let trigger = "{github: {repository: acme/cart, secret: hooks}}";
    let spec = "concurrency: {limit: 1, waiting: newest}\n  stages: [{name: Build, wait: 20ms}]";
    let mut world = Triggered::new(&[("shop.yaml", file("shop", trigger, spec))]).await;
    assert_eq!(world.problems, []);
    world.serve().await;
    let (before, began) = (resident(), Instant::now());
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..CONNECTIONS {
        let mut connection = world.connect().await;
        senders.spawn(async move {
            let mut runs = Vec::new();
            for number in (sender..PUSHES).step_by(CONNECTIONS) {
                let call = genuine("push", &format!("d{number}"), &push("main", number + 1));
                let (status, body) = exchange(&mut connection, &call).await;
                assert_eq!(status, 202, "{body}");
                let asked = body["runs"].as_array().unwrap().clone();
                runs.extend(asked.iter().map(|run| run.as_str().unwrap().to_owned()));
            }
            runs
        });
    }
    let asked = senders.join_all().await.concat();
    let took = began.elapsed();
    let all: BTreeSet<String> = (1..=PUSHES).map(|number| format!("shop-{number}")).collect();
    assert_eq!((asked.len(), asked.into_iter().collect::<BTreeSet<_>>()), (PUSHES, all));
    until("all runs are over", || {
        let newest = world.runner.get("shop-500").unwrap().unwrap().1;
        newest.status.is_complete()
            && (1..PUSHES).all(|number| world.runner.watch(&format!("shop-{number}")).is_none())
    })
    .await;
    let grown = resident().saturating_sub(before);
    eprintln!("500 pushes took {took:?}; resident memory grew by {} KiB", grown >> 10);
    assert!(grown < 200 << 20, "{grown} bytes");
    looked_at(&world.again().await);
}

/// What is on the disk after the storm, as the next program finds it.
fn looked_at(world: &Triggered) {
    let mut ran = Vec::new();
    for number in 1..=PUSHES {
        let run = world.runner.get(&format!("shop-{number}")).unwrap().unwrap().1;
        match run.status {
            Status::Succeeded => ran.push((run.began.unwrap(), run.ended.unwrap())),
            _ => assert!(reason(&run).contains("shop-"), "{}: {:?}", run.id, run.reason),
        }
        assert!(number < PUSHES || run.status == Status::Succeeded, "{run:?}");
    }
    ran.sort();
    assert!(!ran.is_empty());
    assert!(ran.windows(2).all(|two| two[0].1 <= two[1].0), "two ran at once: {ran:?}");
}
