//! Requests that go to a release's canary whatever its weight, and how they are counted.

use std::collections::BTreeMap;

use serde_json::json;

use crate::http2;
use crate::support::client::get;
use crate::support::release::Release;
use crate::support::upstream::Upstream;

async fn three() -> [Upstream; 3] {
    [Upstream::echo("stable").await, Upstream::echo("canary").await, Upstream::echo("baseline").await]
}

async fn track_of(release: &Release, headers: &[(&str, &str)]) -> String {
    get(release.proxy.http(), "/", headers).await.text().lines().next().unwrap().to_owned()
}

const BETA: [(&str, &str); 1] = [("X-Beta", "yes")];

#[tokio::test]
async fn whoever_matches_gets_the_canary_at_any_weight_until_the_routes_end() {
    let [a, b, c] = three().await;
    let mut release = Release::start(&[a.address], &[b.address], &[c.address], &[]).await;
    let routes = json!([
        {"name": "beta", "match": {"headers": {"x-beta": {"exact": "yes"}}}},
        {"name": "pro", "match": {"cookies": {"plan": {"prefix": "pro"}}, "method": {"exact": "GET"}}},
    ]);
    for weight in [0, 1] {
        release.split(u64::try_from(weight).unwrap(), 0, json!({"headerRoutes": routes})).await;
        for headers in [&BETA[..], &[("x-beta", "yes"), ("a", "b")], &[("Cookie", "a=b; plan=pro-2")]] {
            assert_eq!(track_of(&release, headers).await, "canary", "{headers:?} at {weight} %");
        }
        // The same for a client that speaks HTTP/2.
        let (status, _, text) =
            http2::answer(&release.proxy, ("GET", "http://h/"), &[("x-beta", "yes")], "").await;
        assert_eq!((status, text.lines().next()), (200, Some("canary")));
        // Of a hundred others the canary gets its share, on a turn that nobody knows before.
        let mut canary = Vec::new();
        for number in 0..100 {
            let others = [&[("x-beta", "no")], &[("Cookie", "plan=free")]];
            let (of, track) = if let Some(headers) = others.get(number % 3) {
                (format!("{headers:?}"), track_of(&release, *headers).await)
            } else {
                let pro = [("cookie", "plan=pro")];
                let (_, _, text) = http2::answer(&release.proxy, ("POST", "http://h/"), &pro, "").await;
                ("a POST, where a GET was asked for".to_owned(), text.lines().next().unwrap().to_owned())
            };
            if track == "canary" {
                canary.push(of);
            } else {
                assert_eq!(track, "stable", "{of} at {weight} %");
            }
        }
        assert_eq!(canary.len(), weight, "{canary:?} at {weight} %");
    }
    release.split(0, 0, json!({})).await;
    assert_eq!(track_of(&release, &BETA).await, "stable", "an end takes the routes with it");
}

#[tokio::test]
async fn requests_of_the_canary_alone_are_counted_apart_and_shown_as_one() {
    let [a, b, c] = three().await;
    let mut release = Release::start(&[a.address], &[b.address], &[c.address], &[]).await;
    let routes = json!([{"name": "beta", "match": {"headers": {"x-beta": {"exact": "yes"}}}}]);
    release.split(50, 50, json!({"headerRoutes": routes})).await;
    for _ in 0..10 {
        track_of(&release, &[]).await;
        assert_eq!(track_of(&release, &BETA).await, "canary");
    }
    let canary = release.proxy.settled("canary").await;
    assert_eq!((canary.outcomes.total(), b.requests()), (15, 15));
    let mut groups = BTreeMap::new();
    for series in release.proxy.report().await.series {
        *groups.entry((series.key.track, series.key.group)).or_insert(0) += series.counts.outcomes.total();
    }
    let key = |track: &str, group: &str| (track.to_owned(), group.to_owned());
    let expected = [
        (key("baseline", ""), 5),
        (key("canary", ""), 5),
        (key("canary", "matched"), 10),
        (key("stable", ""), 0),
    ];
    assert_eq!(groups, expected.into());
    let sample = "weir_request_duration_seconds_count{route=\"shop/web/*/\",service=\"shop/web\",track=\"canary\",revision=\"web-canary-r1\"}";
    assert_eq!(release.proxy.metric(sample).await, 15, "{}", release.proxy.admin("/metrics").await.text());
}

#[tokio::test]
async fn canary_and_baseline_share_what_is_to_be_compared() {
    let [a, b, c] = three().await;
    let mut release = Release::start(&[a.address], &[b.address], &[c.address], &[]).await;
    let routes =
        json!([{"name": "beta", "match": {"headers": {"x-beta": {"exact": "yes"}}}, "baseline": true}]);
    release.split(0, 0, json!({"headerRoutes": routes})).await;
    for _ in 0..20 {
        track_of(&release, &BETA).await;
        assert_eq!(track_of(&release, &[]).await, "stable");
    }
    assert_eq!((b.requests(), c.requests(), a.requests()), (10, 10, 20));
    let report = release.proxy.report().await;
    assert!(report.series.iter().all(|series| series.key.group.is_empty()), "they are evidence like others");
}

#[tokio::test]
async fn without_pods_stable_answers_them() {
    let [a, _, c] = three().await;
    let mut release = Release::start(&[a.address], &[], &[c.address], &[]).await;
    let routes = json!([{"name": "beta", "match": {"headers": {"x-beta": {"exact": "yes"}}}}]);
    release.split(0, 0, json!({"headerRoutes": routes})).await;
    assert_eq!(track_of(&release, &BETA).await, "stable");
}
