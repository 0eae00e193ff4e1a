//! What was answered to a call, as it is kept.

use http::header::LOCATION;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use weir_outbound::Question;
use weir_outbound::client::Answer;

use super::super::Outputs;

/// Longest body that is handed on, bytes of JSON: what else is handed on has to fit beside it.
const LONGEST: usize = 12 << 10;

/// An answer, without what nobody is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Called {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<String>,
    /// JSON where it is any, else its text.
    pub(crate) body: Value,
}

impl Called {
    pub(super) fn of(question: &Question, answer: &Answer) -> Self {
        let location = answer.headers.get(LOCATION).map(|value| question.hidden(value.as_bytes()));
        Self { status: answer.status.as_u16(), location, body: body(question, answer) }
    }

    /// What later stages read.
    pub(super) fn outputs(&self) -> Outputs {
        let Self { status, location, body } = self;
        let mut outputs = Outputs::from_iter([
            ("statusCode".to_owned(), json!(status)),
            ("body".to_owned(), bounded(body)),
        ]);
        outputs.extend(location.as_ref().map(|location| ("location".to_owned(), json!(location))));
        outputs
    }
}

/// The body of an answer: JSON where it is any, else its text.
pub(super) fn body(question: &Question, answer: &Answer) -> Value {
    let text = question.hidden(&answer.body);
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// The body, or the beginning of its text where it is too long.
fn bounded(body: &Value) -> Value {
    let text = body.to_string();
    if text.len() <= LONGEST {
        return body.clone();
    }
    let mut text = body.as_str().map_or(text, str::to_owned);
    while Value::from(text.as_str()).to_string().len() > LONGEST {
        // Escaped, each byte may be up to six.
        let excess = Value::from(text.as_str()).to_string().len() - LONGEST;
        text.truncate(text.floor_char_boundary(text.len().saturating_sub(excess.div_ceil(6).max(1))));
    }
    Value::String(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{LONGEST, bounded};

    #[test]
    fn a_body_is_handed_on_as_it_is_or_as_the_beginning_of_its_text() {
        let short = json!({"a": [1, "x"]});
        assert_eq!(bounded(&short), short);
        for long in
            [json!("x".repeat(20_000)), json!("\u{1}ü".repeat(9_000)), json!({"a": "y".repeat(20_000)})]
        {
            let Value::String(text) = bounded(&long) else { panic!("{long} stayed") };
            let bytes = json!(text).to_string().len();
            assert!(bytes <= LONGEST && bytes > LONGEST - 12, "{bytes}");
            assert!(
                long.to_string().contains(&text)
                    || long.as_str().is_some_and(|whole| whole.starts_with(&text))
            );
        }
    }
}
