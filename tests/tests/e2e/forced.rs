//! A header or cookie forces a track, and `/debug/routes` tells beforehand what happens then.

use std::collections::BTreeMap;

use serde_json::Value;
use weir_tests::client::{Client, get};
use weir_tests::sample::split;
use weir_tests::standalone::Standalone;
use weir_tests::traffic::upstream;

/// Header fields, what decides, and the track that answers; `None`: the turn.
type Case = (&'static [(&'static str, &'static str)], &'static str, Option<&'static str>);

const CASES: [Case; 9] = [
    (&[], "turn", None),
    (&[("x-track", "always")], "header", Some("canary")),
    (&[("X-Track", "canary")], "header", Some("canary")),
    (&[("x-track", "baseline")], "header", Some("baseline")),
    (&[("x-track", "never")], "header", Some("stable")),
    (&[("x-track", "nonsense")], "turn", None),
    (&[("cookie", "a=b; track=always")], "cookie", Some("canary")),
    (&[("cookie", "track=stable")], "cookie", Some("stable")),
    (&[("cookie", "track=always"), ("x-track", "never")], "header", Some("stable")),
];

/// Requests of each case.
const REQUESTS: usize = 400;

/// Tracks that `/debug/routes` gives a chance, with the percentages.
fn chances(explained: &Value) -> BTreeMap<String, f64> {
    let chances = explained["choice"]["chances"].as_array().unwrap();
    chances
        .iter()
        .map(|chance| (chance["answeredBy"].as_str().unwrap().to_owned(), chance["share"].as_f64().unwrap()))
        .collect()
}

async fn start(canary: &str, baseline: &str) -> (Standalone, [weir_load::serve::Server; 3]) {
    let servers = [
        upstream("stable", "0").await.unwrap(),
        upstream("baseline", "0").await.unwrap(),
        upstream("canary", "0").await.unwrap(),
    ];
    let [a, b, c] = [0, 1, 2].map(|track: usize| [servers[track].address()]);
    let force = [("weir.dev/canary-header", "X-Track"), ("weir.dev/canary-cookie", "track")];
    let text = split("web", &a, (canary, &c), Some((baseline, &b)), &force);
    (Standalone::proxy(&[("web.yaml", text)], &["--workers", "1"]).await.unwrap(), servers)
}

/// Asks as `headers` say, after asking what will happen.
async fn asked(proxy: &Standalone, headers: &[(&str, &str)]) -> (Value, BTreeMap<String, usize>) {
    let mut query = "host=e2e.test&path=/web".to_owned();
    for (name, value) in headers {
        query.extend(["&header=", name, ":", &value.replace(' ', "+")]);
    }
    let explained = proxy.explain(&query).await.unwrap();
    let mut client = Client::connect(proxy.listen().unwrap()).await.unwrap();
    let mut seen = BTreeMap::new();
    for answer in client.all(&vec![get("/web", headers); REQUESTS]).await.unwrap() {
        assert_eq!(answer.status, 200);
        *seen.entry(answer.version().to_owned()).or_insert(0) += 1;
    }
    (explained, seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn header_and_cookie_force_a_track_as_the_explanation_says() {
    let (proxy, _servers) = start("10", "5").await;
    for (headers, by, forced) in CASES {
        let (explained, seen) = asked(&proxy, headers).await;
        println!("{headers:?}: {seen:?}; {}", explained["message"]);
        assert_eq!(explained["choice"]["by"], by, "{headers:?}: {explained}");
        if let Some(track) = forced {
            assert_eq!(chances(&explained), BTreeMap::from([(track.to_owned(), 100.0)]));
            assert_eq!(seen, BTreeMap::from([(track.to_owned(), REQUESTS)]), "{headers:?}");
            continue;
        }
        let chances = chances(&explained);
        let expected = [("baseline", 5.0), ("canary", 10.0), ("stable", 85.0)];
        assert_eq!(chances, expected.map(|(track, share)| (track.to_owned(), share)).into());
        // Two windows of the draw may be open at the ends.
        for (track, expected) in [("stable", 340_usize), ("canary", 40), ("baseline", 20)] {
            assert!(seen[track].abs_diff(expected) <= 3, "{headers:?}: {seen:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_without_weight_is_reached_by_force_only() {
    let (proxy, [stable, _, canary]) = start("0", "0").await;
    let (explained, seen) = asked(&proxy, &[]).await;
    assert_eq!(seen, BTreeMap::from([("stable".to_owned(), REQUESTS)]), "{explained}");
    assert_eq!(chances(&explained), BTreeMap::from([("stable".to_owned(), 100.0)]));
    assert_eq!(canary.stats().received, 0);
    let (_, seen) = asked(&proxy, &[("x-track", "always")]).await;
    assert_eq!(seen, BTreeMap::from([("canary".to_owned(), REQUESTS)]));
    println!(
        "weight 0: {} requests on stable, {} forced to the canary",
        stable.stats().received,
        canary.stats().received
    );
}
