//! Events as the `trigger` of expressions.

use serde_json::{Map, Value, json};
use weir_trigger::Event;
use weir_trigger::Provider::{Bitbucket, GitHub, Webhook};
use weir_trigger::definition::{JenkinsResult, RunStatus};
use weir_trigger::poll::jenkins::Build;

use crate::fixture::{NEW, NONE, OLD, Sent, now, pull_request, push};

fn object(value: Value) -> Map<String, Value> {
    let Value::Object(object) = value else { panic!("{value} is no object") };
    object
}

#[test]
fn a_push_has_spinnaker_s_names_and_ours() {
    let event = Sent::new(GitHub, "push", "d1", &push("refs/heads/main", OLD, NEW)).events().remove(0);
    let trigger = event.trigger(&object(json!({"env": "staging"})));
    for (path, expected) in [
        ("/type", json!("git")),
        ("/source", json!("github")),
        ("/user", json!("robin")),
        ("/repository", json!("shop/cart")),
        ("/project", json!("shop")),
        ("/slug", json!("cart")),
        ("/branch", json!("main")),
        ("/tag", Value::Null),
        ("/hash", json!(NEW)),
        ("/commit", json!(NEW)),
        ("/before", json!(OLD)),
        ("/changed/0", json!("README.md")),
        ("/parameters/env", json!("staging")),
        ("/properties", json!({})),
        ("/pullRequest", Value::Null),
        ("/payload/pusher/name", json!("robin")),
    ] {
        assert_eq!(trigger.pointer(path), Some(&expected), "{path}");
    }
    let tag = Sent::new(GitHub, "push", "d1", &push("refs/tags/v1", NONE, NEW)).events().remove(0);
    let tag = tag.trigger(&Map::new());
    assert_eq!((&tag["tag"], &tag["branch"], &tag["parameters"]), (&json!("v1"), &Value::Null, &json!({})));
    let request = Sent::new(GitHub, "pull_request", "d1", &pull_request("opened", None)).events().remove(0);
    let request = request.trigger(&Map::new());
    let expected = json!({"number": 7, "source": "count", "target": "main", "head": NEW, "fork": true});
    assert_eq!((&request["pullRequest"], &request["branch"]), (&expected, &json!("count")));
}

#[test]
fn what_was_kept_gives_the_same_value_after_a_restart() {
    let body = json!({"repository": {"full_name": "a/b"}, "push": {"changes": [
        {"new": {"type": "tag", "name": "v1", "target": {"hash": NEW}}, "old": null}]}});
    let events = [
        Sent::new(GitHub, "push", "d1", &push("refs/heads/main", OLD, NEW)).events().remove(0),
        Sent::new(Bitbucket, "repo:push", "d1", &body).events().remove(0),
        Sent::new(Webhook, "", "d1", &json!({"n": 0.1, "big": 12_345_678_901_i64})).events().remove(0),
        Event::Cron { scheduled: now() },
    ];
    for event in events {
        let again: Event = serde_json::from_str(&serde_json::to_string(&event).unwrap()).unwrap();
        assert_eq!(again, event);
        assert_eq!(again.trigger(&Map::new()), event.trigger(&Map::new()));
    }
}

#[test]
fn a_build_has_the_property_file_s_values() {
    let event = Event::Jenkins {
        server: "ci".to_owned(),
        job: "tools/job/master".to_owned(),
        build: Build {
            number: 41,
            result: Some(JenkinsResult::Success),
            building: false,
            url: "https://ci.example/41/".to_owned(),
            full_display_name: None,
            artifacts: vec![],
        },
        properties: object(
            json!({"application": "cart", "environment": {"production": {"NODE_ENV": "production"}}}),
        ),
    };
    let trigger = event.trigger(&Map::new());
    for (path, expected) in [
        ("/type", json!("jenkins")),
        ("/master", json!("ci")),
        ("/server", json!("ci")),
        ("/job", json!("tools/job/master")),
        ("/buildNumber", json!(41)),
        ("/link", json!("https://ci.example/41/")),
        ("/buildInfo/number", json!(41)),
        ("/buildInfo/result", json!("SUCCESS")),
        ("/properties/application", json!("cart")),
        ("/properties/environment/production/NODE_ENV", json!("production")),
        ("/user", Value::Null),
    ] {
        assert_eq!(trigger.pointer(path), Some(&expected), "{path}");
    }
}

#[test]
fn a_run_after_another_has_it_and_its_properties() {
    let event = Event::Pipeline {
        name: "build".to_owned(),
        run: "r1".to_owned(),
        status: RunStatus::Failed,
        trigger: json!({"type": "jenkins", "properties": {"imageUrl": "cart:41"}}),
    };
    let trigger = event.trigger(&Map::new());
    for (path, expected) in [
        ("/type", json!("pipeline")),
        ("/parentExecution/id", json!("r1")),
        ("/parentExecution/name", json!("build")),
        ("/parentExecution/status", json!("TERMINAL")),
        ("/parentExecution/trigger/type", json!("jenkins")),
        ("/properties/imageUrl", json!("cart:41")),
    ] {
        assert_eq!(trigger.pointer(path), Some(&expected), "{path}");
    }
}

#[test]
fn who_repeats_a_run_has_what_it_had_under_his_own_name() {
    let like = json!({"type": "jenkins", "user": "robot", "properties": {"a": 1}, "parameters": {"env": "old"}, "buildNumber": 3});
    let event = Event::Manual { user: "kim".to_owned(), like: Some(like) };
    let trigger = event.trigger(&object(json!({"env": "new"})));
    assert_eq!(
        trigger,
        json!({"type": "manual", "user": "kim", "properties": {"a": 1}, "parameters": {"env": "new"}, "buildNumber": 3})
    );
    let alone = Event::Manual { user: "kim".to_owned(), like: None }.trigger(&Map::new());
    assert_eq!(alone, json!({"type": "manual", "user": "kim", "properties": {}, "parameters": {}}));
}

#[test]
fn an_image_is_named_so_that_it_cannot_change() {
    let image = |digest: Option<&str>| Event::Image {
        repository: "ghcr.io/shop/cart".to_owned(),
        tag: "1.2".to_owned(),
        digest: digest.map(str::to_owned),
        previous: None,
    };
    let trigger = image(Some("sha256:abc")).trigger(&Map::new());
    assert_eq!(
        (&trigger["type"], &trigger["image"]),
        (&json!("docker"), &json!("ghcr.io/shop/cart@sha256:abc"))
    );
    assert_eq!(image(None).trigger(&Map::new())["image"], "ghcr.io/shop/cart:1.2");
}
