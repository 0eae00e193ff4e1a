//! Rules of the windows: the sum of all of them is exactly what was recorded.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use weir_telemetry::outcome::Outcome;
use weir_telemetry::window::{Window, Windows};
use weir_telemetry::wire::{Report, SeriesKey};

use crate::proxy::{Proxy, Request, key};

const TRACKS: [&str; 3] = ["stable", "baseline", "canary"];
const PROXIES: usize = 3;

/// What can happen between a fleet and its observer.
#[derive(Clone, Debug)]
enum Event {
    Serve {
        proxy: usize,
        worker: usize,
        track: &'static str,
        request: Request,
    },
    Retry {
        proxy: usize,
        track: &'static str,
    },
    Rescue {
        proxy: usize,
        track: &'static str,
    },
    /// A report arrives, `times` times.
    Report {
        proxy: usize,
        times: usize,
    },
    /// A report is made and gets lost, or arrives after the next one.
    Miss {
        proxy: usize,
        arrives_late: bool,
    },
    /// The process ends; what it counted since its last report was never told to anyone.
    Restart {
        proxy: usize,
    },
    /// The route is removed, and the next report says so.
    EndSeries {
        proxy: usize,
        track: &'static str,
    },
    /// The controller is replaced by another one that reads the checkpoint.
    Restore,
}

