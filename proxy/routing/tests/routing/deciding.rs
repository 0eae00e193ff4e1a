//! Order of decision: forced header, forced cookie, sticky user, next turn; and what stands in for a dead track.

use serde_json::{Value, json};
use weir_api::Track;
use weir_routing::{Because, Table, Turns, decide};

use crate::objects::{World, get, simple, with};

/// A Service with this canary weight and these further annotations; endpoints of stable, canary and baseline.
fn split(weight: &str, more: &Value, endpoints: [u8; 3]) -> Table {
    let mut annotations = json!({
        "weir.dev/canary-service": "canary", "weir.dev/canary-weight": weight,
        "weir.dev/baseline-service": "baseline", "weir.dev/baseline-weight": "0",
    });
    for (key, value) in more.as_object().unwrap() {
        annotations[key] = value.clone();
    }
    let [stable, canary, baseline] = endpoints;
    World::default()
        .service_with("api", stable, &annotations, &json!({}))
        .service("canary", canary)
        .service("baseline", baseline)
        .ingress("web", &simple("/", "api"))
        .table()
        .0
}

/// The track, what decided, and the track it stands in for.
fn ask(table: &Table, headers: &[(&str, &str)]) -> (Track, &'static str, Option<Track>) {
    let headers = headers.to_vec();
    let head = with(&headers, "h", "/");
    let decision = decide(table.find(&head).unwrap(), &head, &mut Turns::new(1));
    (decision.backend.track, decision.because.as_str(), decision.instead_of)
}

const ALL: [u8; 3] = [1, 1, 1];

#[test]
fn a_header_forces_a_track_whatever_the_weight() {
    for weight in ["0", "100"] {
        let table = split(weight, &json!({ "weir.dev/canary-header": "X-Track" }), ALL);
        for (value, track) in [
            ("always", Track::Canary),
            ("canary", Track::Canary),
            ("never", Track::Stable),
            ("stable", Track::Stable),
            ("baseline", Track::Baseline),
        ] {
            assert_eq!(ask(&table, &[("X-TRACK", value)]), (track, "header", None), "{value} at {weight} %");
        }
        let by_turn = if weight == "0" { Track::Stable } else { Track::Canary };
        for value in ["", "Always", "yes", "always "] {
            assert_eq!(
                ask(&table, &[("x-track", value)]),
                (by_turn, "turn", None),
                "{value:?} decides nothing"
            );
        }
    }
}

#[test]
fn with_a_value_only_that_value_counts() {
    let table = split(
        "0",
        &json!({ "weir.dev/canary-header": "x-track", "weir.dev/canary-header-value": "blue" }),
        ALL,
    );
    assert_eq!(ask(&table, &[("x-track", "blue")]), (Track::Canary, "header", None));
    for value in ["always", "Blue", "blue2", ""] {
        assert_eq!(ask(&table, &[("x-track", value)]), (Track::Stable, "turn", None), "{value:?}");
    }
}

#[test]
fn the_order_is_header_cookie_sticky_turn() {
    let all = json!({ "weir.dev/canary-header": "x-track", "weir.dev/canary-cookie": "track", "weir.dev/sticky": "header:x-user" });
    let table = split("100", &all, ALL);
    let (header, cookie, user) =
        (("x-track", "never"), ("cookie", "a=b; track=baseline"), ("x-user", "alice"));
    assert_eq!(ask(&table, &[user, cookie, header]), (Track::Stable, "header", None));
    assert_eq!(ask(&table, &[user, cookie]), (Track::Baseline, "cookie", None));
    assert_eq!(
        ask(&table, &[user, ("x-track", "other"), ("cookie", "track=other")]),
        (Track::Canary, "sticky", None)
    );
    assert_eq!(ask(&table, &[("x-user", "")]), (Track::Canary, "turn", None));
}

#[test]
fn without_a_split_nothing_is_forced() {
    let table = World::default()
        .service_with("api", 1, &json!({ "weir.dev/canary-header": "x-track" }), &json!({}))
        .ingress("web", &simple("/", "api"))
        .clean();
    assert_eq!(ask(&table, &[("x-track", "always")]), (Track::Stable, "only", None));
}

