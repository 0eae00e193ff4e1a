//! A run as it happens: redrawn on a terminal, line by line where there is none.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use weir_pipeline::{Key, Status};
use weir_runner::{RunView, StageView, Store};

use super::words;
use crate::terminal;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(100);

/// Tells of one run.
pub(super) struct Follow {
    run: String,
    /// Lines that were drawn, where text can be put over.
    drawn: Option<usize>,
    /// Attempts whose begin was told, with the bytes of their logs that were; `None`: all of them, before.
    told: HashMap<(String, u32), Option<u64>>,
    ended: HashMap<String, u32>,
}

impl Follow {
    pub(super) fn new(run: &str) -> Result<Self> {
        let drawn = terminal::is_redrawn().then_some(0);
        if drawn.is_none() {
            writeln!(io::stdout().lock(), "run {run}")?;
        }
        Ok(Self { run: run.to_owned(), drawn, told: HashMap::new(), ended: HashMap::new() })
    }

    /// What was over before is not told again.
    pub(super) fn know(&mut self, view: &RunView) {
        for stage in view.stages.iter().filter(|stage| stage.status.is_complete()) {
            self.told.insert((stage.id.clone(), stage.attempt), None);
            self.ended.insert(stage.id.clone(), stage.attempt);
        }
    }

    pub(super) async fn wait(&mut self) -> Result<()> {
        tokio::time::sleep(EVERY).await;
        Ok(())
    }

    /// Shows where it stands now.
    pub(super) fn show(&mut self, store: &Store, view: &RunView) -> Result<()> {
        if let Some(lines) = self.drawn {
            let (columns, rows) = terminal::size();
            let text = words::run(view, jiff::Timestamp::now(), columns, terminal::has_colour());
            // What is above the window cannot be drawn over: of a long run the end is shown.
            let shown: Vec<&str> = text.lines().collect();
            let shown = shown.get(shown.len().saturating_sub(rows.saturating_sub(1))..).unwrap_or_default();
            let up = if lines > 0 { format!("\x1b[{lines}A\r\x1b[J") } else { String::new() };
            let mut out = io::stdout().lock();
            writeln!(out, "{up}{}", shown.join("\n"))?;
            out.flush()?;
            self.drawn = Some(shown.len());
            return Ok(());
        }
        for stage in &view.stages {
            self.told(store, stage)?;
        }
        Ok(())
    }

    /// Tells what is new of a stage: its begin, what it printed, its end.
    fn told(&mut self, store: &Store, stage: &StageView) -> Result<()> {
        let mut out = io::stdout().lock();
        let attempt = (stage.id.clone(), stage.attempt);
        let has_begun = stage.attempt > 0 && stage.began.is_some();
        if has_begun && !self.told.contains_key(&attempt) {
            let again =
                if stage.attempt > 1 { format!(" (attempt {})", stage.attempt) } else { String::new() };
            writeln!(out, "{}: begins{again}", stage.name)?;
            self.told.insert(attempt.clone(), Some(0));
        }
        if let Some(Some(from)) = self.told.get_mut(&attempt) {
            let key = Key { run: self.run.clone(), stage: stage.id.clone(), attempt: stage.attempt };
            let mut bytes = store.log(&key, None, *from)?;
            // The rest of a line comes with its end.
            if !stage.status.is_complete() {
                let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
                bytes.truncate(whole);
            }
            *from += u64::try_from(bytes.len())?;
            for line in String::from_utf8_lossy(&bytes).lines() {
                writeln!(out, "{} | {line}", stage.name)?;
            }
        }
        if stage.status.is_complete() && self.ended.get(&stage.id) != Some(&stage.attempt) {
            self.ended.insert(stage.id.clone(), stage.attempt);
            writeln!(out, "{}", words::ended(stage))?;
        }
        Ok(())
    }

    /// Says something in between.
    pub(super) fn say(&mut self, text: &str) -> Result<()> {
        writeln!(io::stdout().lock(), "{text}")?;
        if let Some(lines) = &mut self.drawn {
            *lines += 1;
        }
        Ok(())
    }

    /// Says how it ended.
    pub(super) fn end(&self, view: &RunView) -> Result<()> {
        if self.drawn.is_none() || view.status != Status::Succeeded {
            writeln!(io::stdout().lock(), "{}", words::end(view))?;
        }
        Ok(())
    }
}
