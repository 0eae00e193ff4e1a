//! Users stay on their track: raising a weight moves users to the canary only, and exactly those whose bucket it newly takes.

use std::net::SocketAddr;

use weir_api::service::Sticky;
use weir_api::{Share, Track};
use weir_load::{drive, plan::Variation, serve::Server};
use weir_routing::sticky::{BUCKETS, Cohort};
use weir_tests::client::{Client, get, once};
use weir_tests::sample::split;
use weir_tests::standalone::Standalone;
use weir_tests::traffic::{closed, received, upstream};

const USERS: usize = 2_500;

struct Stage {
    proxy: Standalone,
    stable: Server,
    canary: Server,
    baseline: Server,
}

impl Stage {
    async fn start(canary_weight: &str, baseline_weight: &str) -> Self {
        let [stable, baseline, canary] = [
            upstream("stable", "0").await.unwrap(),
            upstream("baseline", "0").await.unwrap(),
            upstream("canary", "0").await.unwrap(),
        ];
        let proxy = Standalone::proxy(&[], &[]).await.unwrap();
        let stage = Self { proxy, stable, canary, baseline };
        stage.set(canary_weight, baseline_weight).await;
        stage
    }

    async fn set(&self, canary_weight: &str, baseline_weight: &str) {
        let text = split(
            "web",
            &[self.stable.address()],
            (canary_weight, &[self.canary.address()]),
            Some((baseline_weight, &[self.baseline.address()])),
            &[("weir.dev/sticky", "cookie:user")],
        );
        self.proxy.changed(|| self.proxy.apply("web.yaml", &text)).await.unwrap();
    }

    fn address(&self) -> SocketAddr {
        self.proxy.listen().unwrap()
    }

    /// The track of every user, asked on two connections, which agree.
    async fn tracks(&self) -> Vec<Track> {
        let requests: Vec<String> =
            (0..USERS).map(|user| get("/web", &[("cookie", &format!("a=b; user=user-{user}"))])).collect();
        let mut asked = Vec::new();
        for _ in 0..2 {
            let answers = Client::connect(self.address()).await.unwrap().all(&requests).await.unwrap();
            assert!(
                answers.iter().all(|answer| answer.status == 200 && answer.header("set-cookie").is_none())
            );
            asked.push(answers.iter().map(|answer| track(answer.version())).collect::<Vec<_>>());
        }
        assert_eq!(asked[0], asked[1], "a user has one track on all connections");
        asked.swap_remove(0)
    }
}

fn track(version: &str) -> Track {
    [Track::Stable, Track::Baseline, Track::Canary]
        .into_iter()
        .find(|track| track.as_str() == version)
        .unwrap()
}

fn count(tracks: &[Track], of: Track) -> usize {
    tracks.iter().filter(|track| **track == of).count()
}

/// Where every user belongs: the canary takes buckets from the bottom, the baseline from the top. Of the routing library only the hash is taken.
fn expected(canary: &str, baseline: &str) -> Vec<Track> {
    let cohort = Cohort::new(Sticky::Cookie("user".to_owned()), "test/web", "web-canary");
    let buckets =
        |weight: &str| u32::from(weight.parse::<Share>().unwrap().basis_points()) * (BUCKETS / 10_000);
    let (canary, baseline) = (buckets(canary), buckets(baseline));
    (0..USERS)
        .map(|user| match cohort.bucket(format!("user-{user}").as_bytes()) {
            bucket if bucket < canary => Track::Canary,
            bucket if bucket >= BUCKETS - baseline => Track::Baseline,
            _ => Track::Stable,
        })
        .collect()
}

