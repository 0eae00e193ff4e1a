//! What a run shows while it lasts.

use std::io::{self, IsTerminal, Write};

use super::complain;
use crate::report::{Second, text};

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Style {
    /// A refreshing block on a terminal, else a line a second; on standard error
    Auto,
    /// A line a second on standard error
    Text,
    /// A JSON object a second on standard output
    Json,
    /// Nothing
    None,
}

/// Shows one second after the other.
pub(super) struct Progress {
    style: Style,
    /// Lines of the block that stands on the terminal; `None`: not a terminal.
    block: Option<usize>,
}

impl Progress {
    pub(super) fn new(style: Style) -> Self {
        let terminal = style == Style::Auto && io::stderr().is_terminal();
        Self { style, block: terminal.then_some(0) }
    }

    /// Shows a second. Progress that nobody can read is no reason to end a measurement.
    pub(super) fn show(&mut self, second: &Second) {
        match (self.style, &mut self.block) {
            (Style::None, _) => {}
            (Style::Json, _) => {
                if let Ok(line) = serde_json::to_string(second) {
                    drop(writeln!(io::stdout(), "{line}"));
                }
            }
            (Style::Auto, Some(lines)) => {
                let text = text::block(second);
                // Up over the block before, and clear to the end of the screen.
                let up = if *lines > 0 { format!("\x1b[{lines}A\x1b[J") } else { String::new() };
                *lines = text.lines().count();
                drop(write!(io::stderr(), "{up}{text}"));
            }
            (Style::Auto | Style::Text, _) => complain(&text::second(second)),
        }
    }
}