fn request() -> impl Strategy<Value = Request> {
    let micros = (0_u32..34).prop_flat_map(|octave| (1_u64 << octave)..(2 << octave));
    (select(&Outcome::ALL[..]), micros, any::<bool>(), any::<bool>()).prop_map(
        |(outcome, micros, answered, warmup)| Request {
            outcome,
            total_micros: micros,
            first_byte_micros: answered.then_some(micros / 3),
            warmup,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let proxy = || 0..PROXIES;
    let track = || select(&TRACKS[..]);
    prop_oneof![
        12 => (proxy(), 0_usize..2, track(), request())
            .prop_map(|(proxy, worker, track, request)| Event::Serve { proxy, worker, track, request }),
        1 => (proxy(), track()).prop_map(|(proxy, track)| Event::Retry { proxy, track }),
        1 => (proxy(), track()).prop_map(|(proxy, track)| Event::Rescue { proxy, track }),
        4 => (proxy(), 1_usize..3).prop_map(|(proxy, times)| Event::Report { proxy, times }),
        2 => (proxy(), any::<bool>()).prop_map(|(proxy, arrives_late)| Event::Miss { proxy, arrives_late }),
        1 => proxy().prop_map(|proxy| Event::Restart { proxy }),
        1 => (proxy(), track()).prop_map(|(proxy, track)| Event::EndSeries { proxy, track }),
        1 => Just(Event::Restore),
    ]
}

/// The fleet, its observer, and beside them a tally that is kept by hand.
struct Fleet {
    proxies: Vec<Proxy>,
    lives: i64,
    windows: Windows,
    /// Made, and overtaken on its way by the next report, by proxy.
    late: Vec<Option<Report>>,
    /// Recorded and not reported yet, by proxy.
    pending: Vec<BTreeMap<SeriesKey, Window>>,
    /// Recorded and reported.
    expected: BTreeMap<SeriesKey, Window>,
    /// The sum of all windows.
    observed: BTreeMap<SeriesKey, Window>,
}

impl Fleet {
    fn start() -> Self {
        let mut fleet = Self {
            proxies: Vec::new(),
            lives: 0,
            windows: Windows::watching_since(0),
            late: vec![None; PROXIES],
            pending: vec![BTreeMap::new(); PROXIES],
            expected: BTreeMap::new(),
            observed: BTreeMap::new(),
        };
        for _ in 0..PROXIES {
            let proxy = fleet.new_life();
            fleet.proxies.push(proxy);
        }
        fleet
    }

    fn new_life(&mut self) -> Proxy {
        self.lives += 1;
        Proxy::start(&format!("proxy-{}", self.lives), self.lives * 1_000_000)
    }

    fn pending(&mut self, proxy: usize, track: &str) -> &mut Window {
        self.pending[proxy].entry(key(track)).or_default()
    }

    fn feed(&mut self, report: &Report) {
        let received = Report::from_json(&report.to_json().unwrap()).unwrap();
        for (key, window) in self.windows.feed(&received) {
            self.observed.entry(key).or_default().merge(&window);
        }
    }

    fn report(&mut self, proxy: usize, times: usize) {
        let report = self.proxies[proxy].report();
        for (key, window) in std::mem::take(&mut self.pending[proxy]) {
            self.expected.entry(key).or_default().merge(&window);
        }
        for _ in 0..times {
            self.feed(&report);
        }
        if let Some(late) = self.late[proxy].take() {
            self.feed(&late);
        }
    }

    fn happen(&mut self, event: &Event) {
        match *event {
            Event::Serve { proxy, worker, track, request } => {
                self.proxies[proxy].serve(track, worker, request);
                let pending = self.pending(proxy, track);
                pending.outcomes.add(request.outcome);
                if request.warmup {
                    pending.warmup_requests += 1;
                } else {
                    pending.duration.record(request.total_micros);
                    request
                        .first_byte_micros
                        .into_iter()
                        .for_each(|micros| pending.first_byte.record(micros));
                }
            }
            Event::Retry { proxy, track } => {
                self.proxies[proxy].series(track, 0).retried();
                self.pending(proxy, track).retries += 1;
            }
            Event::Rescue { proxy, track } => {
                self.proxies[proxy].series(track, 0).rescued();
                self.pending(proxy, track).rescued += 1;
            }
            Event::Report { proxy, times } => self.report(proxy, times),
            Event::Miss { proxy, arrives_late } => {
                let report = self.proxies[proxy].report();
                self.late[proxy] = arrives_late.then_some(report);
            }
            Event::Restart { proxy } => {
                self.proxies[proxy] = self.new_life();
                self.pending[proxy].clear();
                self.late[proxy] = None;
            }
            Event::EndSeries { proxy, track } => {
                self.proxies[proxy].drop_series(track);
                self.pending[proxy].remove(&key(track));
                self.report(proxy, 1);
            }
            Event::Restore => {
                let checkpoint = serde_json::to_string(&self.windows).unwrap();
                self.windows = serde_json::from_str(&checkpoint).unwrap();
            }
        }
    }
}

proptest! {
    #[test]
    fn the_sum_of_all_windows_is_what_was_recorded(events in vec(event(), 1..120)) {
        let mut fleet = Fleet::start();
        for event in &events {
            fleet.happen(event);
        }
        for proxy in 0..PROXIES {
            fleet.report(proxy, 1);
        }
        prop_assert_eq!(fleet.observed, fleet.expected);
    }
}

fn success(micros: u64) -> Request {
    Request { outcome: Outcome::Success, total_micros: micros, first_byte_micros: None, warmup: false }
}

fn requests(windows: &BTreeMap<SeriesKey, Window>) -> u64 {
    windows.values().map(|window| window.outcomes.total()).sum()
}

#[test]
fn an_instance_older_than_the_watch_counts_from_its_first_report_on() {
    let (mut older, mut newer) = (Proxy::start("older", 99), Proxy::start("newer", 100));
    let mut windows = Windows::watching_since(100);
    for proxy in [&mut older, &mut newer] {
        proxy.serve("canary", 0, success(500));
    }
    assert_eq!((requests(&windows.feed(&older.report())), requests(&windows.feed(&newer.report()))), (0, 1));
    for proxy in [&mut older, &mut newer] {
        proxy.serve("canary", 0, success(500));
    }
    assert_eq!((requests(&windows.feed(&older.report())), requests(&windows.feed(&newer.report()))), (1, 1));
}

#[test]
fn a_watch_from_zero_counts_everything() {
    let mut proxy = Proxy::start("proxy-0", i64::MIN);
    proxy.serve("canary", 0, success(500));
    assert_eq!(requests(&Windows::from_zero().feed(&proxy.report())), 1);
}

#[test]
fn a_series_in_which_nothing_happened_has_no_window() {
    let mut proxy = Proxy::start("proxy-0", 0);
    let mut windows = Windows::from_zero();
    proxy.serve("canary", 0, success(500));
    windows.feed(&proxy.report());
    proxy.serve("stable", 0, success(500));
    assert_eq!(windows.feed(&proxy.report()).into_keys().collect::<Vec<_>>(), [key("stable")]);
}

/// Two proxies of one name would otherwise look like one whose counts jump up and down.
#[test]
fn a_process_that_kept_its_name_is_told_by_its_start() {
    let (mut first, mut second) = (Proxy::start("proxy-0", 100), Proxy::start("proxy-0", 200));
    let mut windows = Windows::from_zero();
    for micros in 0..5 {
        first.serve("canary", 0, success(micros));
        second.serve("canary", 0, success(micros));
    }
    assert_eq!(requests(&windows.feed(&first.report())), 5);
    assert_eq!(requests(&windows.feed(&second.report())), 5);
}

#[test]
fn counts_that_went_down_begin_anew() {
    let mut proxy = Proxy::start("proxy-0", 0);
    let mut windows = Windows::from_zero();
    for micros in 0..5 {
        proxy.serve("canary", 0, success(micros));
    }
    windows.feed(&proxy.report());
    proxy.drop_series("canary");
    for micros in 0..3 {
        proxy.serve("canary", 0, success(micros));
    }
    assert_eq!(requests(&windows.feed(&proxy.report())), 3);
}

#[test]
fn a_forgotten_instance_that_comes_back_is_not_counted_twice() {
    let mut proxy = Proxy::start("proxy-0", 0);
    let mut windows = Windows::from_zero();
    proxy.serve("canary", 0, success(500));
    windows.feed(&proxy.report());
    windows.forget("proxy-1", 10_000_000);
    assert_eq!(windows.instances().collect::<Vec<_>>(), ["proxy-0"]);
    windows.forget("proxy-0", 10_000_000);
    assert_eq!(windows.instances().count(), 0);
    proxy.serve("canary", 0, success(500));
    assert_eq!(requests(&windows.feed(&proxy.report())), 0);
    proxy.serve("canary", 0, success(500));
    assert_eq!(requests(&windows.feed(&proxy.report())), 1);
}

/// The same key twice in one report, as a proxy that does not merge its workers would send it.
#[test]
fn a_series_that_comes_in_pieces_is_added_up() {
    let mut proxy = Proxy::start("proxy-0", 0);
    proxy.serve("canary", 0, success(500));
    let mut report = proxy.report();
    report.series.extend(report.series.clone());
    let windows = Windows::from_zero().feed(&report);
    assert_eq!((windows.len(), requests(&windows)), (1, 2));
}
