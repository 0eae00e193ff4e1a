//! Calls of GitHub.

use serde_json::json;
use weir_trigger::Provider::GitHub;
use weir_trigger::delivery::{Call, Limits};
use weir_trigger::event::{PullRequest, Reference};
use weir_trigger::{Refusal, Secret, receive};

use crate::fixture::{KEY, NEW, NONE, OLD, Sent, headers, now, pull_request, push};

#[test]
fn the_signature_of_its_documentation_is_right() {
    let right = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers =
        headers(&[("x-hub-signature-256", right), ("x-github-event", "ping"), ("x-github-delivery", "1")]);
    let call = Call { provider: GitHub, source: "", headers: &headers, body: b"Hello, World!" };
    let take =
        |key: &[u8], call: &Call<'_>| receive(call, &[Secret::new("s", key)], now(), &Limits::default());
    assert!(take(b"It's a Secret to Everybody", &call).is_ok());
    assert_eq!(take(b"It's a Secret to Nobody", &call), Err(Refusal::Forged));
    assert_eq!(
        take(b"It's a Secret to Everybody", &Call { body: b"Hello, World?", ..call }),
        Err(Refusal::Forged)
    );
}

#[test]
fn a_push_says_where_what_who_and_which_files() {
    let change = Sent::new(GitHub, "push", "d1", &push("refs/heads/release/1", OLD, NEW)).change();
    assert_eq!(change.repository.name, "shop/cart");
    assert_eq!(
        change.repository.clone_urls,
        ["https://git.example/shop/cart.git", "git@git.example:shop/cart.git"]
    );
    assert_eq!(change.reference, Reference::Branch("release/1".to_owned()));
    assert_eq!((change.commit.as_deref(), change.before.as_deref()), (Some(NEW), Some(OLD)));
    assert_eq!(change.author.as_deref(), Some("robin"));
    assert_eq!(change.message.as_deref(), Some("Count to three\n\nNot to two."));
    assert_eq!(change.paths.unwrap(), ["README.md", "api/count.rs", "api/lib.rs"]);
    assert_eq!(change.pull_request, None);
}

#[test]
fn of_a_new_or_forced_branch_nobody_knows_which_files_changed() {
    let change = Sent::new(GitHub, "push", "d1", &push("refs/heads/new", NONE, NEW)).change();
    assert_eq!((change.before, change.paths), (None, None));
    let mut forced = push("refs/heads/main", OLD, NEW);
    forced["forced"] = json!(true);
    assert_eq!(Sent::new(GitHub, "push", "d1", &forced).change().paths, None);
    let mut many = push("refs/heads/main", OLD, NEW);
    many["commits"] = json!(vec![json!({"id": NEW, "added": ["a"], "removed": [], "modified": []}); 2_048]);
    assert_eq!(Sent::new(GitHub, "push", "d1", &many).change().paths, None);
}

#[test]
fn an_annotated_tag_stands_for_its_commit_and_a_deletion_for_none() {
    let mut tag = push("refs/tags/v1", NONE, "3333333333333333333333333333333333333333");
    tag["head_commit"]["id"] = json!(NEW);
    let change = Sent::new(GitHub, "push", "d1", &tag).change();
    assert_eq!((change.reference, change.commit.as_deref()), (Reference::Tag("v1".to_owned()), Some(NEW)));
    let gone = Sent::new(GitHub, "push", "d1", &push("refs/heads/old", OLD, NONE)).change();
    assert!(gone.deleted());
    assert_eq!(gone.before.as_deref(), Some(OLD));
}

#[test]
fn a_pull_request_with_new_commits_is_told_and_one_that_is_closed_is_not() {
    for action in ["opened", "reopened", "synchronize"] {
        let change =
            Sent::new(GitHub, "pull_request", "d1", &pull_request(action, Some("Shop/Cart"))).change();
        let expected = PullRequest {
            number: 7,
            source: "count".to_owned(),
            target: "main".to_owned(),
            head: NEW.to_owned(),
            fork: false,
        };
        assert_eq!(change.pull_request, Some(expected), "{action}");
        assert_eq!(change.author.as_deref(), Some("kim"));
    }
    for from in [Some("mallory/cart"), None] {
        let change = Sent::new(GitHub, "pull_request", "d1", &pull_request("opened", from)).change();
        assert!(change.pull_request.unwrap().fork, "{from:?}");
    }
    for action in ["closed", "labeled", "edited"] {
        let why = Sent::new(GitHub, "pull_request", "d1", &pull_request(action, None)).ignored();
        assert_eq!(why, format!("pull request 7 is {action}: no new commits"));
    }
}

#[test]
fn what_nobody_listens_to_is_no_error() {
    let ping = Sent::new(GitHub, "ping", "d1", &json!({"zen": "Keep it logically awesome."}));
    assert_eq!(ping.ignored(), "ping: the hook is set up, and its secret is right");
    let star = Sent::new(GitHub, "star", "d1", &json!({}));
    assert_eq!(star.ignored(), "event \"star\" starts nothing: pushes, tags and pull requests do");
    let notes = Sent::new(GitHub, "push", "d1", &push("refs/notes/commits", OLD, NEW));
    assert_eq!(notes.ignored(), "\"refs/notes/commits\" is neither a branch nor a tag");
}

#[test]
fn a_body_that_is_not_its_form_is_named_at_its_place() {
    let mut push = push("refs/heads/main", OLD, NEW);
    push["repository"] = json!({"full_name": 5});
    let refusal = Sent::new(GitHub, "push", "d1", &push).receive().unwrap_err();
    assert_eq!(refusal.status(), 400);
    let told = refusal.to_string();
    assert!(
        told.starts_with("the body cannot be read at repository.full_name: invalid type: integer"),
        "{told}"
    );
    let form =
        Sent::new(GitHub, "push", "d1", &push).with("content-type", "application/x-www-form-urlencoded");
    let told = form.receive().unwrap_err().to_string();
    assert!(told.ends_with("set the content type of the hook to application/json"), "{told}");
}

#[test]
fn a_secret_is_in_no_message() {
    let secret = Secret::new("hooks", KEY);
    assert_eq!(format!("{secret:?}"), "Secret { name: \"hooks\", .. }");
}