#[test]
fn a_dead_track_is_stood_in_for() {
    let forced = json!({ "weir.dev/canary-header": "x-track", "weir.dev/baseline-weight": "10" });
    let cases = [
        // Endpoints of stable, canary, baseline; weight; header; who answers.
        ([1, 0, 1], "50", "canary", Track::Stable, Some(Track::Canary)),
        ([1, 1, 0], "50", "baseline", Track::Stable, Some(Track::Baseline)),
        ([0, 1, 1], "50", "stable", Track::Baseline, Some(Track::Stable)),
        ([0, 1, 0], "50", "stable", Track::Canary, Some(Track::Stable)),
        ([0, 1, 0], "50", "baseline", Track::Canary, Some(Track::Baseline)),
        ([0, 1, 1], "0", "stable", Track::Baseline, Some(Track::Stable)),
        ([0, 0, 0], "50", "stable", Track::Stable, None),
        ([0, 0, 0], "50", "canary", Track::Canary, None),
        // An aborted canary does not come back because stable is dead.
        ([0, 1, 0], "0", "stable", Track::Stable, None),
        ([0, 1, 0], "0", "canary", Track::Canary, None),
    ];
    for (endpoints, weight, header, track, instead_of) in cases {
        let table = split(weight, &forced, endpoints);
        assert_eq!(
            ask(&table, &[("x-track", header)]),
            (track, "header", instead_of),
            "{endpoints:?} {weight} % {header}"
        );
    }
}

#[test]
fn a_new_user_gets_a_cookie_and_comes_back_to_the_same_track() {
    let table = split("30", &json!({ "weir.dev/sticky": "cookie:user" }), ALL);
    let mut turns = Turns::new(9);
    let mut canaries = 0;
    for _ in 0..1000 {
        let head = get("h", "/");
        let route = table.find(&head).unwrap();
        let first = decide(route, &head, &mut turns);
        let cookie = first.set_cookie.expect("a new user");
        let set = cookie.header_value(true).to_string();
        assert_eq!(
            set,
            format!("user={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure", cookie.user)
        );
        assert!(!cookie.header_value(false).to_string().contains("Secure"));
        let headers = vec![("cookie", format!("x=y; user={}", cookie.user))];
        let again = decide(route, &with(&headers, "h", "/"), &mut turns);
        assert_eq!(
            (again.backend.track, again.because, again.set_cookie),
            (first.backend.track, first.because, None)
        );
        canaries += u32::from(first.backend.track == Track::Canary);
    }
    // 300 expected; five standard deviations are 72.
    assert!((228..372).contains(&canaries), "{canaries}");
}

#[test]
fn weight_zero_ends_stickiness_at_once() {
    let sticky = json!({ "weir.dev/sticky": "cookie:user" });
    let (live, over) = (split("100", &sticky, ALL), split("0", &sticky, ALL));
    let user = [("cookie", "user=alice")];
    assert_eq!(ask(&live, &user).0, Track::Canary);
    assert_eq!(ask(&over, &user).0, Track::Stable);
    let head = get("h", "/");
    let decision = decide(over.find(&head).unwrap(), &head, &mut Turns::new(1));
    assert_eq!(
        (decision.because, decision.set_cookie),
        (Because::Turn, None),
        "nobody gets a cookie for nothing"
    );
}

#[test]
fn forced_and_sticky_requests_take_no_turn() {
    let table = split("10", &json!({ "weir.dev/canary-header": "x-track" }), ALL);
    let forced = vec![("x-track", "canary")];
    let route = table.find(&get("h", "/")).unwrap();
    let run = |with_forced: bool| {
        let mut turns = Turns::new(5);
        let mut order = Vec::new();
        for _ in 0..200 {
            if with_forced {
                decide(route, &with(&forced, "h", "/"), &mut turns);
            }
            order.push(decide(route, &get("h", "/"), &mut turns).backend.track);
        }
        order
    };
    assert_eq!(run(true), run(false));
}
