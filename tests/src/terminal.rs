//! A command on a real terminal: a pty of util-linux's `script`, typed into, resized, and read as the screen would show it.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use crate::eventually::eventually;

/// A command on a terminal. It is killed when this is dropped.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    written: Arc<Mutex<Vec<u8>>>,
    device: PathBuf,
    size: (usize, usize),
}

/// What a terminal shows, and what was asked of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a mode of a terminal of its own")]
pub struct Shown {
    /// Lines of the screen, without spaces at their ends.
    pub lines: Vec<String>,
    /// Whether it is the second screen.
    pub is_second: bool,
    /// Whether the cursor is hidden.
    pub is_cursor_hidden: bool,
    /// Whether anything had a colour or was bold.
    pub has_colour: bool,
    /// Whether a line was longer than the window, so that the terminal broke it.
    pub is_broken: bool,
    /// Whether anything was erased before something else was put there: it would flicker.
    pub flickers: bool,
}

impl Terminal {
    /// Runs `program` with `args` and more environment on a terminal of so many columns and rows.
    pub async fn start(
        program: &str,
        args: &[&str],
        env: &[(&str, &str)],
        size: (usize, usize),
    ) -> Result<Self> {
        let quoted: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
        let path = crate::program::path_of(program)?;
        // The terminal's name comes first: by it another size is set.
        let line = format!(
            "stty cols {} rows {}; tty; exec {} {}",
            size.0,
            size.1,
            path.display(),
            quoted.join(" ")
        );
        let mut child = Command::new("script")
            .args(["-q", "-f", "-e", "-c", &line, "/dev/null"])
            .env_remove("NO_COLOR")
            .env("TERM", "xterm-256color")
            .env("SHELL", "/bin/sh")
            .env("TZ", "UTC")
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("util-linux's `script` makes the terminal: is it installed?")?;
        let written = Arc::new(Mutex::new(Vec::new()));
        let (mut from, to) = (child.stdout.take().context("a pipe was asked for")?, Arc::clone(&written));
        std::thread::spawn(move || {
            let mut part = [0_u8; 4096];
            while let Ok(length @ 1..) = from.read(&mut part) {
                let part = part.get(..length).unwrap_or_default();
                to.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(part);
            }
        });
        let mut this = Self { child, written, device: PathBuf::new(), size };
        let written = Arc::clone(&this.written);
        let device = eventually("the terminal's name", || {
            let text = text_of(&written);
            let line = text.split_once("\r\n").map(|(first, _)| first.to_owned());
            std::future::ready(line.ok_or(text))
        });
        this.device = PathBuf::from(device.await);
        Ok(this)
    }

    /// Types something: `\x03` is Ctrl-C, `\x1a` Ctrl-Z.
    pub fn types(&mut self, text: &str) -> Result<()> {
        let input = self.child.stdin.as_mut().context("it takes input")?;
        input.write_all(text.as_bytes())?;
        Ok(input.flush()?)
    }

    /// Gives the window another size.
    pub fn resize(&mut self, columns: usize, rows: usize) -> Result<()> {
        self.size = (columns, rows);
        let status = Command::new("stty")
            .arg("-F")
            .arg(&self.device)
            .args(["cols", &columns.to_string(), "rows", &rows.to_string()])
            .status()?;
        if !status.success() {
            bail!("stty: {status}");
        }
        Ok(())
    }

    /// Everything that was written to the terminal so far, after its name.
    #[must_use]
    pub fn written(&self) -> String {
        text_of(&self.written).split_once("\r\n").map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    }

    /// What it shows now; what was written from `since` on, as on an empty screen of the present size.
    pub fn shown_since(&self, since: usize) -> Result<Shown> {
        let written = self.written();
        Screen::of(written.get(since..).unwrap_or_default(), self.size)
    }

