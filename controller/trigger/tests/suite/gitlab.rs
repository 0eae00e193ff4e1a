//! Calls of GitLab.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use weir_trigger::Provider::GitLab;
use weir_trigger::delivery::Limits;
use weir_trigger::event::Reference;
use weir_trigger::{Refusal, Secret};

use crate::fixture::{KEY, NEW, NONE, OLD, Sent, mac, now};

fn project() -> Value {
    json!({
        "path_with_namespace": "shop/backend/cart", "git_http_url": "https://gitlab.example/shop/backend/cart.git",
        "git_ssh_url": "git@gitlab.example:shop/backend/cart.git",
    })
}

fn push(full: &str, before: &str, after: &str) -> Value {
    json!({
        "object_kind": "push", "ref": full, "before": before, "after": after,
        "checkout_sha": if after == NONE { Value::Null } else { json!(after) }, "user_username": "robin", "project": project(),
        "commits": if after == NONE { json!([]) } else { json!([
            {"id": "4444444444444444444444444444444444444444", "message": "Before", "added": [], "modified": ["a"], "removed": []},
            {"id": after, "message": "Last", "added": ["b"], "modified": [], "removed": ["c"]},
        ]) },
        "total_commits_count": 2,
    })
}

fn merge_request(action: &str, oldrev: Option<&str>, source: i64) -> Value {
    json!({
        "object_kind": "merge_request", "user": {"username": "kim"}, "project": project(),
        "object_attributes": {
            "iid": 12, "title": "Count", "source_branch": "count", "target_branch": "main", "source_project_id": source,
            "target_project_id": 1, "action": action, "oldrev": oldrev, "last_commit": {"id": NEW},
        },
    })
}

#[test]
fn a_push_says_where_what_who_and_which_files() {
    let change = Sent::new(GitLab, "Push Hook", "d1", &push("refs/heads/main", OLD, NEW)).change();
    assert_eq!(change.repository.name, "shop/backend/cart");
    assert_eq!(change.message.as_deref(), Some("Last"), "of the commit that the branch stands for");
    assert_eq!(change.paths.unwrap(), ["a", "b", "c"]);
    let mut cut = push("refs/heads/main", OLD, NEW);
    cut["total_commits_count"] = json!(21);
    assert_eq!(Sent::new(GitLab, "Push Hook", "d1", &cut).change().paths, None);
    assert!(Sent::new(GitLab, "Push Hook", "d1", &push("refs/heads/main", OLD, NONE)).change().deleted());
}

#[test]
fn an_annotated_tag_stands_for_its_commit() {
    let mut tag = push("refs/tags/v1", NONE, "3333333333333333333333333333333333333333");
    tag["checkout_sha"] = json!(NEW);
    let change = Sent::new(GitLab, "Tag Push Hook", "d1", &tag).change();
    assert_eq!((change.reference, change.commit.as_deref()), (Reference::Tag("v1".to_owned()), Some(NEW)));
}

#[test]
fn a_merge_request_is_news_only_with_new_commits() {
    for (action, oldrev) in [("open", None), ("reopen", None), ("update", Some(OLD))] {
        let change =
            Sent::new(GitLab, "Merge Request Hook", "d1", &merge_request(action, oldrev, 1)).change();
        let request = change.pull_request.unwrap();
        assert_eq!((request.number, request.target.as_str(), request.fork), (12, "main", false), "{action}");
    }
    for action in ["update", "merge", "close", "approved"] {
        let why = Sent::new(GitLab, "Merge Request Hook", "d1", &merge_request(action, None, 1)).ignored();
        assert_eq!(why, format!("merge request 12, {action}: no new commits"));
    }
    let fork = Sent::new(GitLab, "Merge Request Hook", "d1", &merge_request("open", None, 2)).change();
    assert!(fork.pull_request.unwrap().fork);
}

#[test]
fn a_token_has_to_be_the_secret_and_a_signature_counts_before_it() {
    let sent = Sent::new(GitLab, "Push Hook", "d1", &push("refs/heads/main", OLD, NEW));
    assert!(sent.receive().is_ok());
    assert_eq!(sent.clone().with("x-gitlab-token", "between").receive(), Err(Refusal::Forged));
    let bare = sent.clone().without("x-gitlab-token");
    assert_eq!(bare.receive(), Err(Refusal::Unsigned { header: "X-Gitlab-Token" }));

    let at = now().as_second().to_string();
    let text = [b"m1.", at.as_bytes(), b".", &sent.body].concat();
    let signature = format!("v1,{}", STANDARD.encode(mac(KEY, &text)));
    let signed =
        bare.with("webhook-id", "m1").with("webhook-timestamp", &at).with("webhook-signature", &signature);
    assert_eq!(signed.receive().unwrap().id, "m1");
    let encoded = format!("whsec_{}", STANDARD.encode(KEY));
    let secret = Secret::new("hooks", encoded.as_bytes());
    assert!(
        signed.receive_with(&[secret], now(), &Limits::default()).is_ok(),
        "a key as Standard Webhooks writes it"
    );
    let renamed = signed.clone().with("webhook-id", "m2").with("x-gitlab-token", "between us");
    assert_eq!(renamed.receive(), Err(Refusal::Forged), "also beside a right token");
    let late = now() + jiff::SignedDuration::from_secs(301);
    let refusal = signed.receive_with(&[Secret::new("hooks", KEY)], late, &Limits::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::Stale { .. }) && refusal.status() == 401, "{refusal}");
}

#[test]
fn an_event_s_uuid_alone_is_no_name_for_the_calls_of_one_push() {
    let older = |branch: &str| {
        let sent = Sent::new(GitLab, "Push Hook", "", &push(&format!("refs/heads/{branch}"), OLD, NEW));
        sent.without("idempotency-key").with("x-gitlab-event-uuid", "u1").receive().unwrap()
    };
    assert_eq!(older("a").keys, older("a").keys);
    assert_ne!(older("a").keys, older("b").keys);
}
