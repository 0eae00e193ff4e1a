//! What stands between `---` and `...` after a test point.
//!
//! It is called YAML and often is none: stack traces stand in it without quotes. So the few keys that are shown are found by line, and all of
//! it is kept as text.

use crate::excerpt;
use crate::report::{Case, Location, Outcome};
use crate::source::Limits;

/// The lines about a point, as far as they have come.
#[derive(Debug, Default)]
pub(super) struct Diagnostic {
    state: State,
    lines: String,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Before,
    Within {
        indent: usize,
    },
    After,
}

/// Bytes that are looked at: a runner that prints a whole document tells nothing more.
const MOST: usize = 1 << 16;

impl Diagnostic {
    /// Whether a line belongs to the point with this indentation.
    pub(super) fn takes(&mut self, text: &str, of_point: usize) -> bool {
        let line = text.trim_start_matches(' ');
        let indent = text.len() - line.len();
        match self.state {
            State::Before if line.trim_end() == "---" && indent >= of_point => {
                self.state = State::Within { indent };
                true
            }
            State::Before => {
                self.state = if line.trim().is_empty() { State::Before } else { State::After };
                false
            }
            State::Within { indent: begin } => {
                if line.trim_end() == "..." && indent <= begin {
                    self.state = State::After;
                } else if self.lines.len() < MOST {
                    self.lines.push_str(text.get(begin.min(indent)..).unwrap_or(line));
                    self.lines.push('\n');
                }
                true
            }
            State::After => false,
        }
    }

    /// A case of the point.
    pub(super) fn case(&self, name: &str, outcome: Outcome, limits: &Limits) -> Case {
        let told = outcome.is_bad();
        let message = self.value("error").or_else(|| self.value("message")).or_else(|| self.difference());
        let location = self.value("location").or_else(|| self.value("at"));
        let location = location.and_then(|text| Location::find(&text)).or_else(|| self.file_and_line());
        Case {
            name: excerpt::line(name, limits.text_bytes),
            class: None,
            location: location.or_else(|| told.then(|| Location::find(&self.lines)).flatten()),
            seconds: self.value("duration_ms").and_then(|millis| Some(millis.parse::<f64>().ok()? / 1_000.0)),
            outcome,
            flaky: false,
            message: excerpt::line(
                message.filter(|_| told).as_deref().unwrap_or_default(),
                limits.text_bytes,
            ),
            detail: if told { excerpt::lines(&self.lines, limits.detail_bytes) } else { String::new() },
        }
    }

    /// The value of a key: what stands after it, or in the lines below it that stand further in.
    fn value(&self, key: &str) -> Option<String> {
        let mut lines = self.lines.lines();
        let written = lines.by_ref().find_map(|line| {
            let line = line.trim_start_matches(' ');
            line.strip_prefix(key)?.strip_prefix(':').map(str::trim)
        })?;
        if matches!(written, "" | "|" | "|-" | "|+" | ">" | ">-" | ">+") {
            let below = lines.take_while(|line| line.starts_with("  ") || line.trim().is_empty());
            let below: Vec<&str> = below.map(str::trim).collect();
            return Some(below.join("\n").trim().to_owned()).filter(|text| !text.is_empty());
        }
        let bare = |quote: char| written.strip_prefix(quote)?.strip_suffix(quote);
        Some(bare('\'').or_else(|| bare('"')).unwrap_or(written).to_owned())
    }

    fn difference(&self) -> Option<String> {
        let actual = self.value("actual").or_else(|| self.value("got")).or_else(|| self.value("found"))?;
        let expected =
            self.value("expected").or_else(|| self.value("expect")).or_else(|| self.value("wanted"))?;
        Some(format!("expected {expected}, got {actual}"))
    }

    fn file_and_line(&self) -> Option<Location> {
        let (file, line) = (self.value("file")?, self.value("line"));
        Some(Location { file: excerpt::quoted(&file), line: line.and_then(|line| line.parse().ok()) })
    }
}
