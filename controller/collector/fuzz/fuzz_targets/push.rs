//! Whatever is pushed is kept or refused without a panic, and the store's counts stay right.
#![no_main]

use libfuzzer_sys::fuzz_target;
use weir_collector::otlp::{self, Encoding};
use weir_collector::{Limits, Query, Store, json, statsd};

const NOW: i64 = 1_700_000_000_000;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { keep_millis: 60_000, series: 8, buckets: 32 };
    let mut store = Store::new(limits, NOW);
    let pushed = statsd::parse(bytes)
        .chain(json::parse(bytes).into_iter().flatten())
        .chain(otlp::parse(Encoding::Protobuf, bytes).into_iter().flatten())
        .chain(otlp::parse(Encoding::Json, bytes).into_iter().flatten());
    for sample in pushed {
        if let Err(refusal) = sample.and_then(|sample| store.take(sample, NOW)) {
            assert!(!refusal.to_string().is_empty());
        }
        assert!(store.series() <= limits.series && store.buckets() <= limits.buckets, "{store:?}");
    }
    let metrics: Vec<String> = store.metrics().map(|(name, _)| name.to_owned()).collect();
    for metric in metrics {
        let window = [("startMillis", "1699999990000"), ("endMillis", "1700000060000"), ("stepSeconds", "7")];
        let query = Query::parse(window.into_iter().chain([("metric", metric.as_str())]));
        assert!(query.is_ok_and(|query| store.answer(&query).len() <= 1));
    }
    let parameters = std::str::from_utf8(bytes).unwrap_or_default().split('&').filter_map(|one| one.split_once('='));
    let _ = Query::parse(parameters);
    store.age(NOW + 200_000);
    assert_eq!((store.series(), store.buckets()), (0, 0));
});
