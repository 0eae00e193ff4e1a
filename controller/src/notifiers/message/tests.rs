//! What is due of releases, and to whom.

use jiff::Timestamp;
use weir_api::notification::{Notified, ReleaseMoment, ReleaseNotification};
use weir_api::status::{PastRelease, Phase, ReleaseOutcome, ReleaseStatus, Revision};
use weir_api::{Canary, CanaryStatus};
use weir_notify::What;

use super::{Notifiers, due};
use crate::catalog::Key;

const BEGAN: i64 = 1_000_000;

fn at(second: i64) -> weir_api::Timestamp {
    weir_api::Timestamp::from_unix_micros((BEGAN + second) * 1_000_000)
}

fn now(second: i64) -> Timestamp {
    Timestamp::from_second(BEGAN + second).unwrap()
}

fn revision(tag: &str) -> Revision {
    Revision { image: format!("shop:{tag}"), revision: tag.to_owned() }
}

/// The release of `v2` that began at second 0, in this phase.
fn status(phase: Phase, outcome: Option<ReleaseOutcome>) -> CanaryStatus {
    let release = ReleaseStatus {
        name: "v2".to_owned(),
        revision: revision("v2"),
        from: Some(revision("v1")),
        started_at: at(0),
        outcome,
        decided_at: outcome.map(|_| at(60)),
        finished_at: (phase == Phase::Promoted).then(|| at(70)),
        unproven: false,
        reason: if outcome.is_some() { "it is slow" } else { "" }.to_owned(),
    };
    CanaryStatus { phase, release: Some(release), since: Some(at(30)), ..CanaryStatus::default() }
}

fn canary(entries: &[(&str, &[ReleaseMoment])]) -> Canary {
    let written = serde_json::json!({
        "apiVersion": "weir.dev/v1alpha1", "kind": "Canary", "metadata": {"name": "shop", "namespace": "web", "uid": "u1"},
        "spec": {"targetRef": {"name": "shop"}, "service": "shop", "strategy": {"canary": {"steps": [{"setWeight": 10}]}}},
    });
    let mut canary: Canary = serde_json::from_value(written).unwrap();
    let entry = |(to, when): &(&str, &[ReleaseMoment])| ReleaseNotification {
        to: (*to).to_owned(),
        when: when.to_vec(),
        message: None,
    };
    canary.spec.notifications = entries.iter().map(entry).collect();
    canary
}

fn notifiers() -> Notifiers {
    let text = "\
link: https://weir.example/{namespace}/{name}/{release}
notifiers:
  - {name: all, when: [failed], message: to all, slack: {secret: slack/all}}
  - {name: web, namespaces: [web], when: [started], slack: {secret: slack/web}}
  - {name: other, namespaces: [other], when: [started, failed], slack: {secret: slack/other}}
  - {name: asked, slack: {secret: slack/asked}}
";
    Notifiers::parse("notifiers.yaml", text).unwrap()
}

/// `WHOM: HEADLINE` of each message, and `WHOM: WHY` of what is impossible.
fn told(canary: &Canary, status: &CanaryStatus, second: i64) -> (Vec<String>, Vec<String>) {
    let open = due((&Key::new("web", "shop"), canary), status, &notifiers(), now(second));
    let headline = |event| weir_notify::words::headline(event);
    let messages = open.messages.iter().map(|one| format!("{}: {}", one.to, headline(&one.event)));
    let impossible = open.impossible.iter();
    let impossible =
        impossible.map(|one| format!("{}: {}", one.to, one.given_up.as_deref().unwrap_or_default()));
    (messages.collect(), impossible.collect())
}

