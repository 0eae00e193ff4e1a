//! What starts a pipeline.

use serde_json::{Value, json};

use crate::fixture::{imported, pipeline, trigger};

#[test]
fn a_trigger_that_would_start_more_often_is_not_enabled() {
    for (given, mend) in [
        (
            json!({"type": "git", "source": "github", "project": "a", "slug": "b", "branch": "^(?!main).*"}),
            "give globs in `branches`",
        ),
        (
            json!({"type": "git", "source": "github", "project": "a", "slug": "b", "events": ["star"]}),
            "give push, tag or pullRequest",
        ),
        (json!({"type": "docker", "repository": "a/b", "tag": "v\\d+"}), "give globs in `tags`"),
        (
            json!({"type": "jenkins", "master": "ci", "job": "a", "payloadConstraints": {"x": "y"}}),
            "trigger.properties['x'] matches",
        ),
    ] {
        let (made, told) = trigger(&given);
        assert_eq!(made["enabled"], false, "{given}");
        assert!(told.contains(mend) && told.contains("it is not enabled"), "{told}");
    }
    let (made, _) = trigger(
        &json!({"type": "git", "source": "stash", "project": "a", "slug": "b", "branch": "main", "secret": "s"}),
    );
    assert_eq!(made, json!({"bitbucket": {"repository": "a/b", "branches": ["main"], "secret": "hooks"}}));
}

#[test]
fn a_trigger_that_cannot_be_is_left_out_and_told() {
    for (given, why) in [
        (json!({"type": "cron", "cronExpression": "*/5 * * * * ?"}), "it is left out"),
        (json!({"type": "git", "source": "svn"}), "the forge \"svn\" is not known"),
        (json!({"type": "jenkins", "master": "", "job": ""}), "it is left out"),
        (json!({"type": "pubsub"}), "nothing listens to \"pubsub\""),
        (json!({"type": "pipeline", "pipeline": "a", "status": ["lost"]}), "no run ends as \"lost\""),
    ] {
        let (made, told) = trigger(&given);
        assert_eq!(made, Value::Null, "{given}");
        assert!(told.contains(why) && told.contains("triggers[0]"), "{told}");
    }
}

#[test]
fn nothing_starts_a_pipeline_that_is_disabled() {
    let mut given = pipeline(&json!([{"type": "wait", "waitTime": 1}]));
    given["disabled"] = json!(true);
    given["triggers"] = json!([{"type": "cron", "enabled": true, "cronExpression": "0 0 9 ? * *"}]);
    let made = imported(&given);
    assert_eq!(made.documents[0]["spec"]["triggers"][0]["enabled"], false);
}
