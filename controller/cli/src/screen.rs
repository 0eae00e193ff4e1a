//! A text that is shown again and again in place of the one before, on a terminal.
//!
//! It is drawn on the terminal's second screen, as `top` and `less` do it, from its upper left corner: so a window that is made narrower, which
//! breaks lines that were drawn already, leaves nothing behind. On leaving, the cursor and the first screen are as they were, and the last text
//! is printed there.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use rustix::process::{Signal as Kill, getpid, kill_process};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;
use weir_process::Stop;

use crate::progress::words::fit;
use crate::terminal;

/// The second screen, and no cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// The first screen, and the cursor.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// Number of the signal of Ctrl-Z (POSIX names it; Linux has given it this number on every architecture but MIPS).
const SIGTSTP: i32 = 20;

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// It is time to look again.
    Time,
    /// The window has another size: the same text has to be drawn anew.
    Resized,
    /// Somebody wants this to stop.
    Stop,
}

/// Where it is shown.
#[derive(Debug)]
pub(crate) struct Screen {
    is_entered: bool,
    shown: String,
    resized: Signal,
    suspended: Signal,
}

impl Screen {
    /// A terminal on standard output: see [`terminal::is_redrawn`].
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            is_entered: false,
            shown: String::new(),
            resized: signal(SignalKind::window_change())?,
            suspended: signal(SignalKind::from_raw(SIGTSTP))?,
        })
    }

    /// Shows a text instead of the last one.
    pub(crate) fn show(&mut self, text: &str) -> io::Result<()> {
        let enter = if self.is_entered { "" } else { ENTER };
        let (columns, rows) = terminal::size();
        text.clone_into(&mut self.shown);
        self.is_entered = true;
        write(&format!("{enter}{}", drawn(text, columns, rows)))
    }

    /// Waits for `time`, another size of the window, or the wish to stop. Ctrl-Z gives the terminal back for as long as this is suspended.
    pub(crate) async fn wait(&mut self, time: Duration, stop: &mut Stop) -> io::Result<Woken> {
        let time = sleep(time);
        tokio::pin!(time);
        loop {
            tokio::select! {
                () = &mut time => return Ok(Woken::Time),
                () = stop.requested() => return Ok(Woken::Stop),
                _ = self.resized.recv() => return Ok(Woken::Resized),
                _ = self.suspended.recv() => self.suspend()?,
            }
        }
    }

    /// Draws the last text anew.
    pub(crate) fn redraw(&mut self) -> io::Result<()> {
        let text = std::mem::take(&mut self.shown);
        self.show(&text)
    }

    /// Gives the terminal back, with the last text on it.
    pub(crate) fn leave(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.is_entered) {
            return Ok(());
        }
        let (columns, _) = terminal::size();
        let lines: Vec<String> = self.shown.lines().map(|line| fit(line, columns) + "\n").collect();
        write(&format!("{LEAVE}{}", lines.concat()))
    }

    fn suspend(&mut self) -> io::Result<()> {
        write(LEAVE)?;
        // The shell has the terminal until somebody continues this.
        kill_process(getpid(), Kill::STOP)?;
        write(ENTER)?;
        self.redraw()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Whatever went wrong: the terminal is somebody else's again. Nobody reads it if that fails.
        let _ = self.leave();
    }
}

/// Ends the show, so that what follows is printed below its last text.
pub(crate) fn left(screen: Option<&mut Screen>) -> Result<()> {
    Ok(screen.map_or(Ok(()), Screen::leave)?)
}

fn write(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush())
}

/// One write that puts a text over all there is: each line is overwritten and its rest erased, so that nothing flickers. What the window has no
/// room for is counted in its last line; no line but the last is ended, or the window would scroll.
fn drawn(text: &str, columns: usize, rows: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    let mut lines: Vec<String> = all.iter().take(rows).map(|line| fit(line, columns)).collect();
    let hidden = all.len().saturating_sub(rows);
    if let Some(last) = lines.last_mut().filter(|_| hidden > 0) {
        *last = fit(&format!("... {} more lines: a taller window shows them", hidden + 1), columns);
    }
    let lines: Vec<String> = lines.into_iter().map(|line| format!("{line}\x1b[K")).collect();
    format!("\x1b[H{}\x1b[J", lines.join("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::drawn;

    #[test]
    fn a_text_is_put_over_the_one_before_without_erasing_it_first() {
        assert_eq!(drawn("a\nb\n", 80, 24), "\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J");
        assert_eq!(drawn("", 80, 24), "\x1b[H\x1b[J");
    }

    #[test]
    fn what_the_window_has_no_room_for_is_counted() {
        assert_eq!(drawn("a\nb\nc\n", 80, 3), "\x1b[Ha\x1b[K\r\nb\x1b[K\r\nc\x1b[K\x1b[J");
        let two = drawn("a\nb\nc\n", 80, 2);
        assert!(two.contains("... 2 more lines") && !two.contains('b'), "{two:?}");
        assert!(drawn("abcdef", 4, 1).contains("abc>"));
    }
}