/// Fails if `count` of the users is further from a share than chance explains: five standard deviations.
fn assert_share(count: usize, weight: &str) {
    let share = f64::from(weight.parse::<Share>().unwrap().basis_points()) / 10_000.0;
    let (count, users) = (f64::from(u32::try_from(count).unwrap()), f64::from(u32::try_from(USERS).unwrap()));
    let deviation = (users * share * (1.0 - share)).sqrt();
    assert!((count - users * share).abs() <= 5.0 * deviation, "{count} of {users} users at {weight} %");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raising_a_weight_moves_exactly_the_users_of_the_new_buckets_and_none_back() {
    let stage = Stage::start("5", "0").await;
    let mut before = stage.tracks().await;
    assert_eq!(before, expected("5", "0"));
    for (canary, baseline) in [("10", "0"), ("10", "10"), ("33.33", "12.5"), ("50", "50")] {
        stage.set(canary, baseline).await;
        let now = stage.tracks().await;
        let moved: Vec<_> = before.iter().zip(&now).filter(|(before, now)| before != now).collect();
        println!(
            "canary {canary} %, baseline {baseline} %: of {USERS} users {} on the canary, {} on the baseline; {} moved",
            count(&now, Track::Canary),
            count(&now, Track::Baseline),
            moved.len()
        );
        assert!(
            moved.iter().all(|(before, _)| **before == Track::Stable),
            "somebody left canary or baseline"
        );
        assert_eq!(now, expected(canary, baseline));
        assert_share(count(&now, Track::Canary), canary);
        assert_share(count(&now, Track::Baseline), baseline);
        before = now;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weight_zero_ends_it_at_once_for_every_user() {
    let stage = Stage::start("50", "0").await;
    let before = stage.tracks().await;
    stage.set("0", "0").await;
    let reached = received(&stage.canary, "/web");
    let after = stage.tracks().await;
    println!(
        "50 % to 0 %: {} users left the canary, {} are left",
        count(&before, Track::Canary),
        count(&after, Track::Canary)
    );
    assert!(count(&before, Track::Canary) > USERS / 3);
    assert_eq!((count(&after, Track::Stable), received(&stage.canary, "/web")), (USERS, reached));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_of_the_load_generator_never_move_between_tracks() {
    let stage = Stage::start("10", "10").await;
    let mut plan = closed(stage.address(), "/web", 8, 20_000).unwrap();
    plan.variations = vec![Variation::user_cookie("user", 2_000).unwrap()];
    let load = drive::run(plan).await.unwrap();
    let users = load.users.unwrap();
    println!(
        "{} requests of {} users on 8 connections: {} users moved",
        load.results.completed, users.seen, users.moved
    );
    assert_eq!((load.results.completed, load.results.errors, users.moved), (20_000, 0, 0));
    assert!(users.seen > 1_900 && load.groups.len() == 3, "{load:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_that_the_proxy_sets_keeps_its_user_on_the_track_while_weights_rise() {
    let stage = Stage::start("40", "0").await;
    let mut users = Vec::new();
    for _ in 0..60 {
        let first = once(stage.address(), "/web", &[]).await.unwrap();
        let cookie = first.header("set-cookie").expect("a cookie for a new user");
        assert!(cookie.starts_with("user="), "{cookie}");
        users.push((cookie.split(';').next().unwrap().to_owned(), track(first.version())));
    }
    let canaries = users.iter().filter(|(_, track)| *track == Track::Canary).count();
    println!("40 %: {canaries} of 60 new users got the canary");
    // Fewer than 5 or more than 45 of 60 at 40 %: less often than once in a million runs each.
    assert!((5..=45).contains(&canaries), "{canaries} of 60");
    for weight in ["40", "60"] {
        if weight != "40" {
            stage.set(weight, "0").await;
        }
        for (cookie, first) in &users {
            let again = once(stage.address(), "/web", &[("cookie", cookie)]).await.unwrap();
            assert_eq!(again.header("set-cookie"), None);
            let now = track(again.version());
            let may_move = weight != "40" && *first == Track::Stable;
            assert!(now == *first || may_move, "{cookie} at {weight} %: {first} first, now {now}");
        }
    }
}
