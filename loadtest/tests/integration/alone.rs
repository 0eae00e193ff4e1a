//! What measures time, and therefore runs while nothing else does: `make test` starts these after all others.

use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use weir_load::{
    arrivals::Spacing,
    drive,
    plan::{Pace, Plan},
    serve::{Change, Options, Server},
};

use crate::counts::{open, upstream};
use crate::open_loop::{assert_adds_up, plan};
use crate::scripted::{OK, Scripted, answer};

/// How late this machine lets the thread of a test be that has something to do each millisecond, in microseconds: nine times of ten not later. What was due
/// while the thread had to wait counts like what came after, as requests do.
async fn lateness(of: Duration) -> u64 {
    const PERIOD: Duration = Duration::from_millis(1);
    let end = Instant::now() + of;
    let mut ticks = tokio::time::interval(PERIOD);
    let mut late = Vec::new();
    while Instant::now() < end {
        let due = ticks.tick().await;
        late.push(u64::try_from(due.elapsed().as_micros()).unwrap());
    }
    late.sort_unstable();
    late[late.len() * 9 / 10]
}

#[tokio::test]
async fn at_5000_requests_per_second_requests_start_within_a_millisecond_of_their_time() {
    let server = upstream().await;
    let plan = Plan::new(&server.url(), open("1s:5000", Spacing::Poisson { seed: 1 })).unwrap();
    // What the machine does to anybody who waits, the program cannot undo.
    let (report, machine) = tokio::join!(drive::run(plan), lateness(Duration::from_secs(1)));
    let lag = report.unwrap().lag_micros;
    // Only requests that found a lane waiting for them have a lag; how many do depends on the machine, so the median is asked.
    assert!(lag.count > 0 && lag.p50 < 1000 + machine, "{lag:?} where anybody is {machine} us late");
}

#[tokio::test]
async fn measured_latency_is_the_configured_distribution() {
    let server = Server::start(Options::default()).await.unwrap();
    server.change(Change { latency: "90%:20ms,10%:80ms".parse().ok(), ..Change::default() }).unwrap();
    let pace = Pace::Closed { lanes: NonZeroUsize::new(20).unwrap(), requests: Some(600), duration: None };
    let report = drive::run(Plan::new(&server.url(), pace).unwrap()).await.unwrap();
    let times = report.results.service_micros;
    // Never earlier than drawn; later by what the machine takes, which the median bounds even on a busy one.
    assert!((20_000..60_000).contains(&times.p50), "{times:?}");
    assert!((80_000..400_000).contains(&times.p95), "{times:?}");
}

#[tokio::test]
async fn a_stall_is_charged_to_everybody_who_was_due_during_it() {
    // One connection; request 50 takes 500 ms, all others none. Of 200 requests at 200 per second half were due during the stall.
    let server = Scripted::start(|number, stream| {
        if number == 50 {
            thread::sleep(Duration::from_millis(500));
        }
        answer(stream, OK)
    });
    let report = drive::run(plan(&server.url(), 200.0, 1000, 1000, Some(1))).await.unwrap();
    assert_adds_up(&report);
    assert_eq!(report.results.completed, 200);
    let (latency, service) = (report.results.latency_micros, report.results.service_micros);
    // Service time, which is what a closed loop measures, has seen one slow request of two hundred.
    assert!(service.max >= 500_000 && service.p90 < 100_000, "{service:?}");
    assert!(latency.p75 > 150_000 && latency.max >= 500_000, "{latency:?}");
    // The mean of the waiting is about a quarter of the stall: half of the requests waited half of it on average.
    assert!((90_000.0..250_000.0).contains(&latency.mean), "{latency:?}");
}
