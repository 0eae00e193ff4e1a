//! Calls of Gitea and Forgejo: bodies as GitHub's.

use serde_json::{Value, json};
use weir_trigger::Provider::Gitea;
use weir_trigger::Refusal;
use weir_trigger::event::Reference;

use crate::fixture::{KEY, NEW, OLD, Sent, hex, mac, pull_request, push};

#[test]
fn each_of_its_three_signatures_is_taken_and_a_wrong_first_one_is_not_saved() {
    let body = push("refs/heads/main", OLD, NEW);
    let sent = Sent::new(Gitea, "push", "d1", &body);
    let right = hex(&mac(KEY, &sent.body));
    assert!(sent.receive().is_ok());
    let bare = sent.clone().without("x-gitea-signature");
    assert_eq!(bare.receive(), Err(Refusal::Unsigned { header: "X-Gitea-Signature" }));
    assert!(bare.clone().with("x-hub-signature-256", &format!("sha256={right}")).receive().is_ok());
    assert!(bare.clone().with("x-forgejo-signature", &right).receive().is_ok());
    let forged = sent.with("x-forgejo-signature", &hex(&mac(b"guessed", b"x")));
    assert_eq!(forged.receive(), Err(Refusal::Forged), "also beside a right one");
}

#[test]
fn a_push_is_read_as_github_s_and_a_cut_list_of_commits_tells_no_files() {
    let mut body = push("refs/tags/v1", OLD, NEW);
    body["total_commits"] = json!(1);
    let change = Sent::new(Gitea, "push", "d1", &body).change();
    assert_eq!(change.reference, Reference::Tag("v1".to_owned()));
    assert_eq!(change.paths.map(|paths| paths.len()), Some(3));
    body["total_commits"] = json!(40);
    assert_eq!(Sent::new(Gitea, "push", "d1", &body).change().paths, None);
    body["total_commits"] = json!(1);
    for list in ["added", "removed", "modified"] {
        body["commits"][0][list] = Value::Null;
    }
    assert_eq!(Sent::new(Gitea, "push", "d1", &body).change().paths, None, "nulls say nothing");
}

#[test]
fn pull_requests_and_forgejo_s_headers_are_read() {
    let sent = Sent::new(Gitea, "pull_request", "d1", &pull_request("synchronized", Some("shop/cart")));
    assert_eq!(sent.change().pull_request.unwrap().number, 7);
    let sent = Sent::new(Gitea, "x", "d1", &pull_request("opened", Some("shop/cart")));
    let forgejo = sent
        .without("x-gitea-event")
        .without("x-gitea-delivery")
        .with("x-forgejo-event", "pull_request")
        .with("x-forgejo-delivery", "f1");
    assert_eq!(forgejo.receive().unwrap().id, "f1");
    let create = Sent::new(Gitea, "create", "d1", &json!({}));
    assert_eq!(create.ignored(), "event \"create\" says nothing that the push does not");
}
