//! Every problem of triggers at once, with its place and a way out.

use weir_trigger::{Problem, Trigger, validate};

fn problems(text: &str) -> Vec<String> {
    let triggers: Vec<Trigger> = serde_json::from_str(text).unwrap();
    validate(&triggers).iter().map(Problem::to_string).collect()
}

#[test]
fn sound_triggers_have_none() {
    let sound = r#"[
        {"github": {"repository": "shop/cart", "branches": ["main", "release/*"], "events": ["push", "pullRequest", "tag"],
            "paths": ["api/**"], "secret": "hooks"}, "parameters": {"commit": "${ trigger.commit }"}},
        {"gitlab": {"repository": "shop/backend/cart", "secret": "hooks"}},
        {"bitbucket": {"repository": "SHOP/cart", "secret": "hooks"}},
        {"gitea": {"repository": "shop/cart", "secret": "hooks"}, "enabled": false},
        {"webhook": {"source": "deploys", "secret": "hooks", "payload": {"$.env": "staging"}}},
        {"git": {"url": "https://git.example/shop/cart.git", "branches": ["main"], "every": "30s"}},
        {"git": {"url": "git@git.example:shop/cart.git"}},
        {"cron": {"schedule": "H 4 * * MON-FRI", "timeZone": "Europe/Lisbon"}},
        {"image": {"repository": "registry.example:5000/shop/cart", "tags": ["v*"], "range": "^1.2"}},
        {"jenkins": {"server": "ci", "job": "cart/job/master", "results": ["success"], "propertyFile": "deploy.yaml", "every": "1m"}},
        {"pipeline": {"name": "build", "statuses": ["succeeded", "failed"]}}]"#;
    assert_eq!(problems(sound), [""; 0]);
}

/// Each trigger with what is said of it.
fn told(cases: &[(&str, &[&str])]) {
    for (trigger, expected) in cases {
        let found = problems(&format!("[{trigger}]"));
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (found, expected) in found.iter().zip(*expected) {
            assert!(found.starts_with(expected), "{found}\n{expected}");
        }
    }
}

#[test]
fn what_would_never_start_anything_is_named_with_its_place() {
    told(&[
        (
            r#"{"github": {"repository": "cart", "secret": "", "events": []}}"#,
            &[
                "triggers[0].github.repository: \"cart\" is no repository: write it as in its address, without the host: `owner/name`",
                "triggers[0].github.secret: is empty: give the name of the secret that signs the calls: unsigned ones start nothing",
                "triggers[0].github.events: is empty: nothing would start it: give push, tag or pullRequest, or leave it out",
            ][..],
        ),
        (
            r#"{"webhook": {"source": "a/b", "secret": "s", "payload": {"$.[": "a", "b": "(", "c": "a)|(b"}}}"#,
            &[
                "triggers[0].webhook.source: \"a/b\" is no part of an address",
                "triggers[0].webhook.payload[\"$.[\"]: \"$.[\" is no JSONPath",
                "triggers[0].webhook.payload[\"b\"]: \"(\" is no regular expression",
                "triggers[0].webhook.payload[\"c\"]: \"a)|(b\" is no regular expression",
            ],
        ),
        (
            r#"{"git": {"url": "https://me:pw@git.example/a/b.git", "every": "1s"}}"#,
            &[
                "triggers[0].git.url: has a user or password in it: name a secret in `credentials`",
                "triggers[0].git.every: is 1s: give something from 10s to 24h",
            ],
        ),
        (
            r#"{"git": {"url": "--upload-pack=x"}}"#,
            &["triggers[0].git.url: \"--upload-pack=x\" is no remote"],
        ),
        (r#"{"git": {"url": "file:///etc"}}"#, &["triggers[0].git.url: \"file:///etc\" is no remote"]),
        (
            r#"{"cron": {"schedule": "61 * * * *"}}"#,
            &["triggers[0].cron.schedule: \"61 * * * *\" is no schedule: "],
        ),
        (
            r#"{"cron": {"schedule": "0 4 * * *", "timeZone": "Mars/Olympus"}}"#,
            &["triggers[0].cron.timeZone: there is no time zone \"Mars/Olympus\": give a name of the IANA"],
        ),
    ]);
}

#[test]
fn what_cannot_be_asked_is_named_with_its_place() {
    told(&[
        (
            r#"{"image": {"repository": "ghcr.io/a/b:1", "range": "one"}}"#,
            &[
                "triggers[0].image.repository: \"ghcr.io/a/b:1\" is no image without a tag",
                "triggers[0].image.range: \"one\" is no range of versions",
            ][..],
        ),
        (
            r#"{"jenkins": {"server": " ", "job": "", "results": [], "propertyFile": "a/b.yaml"}}"#,
            &[
                "triggers[0].jenkins.server: is empty",
                "triggers[0].jenkins.job: is empty",
                "triggers[0].jenkins.results: is empty",
                "triggers[0].jenkins.propertyFile: \"a/b.yaml\" is a path: give the name of the file alone",
            ],
        ),
        (
            r#"{"jenkins": {"server": "ci", "job": "a/../b"}}"#,
            &[
                "triggers[0].jenkins.job: \"a/../b\" is no part of an address: give the job as its address has it",
            ],
        ),
        (
            r#"{"image": {"repository": "https://ghcr.io/a/b"}}"#,
            &["triggers[0].image.repository: \"https://ghcr.io/a/b\" is no image without a tag"],
        ),
        (
            r#"{"pipeline": {"name": "", "statuses": []}, "parameters": {"1a": "x"}}"#,
            &[
                "triggers[0].parameters: \"1a\" is no name of a parameter",
                "triggers[0].pipeline.name: is empty",
                "triggers[0].pipeline.statuses: is empty",
            ],
        ),
    ]);
}

#[test]
fn the_place_is_that_of_the_list() {
    let found = problems(r#"[{"cron": {"schedule": "0 4 * * *"}}, {"cron": {"schedule": "x"}}]"#);
    assert!(found.len() == 1 && found[0].starts_with("triggers[1].cron.schedule: "), "{found:?}");
    let many = format!("[{}]", vec![r#"{"cron": {"schedule": "0 4 * * *"}}"#; 101].join(","));
    assert_eq!(problems(&many), ["triggers: there are 101: 100 are the most"]);
}
