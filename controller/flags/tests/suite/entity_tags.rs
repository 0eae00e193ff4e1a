//! The tag of all flags changes when the answer does, and only then.

use http::StatusCode;
use serde_json::{Value, json};
use weir_flags::{Flags, Followed, Release};

use crate::fixture::{ALL, flags, post, post_during, share, spec_with};

fn bound(value: bool) -> Flags {
    let spec = json!({
        "variants": { "on": value, "off": false }, "defaultVariant": "off",
        "rules": [{ "follows": { "canary": "api", "variant": "on", "salt": "tags" } }],
    });
    flags([("bound", spec)])
}

fn sent(user: &str) -> Vec<u8> {
    serde_json::to_vec(&json!({ "context": { "targetingKey": user } })).unwrap()
}

fn tag(flags: &Flags, user: &str, basis_points: u16) -> (String, Vec<u8>) {
    let release = |_: &Followed| Some(Release::Weight(share(basis_points)));
    let answer = post_during(flags, ALL, &sent(user), None, release);
    (answer.headers()["etag"].to_str().unwrap().to_owned(), answer.body().clone())
}

#[test]
fn a_weight_changes_the_tags_of_those_whose_value_it_changes() {
    let flags = bound(true);
    let mut changed = 0;
    for number in 0..400 {
        let user = format!("user-{number}");
        let ((five, before), (ten, after)) = (tag(&flags, &user, 500), tag(&flags, &user, 1_000));
        assert_eq!(five == ten, before == after, "{user}");
        changed += u32::from(five != ten);
        let release = |_: &Followed| Some(Release::Weight(share(1_000)));
        let answer = post_during(&flags, ALL, &sent(&user), Some(&five), release);
        let expected = if five == ten { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        assert_eq!(
            (answer.status(), answer.headers()["etag"].to_str().unwrap()),
            (expected, ten.as_str()),
            "{user}"
        );
        assert_eq!(answer.body().is_empty(), expected == StatusCode::NOT_MODIFIED, "{user}");
    }
    // 20 of 400 are expected; five standard deviations are 22.
    assert!((1..=42).contains(&changed), "{changed}");
}

#[test]
fn a_value_changes_the_tag_and_what_nobody_sees_does_not() {
    let tag = |spec: Value| {
        let answer = post(&flags([("f", spec)]), ALL, &sent("a"), None);
        answer.headers()["etag"].to_str().unwrap().to_owned()
    };
    let spec = |rules: Value| spec_with(&rules);
    let first = tag(spec(json!([])));
    assert_eq!(first, tag(spec(json!([]))), "the same in every process");
    let mut other_default = spec(json!([]));
    other_default["defaultVariant"] = json!("on");
    assert_ne!(first, tag(other_default));
    let mut unseen = spec(json!([]));
    unseen["variants"]["third"] = json!(false);
    assert_eq!(first, tag(unseen), "a variant that nobody gets");
}

#[test]
fn a_known_tag_is_recognised_in_each_form_of_the_header() {
    let flags = bound(true);
    let answer = post(&flags, ALL, &sent("a"), None);
    let quoted = answer.headers()["etag"].to_str().unwrap().to_owned();
    let bare = quoted.trim_matches('"');
    assert!(quoted.len() == bare.len() + 2, "{quoted}");
    for known in
        [quoted.clone(), format!("W/{quoted}"), format!("\"x\", {quoted}"), bare.to_owned(), "*".to_owned()]
    {
        let answer = post(&flags, ALL, &sent("a"), Some(&known));
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
    }
    for unknown in ["\"x\"", "", "\"\"", "W/", ",", &bare[1..]] {
        let answer = post(&flags, ALL, &sent("a"), Some(unknown));
        assert_eq!(answer.status(), StatusCode::OK, "{unknown}");
    }
}

#[test]
fn one_flag_has_no_tag_and_is_always_answered() {
    let answer = post(&bound(true), &format!("{ALL}/bound"), &sent("a"), Some("*"));
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.headers().get("etag").is_none());
}
