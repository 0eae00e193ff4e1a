//! Broken YAML in words: what was expected, and what people most often did instead.

use saphyr_parser::ScanError;

/// What is wrong with the text of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Line in the file, from 1.
    pub(super) line: u32,
    /// Column in characters, from 1.
    pub(super) column: Option<u32>,
    /// Field that it is at; empty where the text's shape is broken.
    pub(super) field: String,
    /// What is wrong.
    pub(super) message: String,
    /// How to mend it.
    pub(super) help: Option<String>,
}

const TEMPLATE: &str = "A text with `{{` is a template: render it first (`helm template`), or quote it.";

/// Says what the parser found wrong in `text`, and how to mend it where that can be guessed from the line.
pub(super) fn explain(error: &ScanError, text: &str) -> (String, Option<String>) {
    let line = text.lines().nth(error.marker().line().saturating_sub(1)).unwrap_or_default();
    let before = error.marker().line().checked_sub(2).and_then(|n| text.lines().nth(n)).unwrap_or_default();
    let message = format!("not valid YAML: {}", plain_words(error.info()));
    (message, help(error.info(), line, before).map(str::to_owned))
}

/// The parser's words without its own grammar's names, for what is met most often.
fn plain_words(info: &str) -> &str {
    match info {
        "mapping values are not allowed in this context" => "a second `: ` where a value was to end",
        "simple key expected ':'" | "simple key expect ':'" => "a key without `:` after it",
        "while parsing a block mapping, did not find expected key" => {
            "expected a key, or the end of the mapping at a smaller indent"
        }
        "while parsing a flow mapping, did not find expected ',' or '}'" => "expected `,` or `}`",
        "while parsing a flow sequence, expected ',' or ']'" => "expected `,` or `]`",
        "while parsing a block collection, did not find expected '-' indicator" => {
            "expected `- ` (a further item), or the end of the list at a smaller indent"
        }
        "while scanning a quoted scalar, found unexpected end of stream" => "a quote that is never closed",
        "while scanning a quoted scalar, found unexpected document indicator" => {
            "a quote that is not closed before the document ends"
        }
        "tab cannot be used as indentation" => "a tab where the indent is",
        "invalid indentation in quoted scalar" => {
            "a quote that is not closed, or goes on in a line with a smaller indent"
        }
        "did not find expected <document start>" | "did not find expected <document-start>" => {
            "expected the end of the document: its value is complete already"
        }
        tabs if tabs.starts_with("tabs disallowed") => "a tab where the indent is",
        other => other
            .strip_prefix("while ")
            .map_or(other, |_| other.split_once(", ").map_or(other, |(_, what)| what)),
    }
}

fn help(info: &str, line: &str, before: &str) -> Option<&'static str> {
    let content = line.trim_start_matches([' ', '\t']);
    let indent = line.strip_suffix(content).unwrap_or_default();
    if line.contains("{{") || before.contains("{{") {
        Some(TEMPLATE)
    } else if info.contains("tab") && indent.contains('\t') {
        Some("YAML is indented by spaces: replace the tab.")
    } else if info.starts_with("mapping values") {
        Some("Quote a value that holds `: `, or see whether this line's indent is that of the line before.")
    } else if info.starts_with("simple key") || info.contains("did not find expected key") {
        Some(
            "See whether this line, or the one before, lacks a `:` or has another indent than its neighbours.",
        )
    } else {
        None
    }
}

/// The fault with a word on templates: `{{` reads as a mapping whose key is a mapping.
pub(super) fn with_template_help(fault: Fault) -> Fault {
    Fault { help: Some(TEMPLATE.to_owned()), ..fault }
}
