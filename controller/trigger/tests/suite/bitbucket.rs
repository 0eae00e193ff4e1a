//! Calls of Bitbucket Cloud and of Data Center.

use serde_json::{Value, json};
use weir_trigger::Event;
use weir_trigger::Provider::Bitbucket;
use weir_trigger::event::{Change, Reference};

use crate::fixture::{NEW, NONE, OLD, Sent};

fn cloud(name: &str) -> Value {
    json!({"full_name": name, "links": {"html": {"href": format!("https://bitbucket.org/{name}")}}})
}

fn server(project: &str) -> Value {
    json!({
        "slug": "cart", "project": {"key": project},
        "links": {"clone": [{"href": "ssh://git@bitbucket.example/shop/cart.git", "name": "ssh"}]},
    })
}

fn changes(sent: &Sent) -> Vec<Change> {
    let change = |event: &Event| match event {
        Event::Forge { change, .. } => (**change).clone(),
        other @ (Event::Webhook { .. }
        | Event::Git { .. }
        | Event::Cron { .. }
        | Event::Image { .. }
        | Event::Jenkins { .. }
        | Event::Pipeline { .. }
        | Event::Manual { .. }) => panic!("{other:?}"),
    };
    sent.events().iter().map(change).collect()
}

#[test]
fn a_push_to_the_cloud_moves_several_refs() {
    let end = |kind: &str, name: &str, hash: &str| json!({"type": kind, "name": name, "target": {"hash": hash, "message": "Count\n"}});
    let body = json!({
        "actor": {"nickname": "robin", "display_name": "Robin"}, "repository": cloud("shop/cart"),
        "push": {"changes": [
            {"new": end("branch", "main", NEW), "old": end("branch", "main", OLD)},
            {"new": end("tag", "v1", NEW), "old": null},
            {"new": null, "old": end("branch", "gone", OLD)},
            {"new": end("bookmark", "x", NEW), "old": null},
        ]},
    });
    let changes = changes(&Sent::new(Bitbucket, "repo:push", "d1", &body));
    assert_eq!(changes.len(), 3, "what is neither a branch nor a tag is passed over");
    assert_eq!(changes[0].reference, Reference::Branch("main".to_owned()));
    assert_eq!(changes[0].repository.clone_urls, ["https://bitbucket.org/shop/cart.git"]);
    assert_eq!(
        (changes[0].author.as_deref(), changes[0].message.as_deref()),
        (Some("robin"), Some("Count\n"))
    );
    assert_eq!((&changes[1].reference, &changes[1].before), (&Reference::Tag("v1".to_owned()), &None));
    assert!(changes[2].deleted());
    let nothing = json!({"repository": cloud("shop/cart"), "push": {"changes": []}});
    assert_eq!(Sent::new(Bitbucket, "repo:push", "d1", &nothing).ignored(), "no branch or tag was changed");
}

#[test]
fn a_pull_request_in_the_cloud_names_both_branches() {
    let body = |from: Value| {
        json!({
            "actor": {"nickname": "kim"}, "repository": cloud("shop/cart"),
            "pullrequest": {
                "id": 3, "title": "Count",
                "source": {"branch": {"name": "count"}, "commit": {"hash": NEW}, "repository": from},
                "destination": {"branch": {"name": "main"}, "commit": {"hash": OLD}, "repository": cloud("shop/cart")},
            },
        })
    };
    for (from, fork) in [(cloud("shop/cart"), false), (cloud("mallory/cart"), true), (Value::Null, true)] {
        let request =
            Sent::new(Bitbucket, "pullrequest:created", "d1", &body(from)).change().pull_request.unwrap();
        assert_eq!((request.source.as_str(), request.target.as_str(), request.fork), ("count", "main", fork));
    }
}

#[test]
fn a_push_to_data_center_is_read_by_its_own_form() {
    let moved = |full: &str, from: &str, to: &str| json!({"refId": full, "fromHash": from, "toHash": to, "type": "UPDATE"});
    let body = json!({
        "actor": {"name": "robin"}, "repository": server("SHOP"), "toCommit": {"id": NEW, "message": "[skip ci] Count"},
        "changes": [moved("refs/heads/main", OLD, NEW), moved("refs/tags/v1", NONE, OLD), moved("refs/heads/x", OLD, NONE)],
    });
    let sent = Sent::new(Bitbucket, "repo:refs_changed", "d1", &body);
    let sent = sent.without("x-request-uuid").with("x-request-id", "r1");
    assert_eq!(sent.receive().unwrap().id, "r1");
    let changes = changes(&sent);
    assert_eq!(changes[0].repository.name, "SHOP/cart");
    assert!(changes[0].skipped() && !changes[1].skipped() && changes[2].deleted());
    assert_eq!(changes[1].before, None);
}

#[test]
fn a_pull_request_in_data_center_names_its_fork() {
    let side = |name: &str, project: &str| json!({"displayId": name, "latestCommit": NEW, "repository": server(project)});
    let body = |project: &str| json!({"actor": {"name": "kim"}, "pullRequest": {"id": 3, "title": "C", "fromRef": side("count", project), "toRef": side("main", "SHOP")}});
    for (project, fork) in [("SHOP", false), ("~mallory", true)] {
        let change = Sent::new(Bitbucket, "pr:from_ref_updated", "d1", &body(project)).change();
        assert_eq!(change.repository.name, "SHOP/cart");
        assert_eq!(change.pull_request.unwrap().fork, fork);
    }
    assert!(
        Sent::new(Bitbucket, "diagnostics:ping", "d1", &json!({"test": true})).ignored().starts_with("ping")
    );
    assert!(Sent::new(Bitbucket, "pr:merged", "d1", &json!({})).ignored().contains("starts nothing"));
}
