//! Triggers in files.

use std::time::Duration;

use super::{Happening, JenkinsResult, Source, Trigger};

fn read(text: &str) -> Result<Trigger, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

#[test]
fn what_is_not_given_has_a_default() {
    let Trigger { enabled, parameters, source } =
        read(r#"{"github": {"repository": "a/b", "secret": "s"}}"#).unwrap();
    let Source::GitHub(forge) = source else { panic!("{source:?}") };
    assert!(enabled && parameters.is_empty() && forge.branches.is_empty() && !forge.forks);
    assert_eq!(forge.events, [Happening::Push]);
    let Source::Jenkins(job) = read(r#"{"jenkins": {"server": "ci", "job": "a"}}"#).unwrap().source else {
        panic!()
    };
    assert_eq!(
        (job.results, job.every, job.property_file),
        (vec![JenkinsResult::Success], Duration::from_mins(1), None)
    );
    let Source::Git(git) = read(r#"{"git": {"url": "x", "every": "2m30s"}}"#).unwrap().source else {
        panic!()
    };
    assert_eq!(git.every, Duration::from_secs(150));
}

#[test]
fn it_is_written_as_it_is_read() {
    for text in [
        r#"{"enabled":false,"parameters":{"a":"${ trigger.tag }"},"pipeline":{"name":"b","statuses":["failed"]}}"#,
        r#"{"enabled":true,"git":{"url":"x","every":"1m"}}"#,
        r#"{"enabled":true,"cron":{"schedule":"0 4 * * *","timeZone":"Europe/Lisbon"}}"#,
    ] {
        assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
    }
}

#[test]
fn a_slip_is_named() {
    for (text, expected) in [
        ("{}", "a trigger listens to nothing: give it one of github, gitlab, bitbucket"),
        (
            r#"{"enabld": true, "cron": {"schedule": "x"}}"#,
            "a trigger has one key that says what it listens to, here are `cron`, `enabld`: ",
        ),
        (r#"{"githob": {}}"#, "githob: unknown variant `githob`, expected one of `github`"),
        (r#"{"github": {"repository": "a/b"}}"#, "github: missing field `secret`"),
        (
            r#"{"github": {"repository": "a/b", "secret": "s", "branch": []}}"#,
            "github.branch: unknown field `branch`",
        ),
        (
            r#"{"github": {"repository": "a/b", "secret": "s", "events": ["merge"]}}"#,
            "github.events[0]: unknown variant `merge`",
        ),
        (r#"{"git": {"url": "x", "every": "soon"}}"#, "git.every: "),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}
