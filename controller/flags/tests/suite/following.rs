//! A flag that follows a Canary.

use serde_json::{Value, json};
use weir_flags::{Context, Flag, Reason, Release, Share, evaluate};

use crate::fixture::{context, share, user, with_rules};

fn flag(canary: &str, otherwise: Option<&str>) -> Flag {
    let follows = json!({ "canary": canary, "variant": "on", "otherwise": otherwise });
    with_rules(&json!([{ "name": "release", "follows": follows }]))
}

fn on(flag: &Flag, release: Option<Release>) -> usize {
    let is_on = |number: &u32| {
        evaluate(flag, &user(format!("u{number}")), |_| release).unwrap().value() == Some(&json!(true))
    };
    (0..1_000).filter(is_on).count()
}

#[test]
fn the_share_is_the_weight_and_goes_back_with_it() {
    let flag = flag("api", None);
    assert_eq!(on(&flag, Some(Release::Weight(Share::ZERO))), 0);
    let at_ten = on(&flag, Some(Release::Weight(share(1_000))));
    // 100 expected; five standard deviations are 47.
    assert!((53..=147).contains(&at_ten), "{at_ten}");
    assert_eq!(on(&flag, Some(Release::Weight(Share::FULL))), 1_000);
    assert_eq!(on(&flag, Some(Release::Promoted)), 1_000, "promoted: everybody");
    assert_eq!(on(&flag, Some(Release::Aborted)), 0, "aborted: nobody");
}

#[test]
fn a_canary_is_looked_for_in_the_flags_namespace_unless_it_names_another() {
    for (written, asked) in [("api", "shop/api"), ("web/api", "web/api")] {
        let flag = flag(written, None);
        assert_eq!(flag.followed().map(|followed| followed.canary.as_str()).collect::<Vec<_>>(), [asked]);
        let evaluation = evaluate(&flag, &user("a"), |followed| {
            assert_eq!(followed.canary, asked);
            Some(Release::Promoted)
        });
        assert_eq!(evaluation.unwrap().canary, Some(asked));
    }
}

#[test]
fn without_the_canary_nobody_is_in_and_the_answer_says_why() {
    let flag = flag("api", None);
    let evaluation = evaluate(&flag, &user("a"), |_| None).unwrap();
    assert_eq!((evaluation.value(), evaluation.reason), (Some(&json!(false)), Reason::Default));
    assert_eq!(
        (evaluation.canary, evaluation.note),
        (Some("shop/api"), Some("there is no such Canary: 0 %"))
    );
    let there = evaluate(&flag, &user("a"), |_| Some(Release::Aborted)).unwrap();
    assert_eq!((there.reason, there.note), (Reason::Split, None));
}

#[test]
fn a_key_is_asked_for_at_every_weight() {
    let flag = flag("api", Some("off"));
    for release in [None, Some(Release::Weight(Share::ZERO)), Some(Release::Promoted), Some(Release::Aborted)]
    {
        let failure = evaluate(&flag, &context(json!({})), |_| release).unwrap_err();
        assert_eq!(failure.code().as_str(), "TARGETING_KEY_MISSING");
    }
}

#[test]
fn no_canary_is_asked_about_unless_its_rule_is_reached() {
    let rules: Value = json!([
        { "if": [{ "attribute": "staff", "equals": true }], "variant": "on" },
        { "follows": { "canary": "api", "variant": "on" } },
    ]);
    let flag = with_rules(&rules);
    let staff: Context = context(json!({ "staff": true }));
    assert_eq!(evaluate(&flag, &staff, |_| panic!("asked")).unwrap().value(), Some(&json!(true)));
}

#[test]
fn whoever_answers_is_asked_about_a_release_of_one_flag_by_its_images() {
    let rules = json!([{ "follows": { "canary": "api", "images": "*:2.*", "variant": "on" } }]);
    let flag = with_rules(&rules);
    let followed = flag.followed().next().unwrap();
    assert_eq!(
        (followed.flag.to_string().as_str(), followed.images.as_deref()),
        ("shop/checkout", Some("*:2.*"))
    );
    let like = followed.matcher().unwrap();
    let is_like = |image: &str| like.is_match(image);
    assert!(is_like("api:2.0") && is_like("registry.example:5000/shop/api:2.1.0"));
    assert!(!is_like("api:1.2.0") && !is_like("api:3.0"));
    let any = self::flag("api", None);
    assert!(any.followed().next().unwrap().matcher().is_none());
}
