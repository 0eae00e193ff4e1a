//! Documents of the kind `Freeze`.

use jiff::Timestamp;
use weir_pipeline::Work as _;
use weir_stages::work::{CHANGES, KINDS};
use weir_stages::{Freeze, read};

use crate::fixture::{document, problems, sound, work};

fn freeze(spec: &str) -> Freeze {
    sound(&document("Freeze", "year-end", spec)).freezes.into_iter().next().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn it_says_who_is_held_why_whose_it_is_and_until_when() {
    let freeze = freeze(
        "reason: closing of the books\nowner: finance\nfrom: 2026-12-18T18:00\nuntil: 2027-01-04T08:00\ntimeZone: Europe/Berlin\npipelines: [shop, 'pay-*']\nexcept: [pay-docs]",
    );
    let now = at("2026-12-24T12:00:00Z");
    for (pipeline, is_held) in
        [("shop", true), ("pay-api", true), ("pay-docs", false), ("shopping", false), ("search", false)]
    {
        assert_eq!(freeze.holds(pipeline, now).is_some(), is_held, "{pipeline}");
    }
    let hold = freeze.holds("shop", now).unwrap();
    let expected = "freeze year-end of finance until 2027-01-04T07:00:00Z: closing of the books";
    assert_eq!(hold.to_string(), expected);
    assert_eq!(freeze.holds("shop", at("2027-01-04T07:00:00Z")), None);
    let kept = serde_json::to_string(&freeze).unwrap();
    assert_eq!(serde_json::from_str::<Freeze>(&kept).unwrap(), freeze);
}

#[test]
fn without_times_and_names_it_holds_all_until_it_is_removed() {
    let freeze = freeze("{reason: the database moves, owner: ops}");
    let hold = freeze.holds("any", at("2026-12-24T12:00:00Z")).unwrap();
    assert_eq!(hold.to_string(), "freeze year-end of ops until it is removed: the database moves");
}

#[test]
fn everything_that_is_wrong_with_it_is_told_with_its_field() {
    for (spec, expected) in [
        ("{reason: r}", "spec: `owner` is missing: give it"),
        (
            "{reason: ' ', owner: o}",
            "spec.reason: it is empty: whoever it holds wants to know: say it in some words",
        ),
        (
            "{reason: r, owner: o, untill: x}",
            "spec.untill: a freeze has no such key: did you mean \"until\"?",
        ),
        ("{reason: r, owner: o, until: soon}", "spec.until: \"soon\" is no time: "),
        ("{reason: r, owner: o, pipelines: []}", "spec.pipelines: the list is empty: "),
        ("{reason: r, owner: o, pipelines: ['a[']}", "spec.pipelines[0]: "),
        ("{reason: r, owner: o, except: shop}", "spec.except: "),
        ("{reason: r, owner: o, windows: [{days: [fryday]}]}", "spec.windows[0].days[0]: "),
    ] {
        let told = problems(&document("Freeze", "year-end", spec));
        assert!(told.starts_with(expected), "{told}, not {expected}");
    }
    let twice =
        [document("Freeze", "a", "{reason: r, owner: o}"), document("Freeze", "a", "{reason: r, owner: o}")];
    assert_eq!(read(&twice.join("---\n")).0.freezes.len(), 1);
}

#[test]
fn what_changes_what_runs_is_held_and_nothing_else() {
    assert!(CHANGES.iter().all(|kind| KINDS.contains(kind)));
    assert!(work("delete: {objects: [{kind: Deployment, namespace: n, name: a}]}").changes());
    assert!(work("scale: {deployment: a, namespace: n, replicas: 2}").changes());
    assert!(!work("step: {run: 'true'}").changes() && !work("wait: 1s").changes());
}
