//! What people and programs see while something long goes on.
//!
//! ```text
//! Happening   one fact, as data
//! Reporter    -> a block redrawn in place (terminal), a line a fact (pipe), or an object a fact (--json)
//! block       a release as text: pure
//! words       numbers, bars, times and verbs as text: pure
//! ```

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use weir_controller::view::ReleaseView;

use crate::outcome::Ending;
use crate::terminal;

pub(crate) mod block;
pub(crate) mod words;

/// Time between two lines of progress where there is no terminal.
const LINE_EVERY_MILLIS: u64 = 5_000;

/// One fact. Its JSON form has the name of the fact in `event`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Happening<'a> {
    /// Everything is up.
    Started {
        /// Where users' requests go.
        url: &'a str,
        /// The proxy's admin port.
        admin: SocketAddr,
        /// The controller's admin port.
        controller: SocketAddr,
        /// Where feature flags are served, if anywhere.
        #[serde(skip_serializing_if = "Option::is_none")]
        ofrep: Option<SocketAddr>,
        /// The state folder.
        state: &'a Path,
        /// Requests per second that are sent; absent where nobody sends any.
        requests_per_second: Option<u32>,
    },
    /// A release begins.
    Release {
        name: &'a str,
        /// The how-manieth it is, from 1.
        number: usize,
        /// How many there are to come in all.
        of: usize,
    },
    /// How a release stands.
    Progress {
        /// Since it began, milliseconds.
        elapsed_millis: u64,
        /// All there is to know.
        view: &'a ReleaseView,
    },
    /// Something happened to a release.
    Step {
        /// Sentence.
        text: &'a str,
        /// Short name of the kind.
        kind: &'a str,
        /// When, since the release began, milliseconds.
        elapsed_millis: u64,
    },
    /// Something happened to one of the programs or manifests.
    Note {
        /// Sentence.
        text: &'a str,
    },
    /// A release has ended.
    Result(&'a Ending),
    /// All is done.
    Done {
        /// How the releases ended, in order.
        results: &'a [Ending],
        /// Whether each ended as it ought to.
        as_expected: bool,
    },
}

/// Tells what happens, in one of three forms.
#[derive(Debug)]
pub(crate) enum Reporter {
    /// A block that is redrawn in place; the number of its lines, and whether to use colour.
    Terminal {
        /// Lines of the block on the screen.
        drawn: usize,
        /// Whether to use colour.
        colour: bool,
        /// The block itself.
        block: String,
    },
    /// One line a fact; progress every few seconds.
    Lines {
        /// When progress was told last, milliseconds since the release began.
        told_millis: Option<u64>,
    },
    /// One JSON object a fact.
    Json,
}

impl Reporter {
    /// The form that suits standard output, unless JSON is asked for.
    pub(crate) fn choose(json: bool) -> Self {
        match (json, terminal::is_redrawn()) {
            (true, _) => Self::Json,
            (false, true) => {
                Self::Terminal { drawn: 0, colour: terminal::has_colour(), block: String::new() }
            }
            (false, false) => Self::Lines { told_millis: None },
        }
    }

    /// Tells one fact. A reader that has gone away is no reason to stop.
    pub(crate) fn tell(&mut self, happening: &Happening<'_>) {
        let text = match self {
            Self::Json => serde_json::to_string(happening).map(|line| line + "\n").unwrap_or_default(),
            Self::Lines { told_millis } => lines(told_millis, happening),
            Self::Terminal { drawn, colour, block } => {
                // Asked each time, because the window may change; a line that wraps would be drawn over wrongly.
                let (columns, _) = terminal::size();
                redraw(drawn, *colour, columns, block, happening)
            }
        };
        let mut output = io::stdout().lock();
        let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
    }
}

/// A fact as lines of plain text; empty where it says nothing new.
fn lines(told_millis: &mut Option<u64>, happening: &Happening<'_>) -> String {
    if let Happening::Release { .. } = happening {
        *told_millis = Some(0);
    }
    let Happening::Progress { view, elapsed_millis } = happening else { return permanent(happening, false) };
    if told_millis.is_some_and(|told| *elapsed_millis >= told && elapsed_millis - told < LINE_EVERY_MILLIS) {
        return String::new();
    }
    *told_millis = Some(*elapsed_millis);
    block::line(view, Duration::from_millis(*elapsed_millis)) + "\n"
}

/// A fact for a terminal: permanent lines push the block down, progress replaces it.
fn redraw(
    drawn: &mut usize,
    colour: bool,
    columns: usize,
    block: &mut String,
    happening: &Happening<'_>,
) -> String {
    let erase = if *drawn == 0 { String::new() } else { format!("\x1b[{drawn}A\x1b[J") };
    let above = match happening {
        Happening::Progress { view, elapsed_millis } => {
            let whole = block::block(view, Duration::from_millis(*elapsed_millis), colour);
            *block = whole.lines().map(|line| words::fit(line, columns) + "\n").collect();
            String::new()
        }
        Happening::Result(_) | Happening::Done { .. } | Happening::Release { .. } => {
            // The block of a release that is over stays where it is.
            *drawn = 0;
            block.clear();
            return permanent(happening, colour);
        }
        Happening::Started { .. } | Happening::Step { .. } | Happening::Note { .. } => {
            permanent(happening, colour)
        }
    };
    *drawn = block.lines().count();
    format!("{erase}{above}{block}")
}

/// A fact that stays on the screen.
fn permanent(happening: &Happening<'_>, colour: bool) -> String {
    match happening {
        Happening::Started { url, admin, controller, ofrep, state, requests_per_second } => {
            let flags = ofrep.map(|ofrep| format!("   flags http://{ofrep}")).unwrap_or_default();
            let rate = requests_per_second.map(|rate| format!("   {rate} req/s")).unwrap_or_default();
            format!(
                "serving {url}{rate}   proxy admin http://{admin}   controller http://{controller}{flags}   state {}\n",
                words::short_path(state)
            )
        }
        Happening::Release { name, number, of } => {
            format!("\n{}\n", words::bold(&format!("release {number} of {of}: {name}"), colour))
        }
        Happening::Step { text, kind, elapsed_millis } => {
            // The reason stood there when the end was decided, and will stand in the result.
            let text = if matches!(*kind, "Promoted" | "Aborted") {
                kind.to_lowercase()
            } else {
                (*text).to_owned()
            };
            format!("  {:>6}  {text}\n", words::clock(Duration::from_millis(*elapsed_millis)))
        }
        Happening::Note { text } => format!("  note    {text}\n"),
        Happening::Result(ending) => format!("  {}\n", ending.sentence(colour)),
        Happening::Done { results, .. } => format!("\n{}", crate::outcome::table(results, colour)),
        Happening::Progress { .. } => String::new(),
    }
}
