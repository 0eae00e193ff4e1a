//! Which events a trigger wants.

use serde_json::{Value, json};
use weir_trigger::Provider::{GitHub, GitLab, Webhook};
use weir_trigger::definition::{Happening, JenkinsResult, RunStatus};
use weir_trigger::event::{Change, Reference, Repository};
use weir_trigger::poll::jenkins::Build;
use weir_trigger::subscription::Declined;
use weir_trigger::{Event, Subscription};

use crate::fixture::{NEW, NONE, OLD, Sent, now, pull_request, push, subscription};

fn github(fields: &str) -> Subscription {
    subscription(&format!(r#"{{"github": {{"repository": "Shop/Cart", "secret": "hooks", {fields}}}}}"#))
}

fn asked(subscription: &Subscription, event: &str, body: &Value) -> Result<(), Declined> {
    subscription.wants(&Sent::new(GitHub, event, "d1", body).events()[0])
}

#[test]
fn a_push_is_wanted_by_branch_and_a_tag_by_tag() {
    let wanted = github(r#""branches": ["main", "release/*"]"#);
    let ask = |full: &str| asked(&wanted, "push", &push(full, OLD, NEW));
    assert_eq!(ask("refs/heads/main"), Ok(()));
    assert_eq!(ask("refs/heads/release/1.2"), Ok(()));
    for other in ["release/1/x", "dev", "mainly", "x/main"] {
        assert_eq!(ask(&format!("refs/heads/{other}")), Err(Declined::Name(other.to_owned())));
    }
    assert_eq!(
        ask("refs/tags/main"),
        Err(Declined::Happening(Happening::Tag)),
        "a tag with a branch's name is none"
    );
    let tags = github(r#""events": ["tag"], "tags": ["v*"]"#);
    assert_eq!(asked(&tags, "push", &push("refs/tags/v1", NONE, NEW)), Ok(()));
    assert_eq!(asked(&tags, "push", &push("refs/tags/x1", NONE, NEW)), Err(Declined::Name("x1".to_owned())));
    assert_eq!(
        asked(&tags, "push", &push("refs/heads/v1", OLD, NEW)),
        Err(Declined::Happening(Happening::Push))
    );
}

#[test]
fn a_deletion_starts_nothing() {
    let all = github(r#""events": ["push", "tag", "pullRequest"]"#);
    for full in ["refs/heads/main", "refs/tags/v1"] {
        let name = full.rsplit('/').next().unwrap().to_owned();
        assert_eq!(asked(&all, "push", &push(full, OLD, NONE)), Err(Declined::Deleted(name)));
    }
}

#[test]
fn files_are_looked_at_where_they_are_told() {
    let api = github(r#""paths": ["api/**", "*.toml"]"#);
    assert_eq!(asked(&api, "push", &push("refs/heads/main", OLD, NEW)), Ok(()));
    let web = github(r#""paths": ["web/**"]"#);
    assert_eq!(asked(&web, "push", &push("refs/heads/main", OLD, NEW)), Err(Declined::Paths(3)));
    assert_eq!(
        asked(&web, "push", &push("refs/heads/new", NONE, NEW)),
        Ok(()),
        "of a new branch nobody knows"
    );
}

#[test]
fn who_wants_no_run_says_so_in_the_message_but_not_of_a_tag() {
    let all = github(r#""events": ["push", "tag"]"#);
    for (message, skipped) in [("Docs [skip ci]", true), ("[CI SKIP]\n\nDocs", true), ("skip ci", false)] {
        let mut body = push("refs/heads/main", OLD, NEW);
        body["head_commit"]["message"] = json!(message);
        assert_eq!(asked(&all, "push", &body) == Err(Declined::Skipped), skipped, "{message}");
        body["ref"] = json!("refs/tags/v1");
        assert_eq!(asked(&all, "push", &body), Ok(()), "{message}");
    }
}

#[test]
fn a_pull_request_is_wanted_by_its_target_and_from_a_fork_only_on_demand() {
    let main = github(r#""events": ["pullRequest"], "branches": ["main"]"#);
    assert_eq!(asked(&main, "pull_request", &pull_request("opened", Some("shop/cart"))), Ok(()));
    let fork = pull_request("opened", Some("mallory/cart"));
    assert_eq!(asked(&main, "pull_request", &fork), Err(Declined::Fork));
    assert_eq!(asked(&github(r#""events": ["pullRequest"], "forks": true"#), "pull_request", &fork), Ok(()));
    let dev = github(r#""events": ["pullRequest"], "branches": ["dev", "count"]"#);
    let own = pull_request("opened", Some("shop/cart"));
    assert_eq!(asked(&dev, "pull_request", &own), Err(Declined::Name("main".to_owned())));
    assert_eq!(
        asked(&github(r#""branches": ["main"]"#), "pull_request", &own),
        Err(Declined::Happening(Happening::PullRequest))
    );
}

#[test]
fn another_repository_provider_or_secret_starts_nothing() {
    let event = Sent::new(GitHub, "push", "d1", &push("refs/heads/main", OLD, NEW)).events().remove(0);
    for (trigger, expected) in [
        (r#"{"github": {"repository": "shop/cart", "secret": "hooks"}}"#, Ok(())),
        (r#"{"github": {"repository": "shop/basket", "secret": "hooks"}}"#, Err(Declined::Elsewhere)),
        (r#"{"gitea": {"repository": "shop/cart", "secret": "hooks"}}"#, Err(Declined::Elsewhere)),
        (r#"{"cron": {"schedule": "0 4 * * *"}}"#, Err(Declined::Elsewhere)),
        (
            r#"{"github": {"repository": "shop/cart", "secret": "other"}}"#,
            Err(Declined::Signature("other".to_owned())),
        ),
        (
            r#"{"enabled": false, "github": {"repository": "shop/cart", "secret": "hooks"}}"#,
            Err(Declined::Disabled),
        ),
    ] {
        assert_eq!(subscription(trigger).wants(&event), expected, "{trigger}");
    }
    let gitlab = subscription(r#"{"gitlab": {"repository": "shop/cart", "secret": "hooks"}}"#);
    let ignored = Sent::new(GitLab, "Job Hook", "d1", &json!({})).ignored();
    assert!(ignored.contains("starts nothing") && gitlab.wants(&event) == Err(Declined::Elsewhere));
}

#[test]
fn a_call_is_wanted_by_what_its_body_has() {
    let ask = |constraints: &str, body: &Value| {
        let trigger =
            format!(r#"{{"webhook": {{"source": "deploys", "secret": "hooks", "payload": {constraints}}}}}"#);
        subscription(&trigger).wants(&Sent::new(Webhook, "", "d1", body).events()[0])
    };
    let body = json!({"env": "staging", "n": 12, "ok": true, "tags": ["a", "b"], "a b": {"c": null}});
    for met in [
        "{}",
        r#"{"$.env": "staging|production"}"#,
        r#"{"env": "stag.*", "n": "1\\d", "ok": "true"}"#,
        r#"{"$.tags[*]": "b"}"#,
    ] {
        assert_eq!(ask(met, &body), Ok(()), "{met}");
    }
    for unmet in [
        r#"{"env": "stag"}"#,
        r#"{"env": "prod|stag"}"#,
        r#"{"missing": ".*"}"#,
        r#"{"$['a b'].c": ".*"}"#,
        r#"{"tags": ".*"}"#,
    ] {
        assert!(matches!(ask(unmet, &body), Err(Declined::Payload { .. })), "{unmet}");
    }
    let told = ask(r#"{"env": "production"}"#, &body).unwrap_err().to_string();
    assert_eq!(told, "nothing at env in the body matches \"production\"");
    let other = subscription(r#"{"webhook": {"source": "builds", "secret": "hooks"}}"#);
    assert_eq!(other.wants(&Sent::new(Webhook, "", "d1", &body).events()[0]), Err(Declined::Elsewhere));
}

#[test]
fn an_image_is_wanted_by_glob_and_range() {
    let ask = |fields: &str, tag: &str| {
        let trigger = format!(r#"{{"image": {{"repository": "ghcr.io/shop/cart"{fields}}}}}"#);
        let event = Event::Image {
            repository: "ghcr.io/shop/cart".to_owned(),
            tag: tag.to_owned(),
            digest: None,
            previous: None,
        };
        subscription(&trigger).wants(&event).is_ok()
    };
    assert!(ask("", "1.0") && !ask("", "latest") && ask(r#", "tags": ["latest"]"#, "latest"));
    assert!(ask(r#", "tags": ["v*"]"#, "v1") && !ask(r#", "tags": ["v*"]"#, "1"));
    let range = r#", "range": ">=1.2, <2""#;
    for (tag, wanted) in [
        ("1.2.0", true),
        ("v1.9.3", true),
        ("2.0.0", false),
        ("1.3.0-rc.1", false),
        ("1.2", false),
        ("main", false),
    ] {
        assert_eq!(ask(range, tag), wanted, "{tag}");
    }
}

#[test]
fn remotes_builds_runs_and_people_are_told_apart() {
    let change = |reference: Reference| Change {
        repository: Repository::default(),
        reference,
        commit: Some(NEW.to_owned()),
        before: None,
        author: None,
        message: None,
        paths: None,
        pull_request: None,
    };
    let git = |url: &str, reference: Reference| Event::Git {
        url: url.to_owned(),
        change: Box::new(change(reference)),
    };
    let remote = subscription(r#"{"git": {"url": "git@h.example:a/b.git", "branches": ["main"]}}"#);
    assert_eq!(remote.wants(&git("git@h.example:a/b.git", Reference::Branch("main".to_owned()))), Ok(()));
    assert_eq!(
        remote.wants(&git("git@h.example:a/b.git", Reference::Tag("main".to_owned()))),
        Err(Declined::Happening(Happening::Tag))
    );
    assert_eq!(
        remote.wants(&git("git@h.example:c/d.git", Reference::Branch("main".to_owned()))),
        Err(Declined::Elsewhere)
    );

    let build = |result: Option<JenkinsResult>| Event::Jenkins {
        server: "ci".to_owned(),
        job: "cart/job/master".to_owned(),
        build: Build {
            number: 3,
            result,
            building: false,
            url: String::new(),
            full_display_name: None,
            artifacts: vec![],
        },
        properties: serde_json::Map::new(),
    };
    let job = subscription(r#"{"jenkins": {"server": "ci", "job": "cart/job/master"}}"#);
    assert_eq!(job.wants(&build(Some(JenkinsResult::Success))), Ok(()));
    assert_eq!(job.wants(&build(Some(JenkinsResult::Unstable))), Err(Declined::Ending), "as in Spinnaker");
    assert_eq!(job.wants(&build(None)), Err(Declined::Ending));

    let run = |status: RunStatus| Event::Pipeline {
        name: "build".to_owned(),
        run: "r1".to_owned(),
        status,
        trigger: json!({}),
    };
    let after = subscription(r#"{"pipeline": {"name": "build", "statuses": ["failed"]}}"#);
    assert_eq!(after.wants(&run(RunStatus::Failed)), Ok(()));
    assert_eq!(after.wants(&run(RunStatus::Succeeded)), Err(Declined::Ending));

    let off = subscription(r#"{"enabled": false, "cron": {"schedule": "0 4 * * *"}}"#);
    assert_eq!(off.wants(&Event::Cron { scheduled: now() }), Err(Declined::Disabled));
    assert_eq!(off.wants(&Event::Manual { user: "kim".to_owned(), like: None }), Ok(()), "who wants it may");
}
