//! Messages in Slack's form.

use serde_json::json;
use weir_notify::{Event, slack};

use crate::fixture::{failed, released, waiting};

#[test]
fn a_message_has_a_headline_what_failed_and_what_started_it() {
    let expected = json!({
        "text": "❌ shop-7 failed after 2m 5s\nhttps://ci.test/shop-7?a=1&amp;b=2\nplease look\nTest: exit code 1\nacme/shop · main · commit 0123456789ab · by ann",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "❌ *<https://ci.test/shop-7?a=1&amp;b=2|shop-7 failed after 2m 5s>*\nplease look\nTest: exit code 1"}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "acme/shop · main · commit 0123456789ab · by ann"}]},
        ],
        "channel": "#shop",
    });
    assert_eq!(slack::message(&failed(), Some("#shop")), expected);
    let text = |event: &Event| {
        slack::message(event, None)["text"].as_str().unwrap().lines().next().unwrap().to_owned()
    };
    assert_eq!(text(&waiting()), "✋ shop-7: stage Go? waits for a judgment");
    assert_eq!(text(&released()), "✅ web/shop: release of registry.test/shop:2 succeeded after 2m 5s");
    assert!(slack::message(&failed(), None).get("channel").is_none());
}

#[test]
fn no_text_calls_anybody_or_becomes_a_link() {
    let hostile = "<!channel> a & b <https://evil.test|click>";
    let mut event = failed();
    event.message = Some(hostile.to_owned());
    event.failed[0].name = hostile.to_owned();
    event.origin.branch = Some(hostile.to_owned());
    event.link = Some("javascript:alert(1)".to_owned());
    let text = slack::message(&event, None).to_string();
    assert!(
        !text.contains("<!") && !text.contains("<https://evil") && !text.contains("javascript"),
        "{text}"
    );
    assert_eq!(text.matches("&lt;!channel&gt; a &amp; b &lt;https://evil.test|click&gt;").count(), 6);
    event.link = Some("https://ci.test/a|b>".to_owned());
    assert!(!slack::message(&event, None).to_string().contains("ci.test"), "it would end the link early");
}

#[test]
fn nothing_is_longer_than_slack_takes_and_no_character_is_cut() {
    let mut event = failed();
    for unit in ["ü", "<", "&", "a"] {
        let long = unit.repeat(50_000);
        event.message = Some(long.clone());
        event.origin.by = Some(long.clone());
        event.failed[0].name = long;
        let made = slack::message(&event, None);
        let section = made["blocks"][0]["text"]["text"].as_str().unwrap();
        let context = made["blocks"][1]["elements"][0]["text"].as_str().unwrap();
        let text = made["text"].as_str().unwrap();
        for (text, most) in [(section, 3_000), (context, 2_000), (text, 4_000)] {
            let length = text.chars().count();
            assert!(length <= most && length > most - 6, "{unit} {length} of {most}");
            assert!(text.ends_with('…'));
            let rest = text.trim_end_matches('…');
            assert!(unit != "<" || rest.ends_with("&lt;"), "{rest}");
            assert!(unit != "&" || rest.ends_with("&amp;"), "{rest}");
        }
    }
}
