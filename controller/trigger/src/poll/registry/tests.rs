//! What a registry lists.
#![expect(clippy::wildcard_enum_match_arm, reason = "tests are written to be read")]

use super::{Known, Listing, look};
use crate::event::Event;
use crate::poll::Nonsense;

fn listing(tags: &[(&str, Option<&str>)], complete: bool) -> Listing {
    let tags = tags.iter().map(|(tag, digest)| ((*tag).to_owned(), digest.map(str::to_owned))).collect();
    Listing { tags, complete }
}

/// `1.0 None->a`
fn told(events: &[Event]) -> Vec<String> {
    let one = |event: &Event| match event {
        Event::Image { tag, digest, previous, repository } => {
            assert_eq!(repository, "shop/cart");
            format!("{tag} {}->{}", previous.as_deref().unwrap_or("-"), digest.as_deref().unwrap_or("-"))
        }
        other => panic!("{other:?}"),
    };
    events.iter().map(one).collect()
}

fn next(known: &Known, listing: &Listing) -> (Vec<String>, Known) {
    let (events, known) = look("shop/cart", "v*", Some(known), listing).unwrap();
    (told(&events), known)
}

#[test]
fn a_new_tag_and_one_that_stands_for_something_else_are_news() {
    let (events, known) = look("shop/cart", "v*", None, &listing(&[("v1", Some("a"))], true)).unwrap();
    assert_eq!(told(&events), [""; 0], "the first look only remembers");
    let (events, known) = next(&known, &listing(&[("v1", Some("a")), ("v2", Some("b"))], true));
    assert_eq!(events, ["v2 -->b"]);
    let (events, known) = next(&known, &listing(&[("v1", Some("c")), ("v2", Some("b"))], true));
    assert_eq!(events, ["v1 a->c"]);
    let (events, known) = next(&known, &listing(&[("v2", Some("b"))], true));
    assert_eq!(events, [""; 0]);
    let (events, _) = next(&known, &listing(&[("v1", Some("c")), ("v2", Some("b"))], true));
    assert_eq!(events, ["v1 -->c"], "one that was gone is new");
}

#[test]
fn a_digest_that_is_not_said_is_no_other_one() {
    let (_, known) =
        look("shop/cart", "v*", None, &listing(&[("v1", Some("a")), ("v2", None)], true)).unwrap();
    let (events, known) = next(&known, &listing(&[("v1", None), ("v2", None)], true));
    assert_eq!(events, [""; 0]);
    let (events, known) = next(&known, &listing(&[("v1", Some("b")), ("v2", Some("x"))], true));
    assert_eq!(events, ["v1 a->b"], "v2 is known for the first time");
    assert_eq!(known.tags["v2"].as_deref(), Some("x"));
}

#[test]
fn of_an_incomplete_list_nothing_is_gone() {
    let (_, known) =
        look("shop/cart", "v*", None, &listing(&[("v1", Some("a")), ("v2", Some("b"))], true)).unwrap();
    let (events, known) = next(&known, &listing(&[("v2", Some("b"))], false));
    assert_eq!((events.len(), known.tags.len()), (0, 2));
    let (events, _) = next(&known, &listing(&[("v1", Some("a")), ("v2", Some("b"))], true));
    assert_eq!(events, [""; 0]);
}

#[test]
fn with_another_filter_it_is_a_first_look_again() {
    let (_, known) = look("shop/cart", "v*", None, &listing(&[("v1", Some("a"))], true)).unwrap();
    let (events, known) =
        look("shop/cart", "*", Some(&known), &listing(&[("main", None), ("v1", Some("b"))], true)).unwrap();
    assert_eq!((events.len(), known.tags.len(), known.filter.as_str()), (0, 2, "*"));
}

#[test]
fn an_empty_answer_and_an_endless_one_are_not_believed() {
    let (_, known) = look("shop/cart", "v*", None, &listing(&[("v1", Some("a"))], true)).unwrap();
    assert_eq!(look("shop/cart", "v*", Some(&known), &listing(&[], true)), Err(Nonsense::Empty(1)));
    let many: Vec<String> = (0..10_001).map(|n| n.to_string()).collect();
    let many: Vec<(&str, Option<&str>)> = many.iter().map(|tag| (tag.as_str(), None)).collect();
    assert_eq!(look("shop/cart", "v*", None, &listing(&many, true)), Err(Nonsense::TooMany(10_000)));
}
