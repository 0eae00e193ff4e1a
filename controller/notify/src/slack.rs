//! A message of an incoming web hook in Slack's form: blocks, and a text for where there are none (notifications of a telephone, Mattermost, Rocket.Chat).
//!
//! Form and limits: Slack's "Formatting text for app surfaces" and the reference of its blocks: 3,000 characters of a section, 2,000 of what a context has here; a text is cut beyond 40,000, and
//! 4,000 are what Slack asks for.

use serde_json::{Map, Value, json};

use crate::event::Event;
use crate::words::{body, cut, headline, origin, sign};

/// Longest text of a section, characters.
const SECTION: usize = 3_000;
/// Longest text of a context, characters.
const CONTEXT: usize = 2_000;
/// Longest text where there are no blocks, characters.
const TEXT: usize = 4_000;
/// Longest headline, characters: the rest of the section is left for what there is to say.
const HEADLINE: usize = 300;

/// What is sent; `channel` is another one than that of the address, where the other side takes it.
#[must_use]
pub fn message(event: &Event, channel: Option<&str>) -> Value {
    let head = cut(&headline(event), HEADLINE);
    let (sign, said) = (sign(event.what), body(event).join("\n"));
    let title = match event.link.as_deref().filter(|link| is_link(link)) {
        Some(link) => format!("{sign} *<{}|{}>*", escaped(link), escaped(&head)),
        None => format!("{sign} *{}*", escaped(&head)),
    };
    let section = json!({
        "type": "section",
        "text": {"type": "mrkdwn", "text": fitted(&format!("{title}\n"), &said, SECTION).trim_end()},
    });
    let origin = origin(event).join(" · ");
    let context = (!origin.is_empty()).then(
        || json!({"type": "context", "elements": [{"type": "mrkdwn", "text": fitted("", &origin, CONTEXT)}]}),
    );
    let plain = [said, origin].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let link = event.link.as_deref().filter(|link| is_link(link));
    let link = link.map(|link| format!("\n{}", escaped(link))).unwrap_or_default();
    let begin = format!("{sign} {}{link}\n", escaped(&head));
    let blocks: Vec<Value> = [section].into_iter().chain(context).collect();
    let mut fields = Map::new();
    fields.insert("text".to_owned(), json!(fitted(&begin, &plain, TEXT).trim_end()));
    fields.insert("blocks".to_owned(), Value::from(blocks));
    fields.extend(channel.map(|channel| ("channel".to_owned(), json!(channel))));
    Value::Object(fields)
}

/// The three characters that Slack reads otherwise: with them nobody is called by `<!channel>`, and no text becomes a link.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn is_link(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '|')
}

/// The text, escaped, behind its beginning: cut where it would be too long, and never within what stands for a character.
fn fitted(begin: &str, text: &str, most: usize) -> String {
    let mut left = most.saturating_sub(begin.chars().count());
    let mut made = begin.to_owned();
    let whole = escaped(text);
    if whole.chars().count() <= left {
        made.push_str(&whole);
        return made;
    }
    for character in text.chars() {
        let one = escaped(character.encode_utf8(&mut [0; 4]));
        let length = one.chars().count();
        // Room for the sign that some is missing.
        if length >= left {
            break;
        }
        left -= length;
        made.push_str(&one);
    }
    made.push('…');
    made
}
