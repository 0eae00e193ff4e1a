//! What `git ls-remote` prints.
#![expect(clippy::format_collect, reason = "tests are written to be read")]

use super::{Refs, news};
use crate::event::{Change, Reference};
use crate::poll::Nonsense;

const URL: &str = "https://git.example/shop/cart.git";

fn hash(digit: char) -> String {
    digit.to_string().repeat(40)
}

fn refs(list: &[(char, &str)]) -> Refs {
    let lines: Vec<String> = list.iter().map(|(digit, name)| format!("{}\t{name}", hash(*digit))).collect();
    Refs::parse(&lines.join("\n")).unwrap()
}

/// `main 1->2`, `v1 +2`, `old -1`.
fn told(changes: &[Change]) -> Vec<String> {
    let digit = |hash: &str| hash.chars().next().unwrap();
    let one = |change: &Change| {
        let name = match &change.reference {
            Reference::Branch(name) => name.clone(),
            Reference::Tag(name) => format!("tag {name}"),
        };
        match (&change.before, &change.commit) {
            (Some(before), Some(commit)) => format!("{name} {}->{}", digit(before), digit(commit)),
            (None, Some(commit)) => format!("{name} +{}", digit(commit)),
            (Some(before), None) => format!("{name} -{}", digit(before)),
            (None, None) => name,
        }
    };
    changes.iter().map(one).collect()
}

#[test]
fn the_first_look_only_remembers() {
    let now = refs(&[('1', "refs/heads/main"), ('2', "refs/tags/v1")]);
    assert_eq!(news(URL, None, &now), Ok(vec![]));
    assert_eq!(news(URL, Some(&now), &now), Ok(vec![]), "and the same again is no news");
}

#[test]
fn what_is_new_moved_or_gone_is_told() {
    let before = refs(&[
        ('1', "refs/heads/main"),
        ('1', "refs/heads/old"),
        ('1', "refs/heads/same"),
        ('1', "refs/tags/v1"),
    ]);
    let now = refs(&[
        ('2', "refs/heads/main"),
        ('3', "refs/heads/new"),
        ('1', "refs/heads/same"),
        ('2', "refs/tags/v1"),
    ]);
    let changes = news(URL, Some(&before), &now).unwrap();
    assert_eq!(told(&changes), ["main 1->2", "new +3", "tag v1 1->2", "old -1"]);
    assert_eq!(changes[0].repository.name, "shop/cart");
    assert_eq!(changes[0].repository.clone_urls, [URL]);
    let first = refs(&[]);
    assert_eq!(
        told(&news("git@h.example:a/b", Some(&first), &now).unwrap()).len(),
        4,
        "an empty remote was looked at before"
    );
    assert_eq!(news("git@h.example:a/b", Some(&first), &now).unwrap()[0].repository.name, "a/b");
}

#[test]
fn an_annotated_tag_is_the_commit_it_stands_for() {
    let before = refs(&[]);
    let now = refs(&[('9', "refs/tags/v1"), ('2', "refs/tags/v1^{}"), ('3', "refs/tags/v2")]);
    assert_eq!(told(&news(URL, Some(&before), &now).unwrap()), ["tag v1 +2", "tag v2 +3"]);
}

#[test]
fn an_empty_answer_is_not_believed() {
    let before = refs(&[('1', "refs/heads/main")]);
    assert_eq!(news(URL, Some(&before), &refs(&[])), Err(Nonsense::Empty(1)));
}

#[test]
fn other_refs_are_passed_over_and_other_lines_refused() {
    let text = format!(
        "ref: refs/heads/main\tHEAD\n{a}\tHEAD\n{a}\trefs/heads/main\n{a}\trefs/pull/1/head\n{}\trefs/heads/x\n",
        "a".repeat(64),
        a = hash('a')
    );
    assert_eq!(Refs::parse(&text).map(|refs| refs.len()), Ok(2));
    for bad in [
        "fatal: repository not found",
        "abc\trefs/heads/main",
        &format!("{} refs/heads/main", hash('1')),
        &format!("{}\t", hash('1')),
    ] {
        let text = format!("{}\trefs/heads/x\n{bad}", hash('1'));
        assert_eq!(Refs::parse(&text), Err(Nonsense::Line { line: 2, text: bad.to_owned() }));
    }
    let many: String = (0..50_001).map(|n| format!("{}\trefs/heads/{n}\n", hash('1'))).collect();
    assert_eq!(Refs::parse(&many), Err(Nonsense::TooMany(50_000)));
}

#[test]
fn it_survives_a_restart() {
    let known = refs(&[('1', "refs/heads/main"), ('2', "refs/tags/v1")]);
    assert_eq!(serde_json::from_str::<Refs>(&serde_json::to_string(&known).unwrap()).unwrap(), known);
}
