//! Events.

use weir_notify::{Event, Fact, Origin, Release, Run, Stage, Subject, What};

/// A run that failed.
pub(crate) fn failed() -> Event {
    Event {
        id: "shop-7.0.failed.p0.slack".to_owned(),
        at: "2026-11-27T19:30:05Z".parse().unwrap(),
        what: What::Failed,
        subject: Subject::Run(Run { pipeline: "shop".to_owned(), run: "shop-7".to_owned(), stage: None }),
        reason: Some("Test: exit code 1".to_owned()),
        failed: vec![Fact { name: "Test".to_owned(), reason: "exit code 1".to_owned() }],
        origin: Origin {
            by: Some("ann".to_owned()),
            repository: Some("acme/shop".to_owned()),
            branch: Some("main".to_owned()),
            commit: Some("0123456789abcdef0123456789abcdef01234567".to_owned()),
        },
        began: Some("2026-11-27T19:28:00Z".parse().unwrap()),
        link: Some("https://ci.test/shop-7?a=1&b=2".to_owned()),
        message: Some("please look".to_owned()),
    }
}

/// A stage that waits.
pub(crate) fn waiting() -> Event {
    let stage = Some(Stage { id: "go".to_owned(), name: "Go?".to_owned() });
    let subject = Subject::Run(Run { pipeline: "shop".to_owned(), run: "shop-7".to_owned(), stage });
    Event { what: What::Waiting, subject, reason: None, failed: Vec::new(), message: None, ..failed() }
}

/// A release that was promoted.
pub(crate) fn released() -> Event {
    let release = Release {
        namespace: "web".to_owned(),
        name: "shop".to_owned(),
        version: "registry.test/shop:2".to_owned(),
    };
    Event {
        what: What::Succeeded,
        subject: Subject::Release(release),
        reason: None,
        failed: Vec::new(),
        message: None,
        ..failed()
    }
}
