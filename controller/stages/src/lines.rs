//! Where in a file a field stands, so that an editor can show a problem beside it.

use saphyr_parser::{Event, Parser};

/// The line (from 1) of the field at `path`, as a [`Problem`](weir_pipeline::Problem) of [`read`](crate::read()) has it: `documents[1].spec.stages[0].step.run`.
///
/// Of a field that is not there it is the line of what it should stand in. `None`: there is nothing, or it is no YAML up to there.
#[must_use]
pub fn of(text: &str, path: &str) -> Option<usize> {
    let (document, rest) = document_of(path);
    let mut search = Search { rest, document, at: At::Outside, hidden: 0, found: None };
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        if search.is_over(&event, span.start.line()) {
            break;
        }
    }
    search.found
}

/// Which document, from 0, and what of it.
fn document_of(path: &str) -> (usize, &str) {
    let several = path.strip_prefix("documents[").and_then(|rest| rest.split_once(']'));
    match several.and_then(|(number, rest)| Some((number.parse().ok()?, rest))) {
        Some((number, rest)) => (number, rest.strip_prefix('.').unwrap_or(rest)),
        None => (0, path),
    }
}

/// A walk down the path, as the parser goes through the text: nothing is kept but where it stands, whatever the text has.
struct Search<'p> {
    /// What is left of the path.
    rest: &'p str,
    /// Documents to pass over.
    document: usize,
    at: At<'p>,
    /// How deep it is in something that the path does not lead into.
    hidden: usize,
    found: Option<usize>,
}

/// In what the path has led to so far.
enum At<'p> {
    Outside,
    List {
        /// Of the next item.
        index: usize,
    },
    Key,
    Value {
        /// What the path has behind this key, where it goes on with it.
        behind: Option<&'p str>,
    },
}

/// What begins here.
enum Begun {
    Leaf,
    List,
    Map,
}

impl<'p> Search<'p> {
    /// Whether nothing better comes any more.
    fn is_over(&mut self, event: &Event<'_>, line: usize) -> bool {
        match event {
            Event::Scalar(text, ..) => self.begin(&Begun::Leaf, Some(text), line),
            Event::Alias(_) => self.begin(&Begun::Leaf, None, line),
            Event::SequenceStart(..) => self.begin(&Begun::List, None, line),
            Event::MappingStart(..) => self.begin(&Begun::Map, None, line),
            Event::SequenceEnd | Event::MappingEnd => {
                let ends = self.hidden == 0;
                self.hidden = self.hidden.saturating_sub(1);
                ends && self.found.is_some()
            }
            Event::DocumentEnd => {
                let is_it = self.document == 0;
                self.document = self.document.saturating_sub(1);
                is_it
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) => false,
        }
    }

    fn begin(&mut self, begun: &Begun, text: Option<&str>, line: usize) -> bool {
        let is_open = !matches!(begun, Begun::Leaf);
        if self.hidden > 0 || self.document > 0 {
            self.hidden += usize::from(is_open);
            return false;
        }
        let behind = match &mut self.at {
            At::Outside => Some(self.rest),
            At::List { index } => {
                let behind = item(self.rest, *index);
                *index += 1;
                behind
            }
            At::Key => {
                let behind = text.and_then(|key| key_of(self.rest, key));
                if behind.is_some() {
                    self.found = Some(line);
                }
                self.at = At::Value { behind };
                self.hidden += usize::from(is_open);
                return behind == Some("");
            }
            At::Value { behind } => {
                let behind = *behind;
                self.at = At::Key;
                match behind {
                    // The key's line is the field's.
                    Some(behind) => return self.enter(begun, behind, self.found.unwrap_or(line)),
                    None => None,
                }
            }
        };
        let Some(behind) = behind else {
            self.hidden += usize::from(is_open);
            return false;
        };
        self.enter(begun, behind, line)
    }

    /// The path goes on in what begins here.
    fn enter(&mut self, begun: &Begun, behind: &'p str, line: usize) -> bool {
        self.found = Some(line);
        self.rest = behind;
        self.at = match begun {
            Begun::Leaf => return true,
            Begun::List => At::List { index: 0 },
            Begun::Map => At::Key,
        };
        behind.is_empty()
    }
}

/// What is behind `[index]`.
fn item(path: &str, index: usize) -> Option<&str> {
    let (number, behind) = path.strip_prefix('[')?.split_once(']')?;
    let is_it = number.parse() == Ok(index);
    is_it.then(|| behind.strip_prefix('.').unwrap_or(behind))
}

/// What is behind `key` or `["key"]`.
fn key_of<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    if let Some(behind) = path.strip_prefix(&format!("[{key:?}]")) {
        return Some(behind.strip_prefix('.').unwrap_or(behind));
    }
    let behind = path.strip_prefix(key).filter(|_| !key.is_empty())?;
    match behind.chars().next() {
        // `template nodejs-api.stages[0]` is about what the template makes of its call.
        None | Some('[' | ' ') => Some(behind),
        Some('.') => behind.get(1..),
        Some(_) => None,
    }
}