    /// Waits until what was written from `since` on shows what `holds` looks for.
    pub async fn shows(&self, what: &str, since: usize, holds: impl Fn(&Shown) -> bool) -> Shown {
        eventually(what, || {
            std::future::ready(match self.shown_since(since) {
                Ok(shown) if holds(&shown) => Ok(shown),
                Ok(shown) => Err(format!("{shown:#?}")),
                Err(error) => Err(format!("{error:#}")),
            })
        })
        .await
    }

    /// Waits for the command's end.
    pub async fn ends(&mut self) -> Result<ExitStatus> {
        let child = &mut self.child;
        let ended = eventually("the command ends", || {
            std::future::ready(match child.try_wait() {
                Ok(None) => Err("it runs"),
                Ok(Some(status)) => Ok(Ok(status)),
                Err(error) => Ok(Err(error)),
            })
        });
        Ok(ended.await?)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may be gone already; what runs on the terminal gets SIGHUP.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text_of(written: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&written.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}

/// As much of a terminal as a text takes that is redrawn. What it does not know is an error, so that nothing new goes untested.
struct Screen {
    columns: usize,
    rows: Vec<Vec<char>>,
    at: (usize, usize),
    shown: Shown,
    /// Places that were erased and not written since.
    erased: BTreeSet<(usize, usize)>,
}

impl Screen {
    fn of(text: &str, (columns, rows): (usize, usize)) -> Result<Shown> {
        let mut screen = Self {
            columns,
            rows: vec![vec![' '; columns]; rows],
            at: (0, 0),
            shown: Shown::default(),
            erased: BTreeSet::new(),
        };
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            match first {
                '\x1b' => {
                    let end = rest.find(|c: char| c.is_ascii_alphabetic()).map(|end| end + 1);
                    // The rest of it is still on its way.
                    let Some(end) = end else { break };
                    screen.escape(rest.get(..end).unwrap_or_default())?;
                    rest = rest.get(end..).unwrap_or_default();
                }
                '\r' => screen.at.1 = 0,
                '\n' => screen.down(),
                other => screen.put(other),
            }
        }
        let lines = screen.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned());
        Ok(Shown { lines: lines.collect(), ..screen.shown })
    }

    fn escape(&mut self, sequence: &str) -> Result<()> {
        match sequence {
            "[?1049h" => (self.shown.is_second, self.erased) = (true, BTreeSet::new()),
            "[?1049l" => self.shown.is_second = false,
            "[?25l" => self.shown.is_cursor_hidden = true,
            "[?25h" => self.shown.is_cursor_hidden = false,
            "[H" => self.at = (0, 0),
            "[K" => self.erase(self.at.0, self.at.1),
            "[J" => {
                self.erase(self.at.0, self.at.1);
                (self.at.0 + 1..self.rows.len()).for_each(|row| self.erase(row, 0));
            }
            colour if colour.ends_with('m') => self.shown.has_colour = true,
            other => bail!("a terminal knows ESC {other:?}; this one does not"),
        }
        if matches!(sequence, "[?1049h" | "[?1049l") {
            (self.rows, self.at) = (vec![vec![' '; self.columns]; self.rows.len()], (0, 0));
        }
        if sequence == "[H" {
            self.erased.clear();
        }
        Ok(())
    }

    fn erase(&mut self, row: usize, from: usize) {
        for column in from..self.columns {
            if let Some(place) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
                *place = ' ';
                self.erased.insert((row, column));
            }
        }
    }

    fn put(&mut self, character: char) {
        if self.at.1 >= self.columns {
            self.shown.is_broken = true;
            self.down();
            self.at.1 = 0;
        }
        self.shown.flickers |= self.erased.contains(&self.at);
        if let Some(place) = self.rows.get_mut(self.at.0).and_then(|row| row.get_mut(self.at.1)) {
            *place = character;
        }
        self.at.1 += 1;
    }

    fn down(&mut self) {
        self.at.0 += 1;
        if self.at.0 >= self.rows.len() && !self.rows.is_empty() {
            self.rows.remove(0);
            self.rows.push(vec![' '; self.columns]);
            self.at.0 = self.rows.len() - 1;
        }
    }
}