#[test]
fn each_moment_of_a_release_is_told_to_who_asked_for_it() {
    use ReleaseMoment::{Failed, Started, Succeeded, Waiting};
    let canary = canary(&[("asked", &[Started, Waiting, Succeeded, Failed]), ("nobody", &[Failed])]);
    let began =
        ["asked: web/shop: release of shop:v2 has begun", "web: web/shop: release of shop:v2 has begun"];
    let aborted = Some(ReleaseOutcome::Aborted);
    for (status, more, impossible) in [
        (status(Phase::Progressing, None), vec![], vec![]),
        (
            status(Phase::Paused, None),
            vec!["asked: web/shop: release of shop:v2 waits for an approval"],
            vec![],
        ),
        (status(Phase::Watching, None), vec![], vec![]),
        (
            status(Phase::Promoted, Some(ReleaseOutcome::Promoted)),
            vec!["asked: web/shop: release of shop:v2 succeeded after 1m 10s"],
            vec![],
        ),
        (
            status(Phase::Draining, aborted),
            vec![
                "asked: web/shop: release of shop:v2 failed after 1m 0s",
                "all: web/shop: release of shop:v2 failed after 1m 0s",
            ],
            vec!["nobody: there is no notifier \"nobody\": there is all, web, other, asked"],
        ),
    ] {
        let expected: Vec<&str> = began.into_iter().chain(more).collect();
        assert_eq!(
            told(&canary, &status, 100),
            (
                expected.iter().map(ToString::to_string).collect(),
                impossible.iter().map(ToString::to_string).collect()
            ),
            "{:?}",
            status.phase
        );
    }
}

#[test]
fn what_is_marked_is_told_to_nobody_again_and_marks_go_with_their_news() {
    let canary = canary(&[]);
    let mut status = status(Phase::Aborted, Some(ReleaseOutcome::Aborted));
    let open = due((&Key::new("web", "shop"), &canary), &status, &notifiers(), now(100));
    let ids: Vec<String> = open.messages.iter().map(|one| one.event.id.clone()).collect();
    assert_eq!(ids, ["u1.1000000000000.started", "u1.1000000000000.failed"]);
    let mark = |id: &str, to: &str| Notified { id: id.to_owned(), to: to.to_owned(), given_up: None };
    status.notified = vec![mark(&ids[0], "web"), mark("u1.5.failed", "all")];
    let open = due((&Key::new("web", "shop"), &canary), &status, &notifiers(), now(100));
    assert_eq!(open.messages.iter().map(|one| one.to.as_str()).collect::<Vec<_>>(), ["all"]);
    assert_eq!(open.done, [mark(&ids[0], "web")], "the other one is of a release long ago");
    let event = &open.messages[0].event;
    assert_eq!((event.what, event.reason.as_deref()), (What::Failed, Some("it is slow")));
    assert_eq!(event.link.as_deref(), Some("https://weir.example/web/shop/v2"));
    assert_eq!(event.message.as_deref(), Some("to all"));
    // Hours later it is no news, whatever was marked.
    assert_eq!(told(&canary, &status, 8_000), (vec![], vec![]));
}

#[test]
fn who_is_not_for_a_namespace_is_not_told_of_it_even_by_name() {
    let canary = canary(&[("other", &[ReleaseMoment::Started])]);
    let (messages, impossible) = told(&canary, &status(Phase::Progressing, None), 10);
    assert_eq!(messages, ["web: web/shop: release of shop:v2 has begun"]);
    assert_eq!(impossible, ["other: notifier \"other\" is not for namespace web"]);
}

#[test]
fn a_canary_says_less_than_its_notifier_where_it_wants_to() {
    let canary = canary(&[("web", &[ReleaseMoment::Failed])]);
    let (messages, _) = told(&canary, &status(Phase::Progressing, None), 10);
    assert_eq!(messages, Vec::<String>::new(), "web would hear that it began, were it not named");
}

#[test]
fn an_end_that_another_release_has_taken_the_place_of_is_told_all_the_same() {
    let mut status = status(Phase::Progressing, None);
    status.history = vec![PastRelease {
        name: "v0".to_owned(),
        revision: revision("v0"),
        from: revision("v1"),
        outcome: ReleaseOutcome::Aborted,
        reason: "another release was asked for".to_owned(),
        started_at: at(-300),
        finished_at: at(-1),
        unproven: false,
        requests: 0,
        failed_requests: 0,
    }];
    let (messages, _) = told(&canary(&[]), &status, 10);
    let expected = [
        "all: web/shop: release of shop:v0 failed after 4m 59s",
        "web: web/shop: release of shop:v2 has begun",
    ];
    assert_eq!(messages, expected);
}
