//! What standard output is: a terminal that text can be put over, with colours or without, and how large; or no such thing.

use std::io::{self, IsTerminal};

/// Columns and rows of a terminal that does not say how many it has.
const USUAL: (usize, usize) = (80, 24);

/// Whether text on standard output can be put over: it is a terminal, and not one that only prints (`TERM=dumb`).
pub(crate) fn is_redrawn() -> bool {
    let kind = std::env::var_os("TERM");
    io::stdout().is_terminal() && kind.is_some_and(|kind| !kind.is_empty() && kind != "dumb")
}

/// Whether colours are welcome there: see <https://no-color.org>.
pub(crate) fn has_colour() -> bool {
    is_redrawn() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Columns and rows now: the window may change at any time.
pub(crate) fn size() -> (usize, usize) {
    let Ok(size) = rustix::termios::tcgetwinsize(io::stdout()) else { return USUAL };
    let or = |given: u16, usual: usize| if given == 0 { usual } else { usize::from(given) };
    (or(size.ws_col, USUAL.0), or(size.ws_row, USUAL.1))
}
